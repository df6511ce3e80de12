#include "gateway/query_parameters.hpp"

#include <charconv>

namespace nearfar::gateway {

namespace {

std::optional<std::string> decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    unsigned value = 0;
    if (i + 2 >= text.size()) return std::nullopt;
    const char* digits = text.data() + i + 1;
    const auto [end, bad] = std::from_chars(digits, digits + 2, value, 16);
    if (bad != std::errc{} || end != digits + 2) return std::nullopt;
    out += static_cast<char>(value);
    i += 2;
  }
  return out;
}

}  // namespace

std::optional<query_parameters> read_query_parameters(std::string_view query) {
  query_parameters out;
  while (!query.empty()) {
    const auto end = query.find('&');
    const auto one = query.substr(0, end);
    query = end == std::string_view::npos ? std::string_view() : query.substr(end + 1);
    if (one.empty()) continue;
    const auto sign = one.find('=');
    auto name = decoded(one.substr(0, sign));
    auto value = decoded(sign == std::string_view::npos ? std::string_view() : one.substr(sign + 1));
    if (!name || !value) return std::nullopt;
    out.emplace_back(std::move(*name), std::move(*value));
  }
  return out;
}

}  // namespace nearfar::gateway
