#include "config/yaml_reader.hpp"

#include "config/codes.hpp"
#include "config/suggest.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace nearfar::config {

namespace {

std::string quoted(std::string_view text) {
  return "`" + std::string(text) + "`";
}

std::string example_help(const place& at) {
  if (at.example.empty() || at.key.empty()) return {};
  return "for example `" + at.key + ": " + at.example + "`";
}

void wrong_shape(const yaml_node& node, const place& at, std::string_view wanted, diagnostics& out) {
  if (node.broken) return;
  if (node.kind == node_kind::null) {
    out.error(code::empty_value, node.where, at.subject() + " has no value", example_help(at));
    return;
  }
  std::string_view found = "a single value";
  if (node.kind == node_kind::sequence) found = "a list";
  if (node.kind == node_kind::map) found = "a map";
  out.error(code::wrong_shape, node.where,
            at.subject() + " wants " + std::string(wanted) + ", not " + std::string(found), example_help(at));
}

bool is_name_character(char c, std::string_view also) {
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return letter || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-' ||
         also.find(c) != std::string_view::npos;
}

// What other gateways and SDKs call it.
std::string_view our_word(std::string_view theirs, std::span<const std::string> legal) {
  struct synonym {
    std::string_view theirs;
    std::string_view ours;
  };
  static constexpr std::array words{
      synonym{"api_key", "key"},
      synonym{"apikey", "key"},
      synonym{"token", "key"},
      synonym{"secret", "key"},
      synonym{"base_url", "url"},
      synonym{"api_base", "url"},
      synonym{"endpoint", "url"},
      synonym{"address", "url"},
      synonym{"type", "preset"},
      synonym{"provider", "preset"},
      synonym{"context_length", "context"},
      synonym{"context_window", "context"},
      synonym{"max_tokens", "max_output"},
      synonym{"alias", "as"},
      synonym{"path", "file"},
      synonym{"cost", "price"},
      synonym{"capabilities", "can"},
      synonym{"if", "when"},
      synonym{"match", "when"},
      synonym{"except", "unless"},
      synonym{"sort", "order"},
      synonym{"retries", "total"},
      synonym{"timeout", "first_token"},
      synonym{"policies", "rules"},
      synonym{"routes", "rules"},
      synonym{"aliases", "models"},
      synonym{"port", "listen"},
  };
  for (const auto& w : words) {
    if (w.theirs == theirs && std::ranges::find(legal, w.ours) != legal.end()) return w.ours;
  }
  return {};
}

}  // namespace

std::string place::in() const {
  return section.empty() ? std::string() : " in " + section;
}

std::string place::subject() const {
  if (key.empty()) return section.empty() ? "the file" : section;
  return quoted(key) + in();
}

map_reader::map_reader(const yaml_node& map, std::string section, mark where, diagnostics& out)
    : map_(map), section_(std::move(section)), where_(where), out_(out) {}

const yaml_entry* map_reader::take(std::string_view key) {
  legal_.emplace_back(key);
  const auto found = std::ranges::find(map_.entries, key, &yaml_entry::key);
  return found == map_.entries.end() ? nullptr : &*found;
}

void map_reader::missing(std::string_view key, std::string_view example) {
  missing_.emplace_back(key, example);
}

void map_reader::finish() {
  const std::string in = section_.empty() ? "" : " in " + section_;
  std::vector<std::string> free;
  for (const auto& key : legal_) {
    if (map_.find(key) == nullptr) free.push_back(key);
  }
  for (const auto& entry : map_.entries) {
    if (std::ranges::find(legal_, entry.key) != legal_.end()) continue;
    auto help = suggestion(entry.key, free);
    if (const auto ours = our_word(entry.key, free); !ours.empty()) {
      help = "did you mean " + quoted(ours) + "?";
    } else if (nearest(entry.key, free).empty()) {
      if (const auto twin = nearest(entry.key, legal_); !twin.empty()) {
        help = quoted(twin) + " is there already";
      } else if (legal_.size() <= 8) {
        help = suggestion(entry.key, legal_);
      }
    }
    // A misspelt key is probably the missing one: one finding says it.
    std::erase_if(missing_, [&](const auto& m) { return nearest(entry.key, free) == m.first; });
    out_.error(code::unknown_key, entry.where, "unknown key " + quoted(entry.key) + in, std::move(help));
  }
  if (map_.broken) return;  // what a merge would have brought is not known
  for (const auto& [key, example] : missing_) {
    const std::string help = example.empty() ? "" : "add `" + key + ": " + example + "`";
    out_.error(code::missing_key, where_, "missing key " + quoted(key) + in, help);
  }
}

bool expect_map(const yaml_node& node, const place& at, diagnostics& out) {
  if (node.kind == node_kind::map) return true;
  wrong_shape(node, at, "a map", out);
  return false;
}

bool expect_list(const yaml_node& node, const place& at, diagnostics& out) {
  if (node.kind == node_kind::sequence) return true;
  wrong_shape(node, at, "a list", out);
  return false;
}

std::optional<std::string_view> expect_scalar(const yaml_node& node, const place& at, std::string_view wanted,
                                              diagnostics& out) {
  if (node.kind != node_kind::scalar) {
    wrong_shape(node, at, wanted, out);
    return std::nullopt;
  }
  if (node.text.empty()) {
    out.error(code::empty_value, node.where, at.subject() + " is empty", example_help(at));
    return std::nullopt;
  }
  return node.text;
}

std::optional<bool> read_flag(const yaml_node& node, const place& at, diagnostics& out) {
  const auto text = expect_scalar(node, at, "`true` or `false`", out);
  if (!text) return std::nullopt;
  if (node.plain && *text == "true") return true;
  if (node.plain && *text == "false") return false;
  static constexpr std::array<std::string_view, 10> yes{"yes", "Yes",  "YES",  "on", "On",
                                                        "ON",  "True", "TRUE", "y",  "true"};
  static constexpr std::array<std::string_view, 10> no{"no",  "No",    "NO",    "off", "Off",
                                                       "OFF", "False", "FALSE", "n",   "false"};
  std::string help;
  if (std::ranges::find(yes, *text) != yes.end()) help = "write `true`";
  if (std::ranges::find(no, *text) != no.end()) help = "write `false`";
  out.error(code::not_a_bool, node.where,
            at.subject() + " wants `true` or `false`, not " +
                (node.plain ? quoted(*text) : "the text " + quoted(*text)),
            std::move(help));
  return std::nullopt;
}

std::optional<std::string> read_text(const yaml_node& node, const place& at, diagnostics& out) {
  const auto text = expect_scalar(node, at, "a text", out);
  if (!text) return std::nullopt;
  return std::string(*text);
}

std::optional<std::string> read_name(const yaml_node& node, const place& at, std::string_view also,
                                     diagnostics& out) {
  const auto text = expect_scalar(node, at, "a name", out);
  if (!text) return std::nullopt;
  const auto wrong = std::ranges::find_if(*text, [&](char c) { return !is_name_character(c, also); });
  if (wrong != text->end()) {
    out.error(code::bad_name, node.where, at.subject() + " cannot be " + quoted(*text),
              "letters, digits, `.`, `_` and `-` only");
    return std::nullopt;
  }
  return std::string(*text);
}

}  // namespace nearfar::config
