// Readers of what only presets have: dialects and quirks.
#include "config/binder.hpp"
#include "config/fields_preset.hpp"

#include <fmt/format.h>

#include <cmath>

namespace nearfar::config {

namespace {

bool is_path(const std::string& text) {
  return text.starts_with('/') && text.find_first_of(" \t\r\n#") == std::string::npos;
}

bool check_path(binding& b, const place& at, const yaml_node& node, const std::string& text) {
  if (is_path(text)) return true;
  b.out.error(code::bad_url, node.where, fmt::format("{} is no path: `{}`", at.subject(), text),
              "it begins with `/` and is appended to the base, such as `/v1/chat/completions`");
  return false;
}

bool bind_dialect(binding& b, const place& at, const yaml_node& node, dialect_path& into) {
  if (node.kind == node_kind::scalar)
    return bind(b, at, node, into.path, text_kind{}) && check_path(b, at, node, into.path);
  if (!bind(b, at, node, into, section_kind{})) return false;
  const auto* path = node.find("path");
  const auto* streamed = node.find("stream_path");
  bool good = !into.path.empty();
  if (good) good = check_path(b, place{nested_section(at), "path", {}, {}}, *path, into.path);
  if (into.stream_path.empty()) return good;
  return check_path(b, place{nested_section(at), "stream_path", {}, {}}, *streamed, into.stream_path) && good;
}

// Reads a number with a sign, which no quantity of the configuration has.
std::optional<double> signed_number(const yaml_node& node) {
  if (node.kind != node_kind::scalar) return std::nullopt;
  const std::string_view text = node.text;
  const bool negative = text.starts_with('-');
  const auto parsed = parse_number(negative ? text.substr(1) : text, quantity::plain, {});
  if (!parsed.value) return std::nullopt;
  return negative ? -*parsed.value : *parsed.value;
}

}  // namespace

bool bind(binding& b, const place& at, const yaml_node& node, std::vector<dialect_path>& into,
          dialects_kind) {
  if (!expect_map(node, at, b.out)) return false;
  if (node.entries.empty()) {
    b.out.error(code::empty_value, node.where, at.subject() + " names none",
                "for example `dialects: {openai-chat: /v1/chat/completions}`");
    return false;
  }
  bool good = true;
  for (const auto& entry : node.entries) {
    const auto known = dialect_of(entry.key);
    if (!known) {
      b.out.error(code::unknown_value, entry.where, fmt::format("unknown dialect `{}`{}", entry.key, at.in()),
                  suggestion(entry.key, dialect_words));
      good = false;
      continue;
    }
    dialect_path one;
    const place here{nested_section(at), entry.key, "/v1/chat/completions", entry.where};
    good = bind_dialect(b, here, entry.value, one) && good;
    one.speaks = *known;
    into.push_back(std::move(one));
  }
  return good;
}

bool bind(binding& b, const place& at, const yaml_node& node,
          std::vector<std::pair<std::string, std::string>>& into, renames_kind) {
  if (!expect_map(node, at, b.out)) return false;
  bool good = true;
  for (const auto& entry : node.entries) {
    std::string name;
    const place here{nested_section(at), entry.key, "random_seed", entry.where};
    good = bind(b, here, entry.value, name, text_kind{}) && good;
    into.emplace_back(entry.key, std::move(name));
  }
  return good;
}

bool bind(binding& b, const place& at, const yaml_node& node,
          std::vector<std::pair<std::string, number_range>>& into, clamps_kind) {
  if (!expect_map(node, at, b.out)) return false;
  bool good = true;
  for (const auto& entry : node.entries) {
    const place here{nested_section(at), entry.key, "[0, 1]", entry.where};
    const auto& pair = entry.value;
    const bool two = pair.kind == node_kind::sequence && pair.items.size() == 2;
    const auto low = two ? signed_number(pair.items[0]) : std::nullopt;
    const auto high = two ? signed_number(pair.items[1]) : std::nullopt;
    if (!low || !high || *low > *high) {
      b.out.error(code::out_of_range, pair.where,
                  here.subject() + " wants the least and the most that is taken", "for example `[0, 1]`");
      good = false;
      continue;
    }
    into.emplace_back(entry.key, number_range{*low, *high});
  }
  return good;
}

bool bind(binding& b, const place& at, const yaml_node& node, std::string& into, word_of_kind kind) {
  const auto text = expect_scalar(node, at, "a word", b.out);
  if (!text) return false;
  if (std::ranges::find(kind.words, *text) == kind.words.end()) {
    report_word(b, at, node, kind.words);
    return false;
  }
  into = *text;
  return true;
}

}  // namespace nearfar::config
