#include "providers/dialects/json_walk.hpp"

#include <bit>
#include <charconv>

namespace nearfar::providers::json_walk {
namespace {

std::size_t digits(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
  return end - at;
}

walked check_container(od::value& v, int depth) {
  simdjson::error_code error = simdjson::SUCCESS;
  walked inner = walked::fine;
  const auto descend = [&](od::value child) {
    inner = check(child, depth + 1);
    return inner == walked::fine;
  };
  bool complete = false;
  od::json_type type{};
  if (v.type().get(type)) return walked::malformed;
  if (type == od::json_type::array) {
    od::array array;
    if (v.get_array().get(array)) return walked::malformed;
    complete = each_element(array, error, descend);
  } else {
    od::object object;
    if (v.get_object().get(object)) return walked::malformed;
    complete = each_field(object, error, [&](od::field& field) { return descend(field.value()); });
  }
  if (complete) return walked::fine;
  return error ? walked::malformed : inner;
}

}  // namespace

bool is_number(std::string_view text) {
  std::size_t at = !text.empty() && text.front() == '-' ? 1 : 0;
  const std::size_t whole = digits(text, at);
  if (whole == 0 || (whole > 1 && text[at] == '0')) return false;
  at += whole;
  if (at < text.size() && text[at] == '.') {
    const std::size_t fraction = digits(text, at + 1);
    if (fraction == 0) return false;
    at += 1 + fraction;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    const std::size_t exponent = digits(text, at);
    if (exponent == 0) return false;
    at += exponent;
  }
  return at == text.size();
}

bool is_scalar(std::string_view text) {
  if (text.empty()) return false;
  if (text.front() == '"') return is_string(text);
  return text == "true" || text == "false" || text == "null" || is_number(text);
}

bool read_count(std::string_view text, std::uint64_t& out) {
  // Nearly always a few digits; as many as this a double holds exactly, so that both ways agree.
  constexpr std::size_t exact = 15;
  const std::size_t size = text.size();
  if (size > 0 && size <= exact && digits(text, 0) == size && (size == 1 || text.front() != '0')) {
    out = 0;
    for (const char c : text) out = out * 10 + static_cast<std::uint64_t>(c - '0');
    return true;
  }
  if (!is_number(text)) return false;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  constexpr double most = 9007199254740992.0;  // 2^53: whole numbers end here in a double
  if (error == std::errc::result_out_of_range) {
    value = text.front() == '-' || text.find('-') != std::string_view::npos ? 0 : most;
  } else if (error != std::errc{}) {
    return false;
  }
  out = value <= 0 ? 0 : static_cast<std::uint64_t>(value < most ? value : most);
  return true;
}

walked check(od::value v, int depth) {
  const std::string_view first = token(v);
  if (!is_container(first)) return is_scalar(first) ? walked::fine : walked::malformed;
  if (depth >= max_depth) return walked::too_deep;
  return check_container(v, depth);
}

simdjson::error_code open(od::parser& parser, std::string_view text, od::document& out) {
  if (parser.capacity() < text.size()) {
    constexpr std::size_t least = 4096;
    const std::size_t wanted = std::bit_ceil(text.size() < least ? least : text.size());
    if (auto error = parser.allocate(wanted)) return error;
  }
  return parser.iterate(text.data(), text.size(), text.size() + simdjson::SIMDJSON_PADDING).get(out);
}

}  // namespace nearfar::providers::json_walk
