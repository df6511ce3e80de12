#include "config/schema_value.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>

namespace nearfar::config {

namespace {

namespace json = boost::json;

constexpr std::size_t line_width = 110;

template <std::size_t Size>
bool is_one_of(std::string_view text, const std::array<std::string_view, Size>& words) {
  return std::ranges::find(words, text) != words.end();
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<std::int64_t> integer(std::string_view text, int base) {
  std::int64_t value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?
bool is_number(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  const auto power = text.find_first_of("eE");
  if (power != std::string_view::npos) {
    auto exponent = text.substr(power + 1);
    if (exponent.starts_with('-') || exponent.starts_with('+')) exponent.remove_prefix(1);
    if (!all_digits(exponent)) return false;
    text = text.substr(0, power);
  }
  const auto dot = text.find('.');
  if (dot == std::string_view::npos) return all_digits(text);
  const auto whole = text.substr(0, dot);
  const auto fraction = text.substr(dot + 1);
  if (whole.empty()) return all_digits(fraction);
  return all_digits(whole) && (fraction.empty() || all_digits(fraction));
}

json::value plain_scalar(std::string_view text) {
  static constexpr std::array<std::string_view, 3> yes{"true", "True", "TRUE"};
  static constexpr std::array<std::string_view, 3> no{"false", "False", "FALSE"};
  if (is_one_of(text, yes)) return true;
  if (is_one_of(text, no)) return false;
  if (text.starts_with("0x")) {
    if (const auto value = integer(text.substr(2), 16)) return *value;
  }
  if (text.starts_with("0o")) {
    if (const auto value = integer(text.substr(2), 8)) return *value;
  }
  if (!is_number(text)) return json::value(text);
  if (text.starts_with('+')) text.remove_prefix(1);
  if (const auto value = integer(text, 10)) return *value;
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

void print(const json::value& value, std::size_t indent, std::size_t used, std::string& out) {
  const auto compact = json::serialize(value);
  const bool composed = value.is_object() || value.is_array();
  if (!composed || compact.size() + used <= line_width || compact.size() <= 2) {
    out += compact;
    return;
  }
  const std::string blanks(indent + 2, ' ');
  bool first = true;
  const auto begin_line = [&] {
    out += first ? "\n" : ",\n";
    out += blanks;
    first = false;
  };
  if (value.is_object()) {
    out += '{';
    for (const auto& member : value.get_object()) {
      begin_line();
      const auto key = json::serialize(json::value(member.key())) + ": ";
      out += key;
      print(member.value(), indent + 2, indent + 3 + key.size(), out);
    }
  } else {
    out += '[';
    for (const auto& item : value.get_array()) {
      begin_line();
      print(item, indent + 2, indent + 3, out);
    }
  }
  out += '\n' + std::string(indent, ' ') + (value.is_object() ? '}' : ']');
}

}  // namespace

json::value as_editors_read(const yaml_node& node) {
  switch (node.kind) {
    case node_kind::null:
      return nullptr;
    case node_kind::scalar:
      return node.plain ? plain_scalar(node.text) : json::value(node.text);
    case node_kind::sequence: {
      json::array items;
      for (const auto& item : node.items) items.push_back(as_editors_read(item));
      return items;
    }
    case node_kind::map: {
      json::object members;
      for (const auto& entry : node.entries) members[entry.key] = as_editors_read(entry.value);
      return members;
    }
  }
  return nullptr;
}

json::value as_editors_read(std::string_view text) {
  diagnostics ignored;
  const auto root = parse_yaml(text, ignored);
  return root ? as_editors_read(*root) : json::value(nullptr);
}

std::string pretty(const json::value& value) {
  std::string out;
  print(value, 0, 0, out);
  return out + '\n';
}

}  // namespace nearfar::config
