#include "config/yaml_json.hpp"

#include "config/codes.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>

namespace nearfar::config {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::size_t skip_digits(std::string_view text, std::size_t at) {
  while (at < text.size() && is_digit(text[at])) ++at;
  return at;
}

// RFC 8259 section 6.
bool is_json_number(std::string_view text) {
  std::size_t at = text.starts_with('-') ? 1 : 0;
  const auto whole = skip_digits(text, at);
  if (whole == at || (text[at] == '0' && whole > at + 1)) return false;
  at = whole;
  if (at < text.size() && text[at] == '.') {
    const auto fraction = skip_digits(text, at + 1);
    if (fraction == at + 1) return false;
    at = fraction;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    const auto exponent = skip_digits(text, at);
    if (exponent == at) return false;
    at = exponent;
  }
  return at == text.size();
}

// What one reader of YAML takes for a number or a truth value and another for text.
bool is_two_things(std::string_view text) {
  static constexpr std::array<std::string_view, 16> words{"yes",  "Yes",  "YES",   "no",   "No",  "NO",
                                                          "on",   "On",   "ON",    "off",  "Off", "OFF",
                                                          "True", "TRUE", "False", "FALSE"};
  if (std::ranges::find(words, text) != words.end()) return true;
  const auto first = text.find_first_not_of("+-");
  if (first == std::string_view::npos || !is_digit(text[first]))
    return text.starts_with('.') && text.size() > 1;
  return std::ranges::all_of(text, [](char c) {
    return is_digit(c) || std::string_view("+-_.xXabcdefABCDEFoO").find(c) != std::string_view::npos;
  });
}

std::optional<std::string> scalar_to_json(const yaml_node& node, const place& at, diagnostics& out) {
  if (!node.plain) return boost::json::serialize(boost::json::string_view(node.text));
  if (node.text == "true" || node.text == "false" || is_json_number(node.text)) return node.text;
  if (is_two_things(node.text)) {
    out.error(code::not_a_number, node.where, at.subject() + ": readers differ about `" + node.text + "`",
              "quote it if it is text; else write `true`, `false` or a plain number");
    return std::nullopt;
  }
  return boost::json::serialize(boost::json::string_view(node.text));
}

template <class Range, class Each>
std::optional<std::string> joined(const Range& range, char open, char close, Each each) {
  std::string text(1, open);
  bool good = true;
  for (const auto& item : range) {
    const auto one = each(item);
    if (!one) {
      good = false;
      continue;
    }
    if (text.size() > 1) text += ',';
    text += *one;
  }
  text += close;
  if (!good) return std::nullopt;
  return text;
}

}  // namespace

std::optional<std::string> to_json(const yaml_node& node, const place& at, diagnostics& out) {
  switch (node.kind) {
    case node_kind::scalar:
      return scalar_to_json(node, at, out);
    case node_kind::null:
      if (node.written) return "null";
      if (!node.broken)
        out.error(code::empty_value, node.where, at.subject() + " has no value",
                  "write `null` if that is meant");
      return std::nullopt;
    case node_kind::sequence:
      return joined(node.items, '[', ']', [&](const yaml_node& item) { return to_json(item, at, out); });
    case node_kind::map:
      return joined(node.entries, '{', '}', [&](const yaml_entry& entry) -> std::optional<std::string> {
        const auto value = to_json(entry.value, place{at.section, entry.key, {}, entry.where}, out);
        if (!value) return std::nullopt;
        return boost::json::serialize(boost::json::string_view(entry.key)) + ":" + *value;
      });
  }
  return std::nullopt;
}

}  // namespace nearfar::config
