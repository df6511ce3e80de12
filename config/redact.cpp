#include "config/redact.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace nearfar::config {

namespace {

bool continues_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

// Overwrites from byte `from` to byte `to`; a character of several bytes becomes as many `*`, so only ASCII
// keeps its columns. Keys are ASCII.
void cover(std::string& text, std::size_t from, std::size_t to) {
  for (std::size_t i = from; i < to && i < text.size(); ++i) {
    if (text[i] != '\n') text[i] = '*';
  }
}

std::size_t offset_of(const std::string& text, const mark& where) {
  std::size_t at = 0;
  for (int line = 1; line < where.line && at != std::string::npos; ++line) {
    at = text.find('\n', at);
    if (at != std::string::npos) ++at;
  }
  if (at == std::string::npos) return text.size();
  for (int column = 1; at < text.size(); ++at) {
    if (continues_character(text[at])) continue;
    if (column++ == where.column) break;
  }
  return at;
}

void cover_node(std::string& text, const yaml_node& node) {
  if (node.kind == node_kind::scalar) {
    const auto from = offset_of(text, node.where);
    const bool block = !node.plain && from < text.size() && (text[from] == '|' || text[from] == '>');
    if (block) {
      const auto body = text.find('\n', from);
      if (body != std::string::npos) cover(text, body, body + node.text.size() + 256);
    } else {
      cover(text, from, from + std::max(node.text.size(), static_cast<std::size_t>(node.where.length)));
    }
  }
  for (const auto& item : node.items) cover_node(text, item);
  for (const auto& entry : node.entries) cover_node(text, entry.value);
}

bool may_hold_a_key(std::string key) {
  std::ranges::transform(key, key.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  static constexpr std::array<std::string_view, 6> words{"key",      "token", "secret",
                                                         "password", "auth",  "credential"};
  return std::ranges::any_of(words, [&](std::string_view w) { return key.find(w) != std::string::npos; });
}

// `env: NAME` or `file: /path`, and not a key in its place.
bool is_reference_part(const yaml_entry& part) {
  if (part.value.kind != node_kind::scalar) return false;
  const auto& name = part.value.text;
  if (part.key == "file") return name.find('/') != std::string::npos || name.size() < 24;
  const auto upper = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; };
  return part.key == "env" && std::ranges::all_of(name, upper);
}

bool is_reference(const yaml_node& node) {
  if (node.kind == node_kind::scalar) return node.text == "client";
  return node.kind == node_kind::map && std::ranges::all_of(node.entries, is_reference_part);
}

void cover_provider(std::string& text, const yaml_node& provider) {
  for (const auto& entry : provider.entries) {
    if (may_hold_a_key(entry.key) && !is_reference(entry.value)) cover_node(text, entry.value);
    if (entry.key == "url" && entry.value.kind == node_kind::scalar) {
      const auto& url = entry.value.text;
      const auto begin = url.find("://");
      const auto at = url.find('@');
      if (begin == std::string::npos || at == std::string::npos) continue;
      const auto found = text.find(url.substr(begin, at - begin + 1), offset_of(text, entry.value.where));
      if (found != std::string::npos) cover(text, found + 3, found + at - begin);
    }
  }
}

void cover_vendor_keys(std::string& text) {
  const auto part_of_key = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_';
  };
  for (auto at = text.find("sk-"); at != std::string::npos; at = text.find("sk-", at + 1)) {
    if (at > 0 && part_of_key(text[at - 1])) continue;
    auto end = at;
    while (end < text.size() && part_of_key(text[end])) ++end;
    if (end - at >= 16) cover(text, at, end);
  }
}

}  // namespace

void redact(std::string& text, const yaml_node* root) {
  cover_vendor_keys(text);
  if (root == nullptr) return;
  const auto* providers = root->find("providers");
  if (providers == nullptr) return;
  for (const auto& provider : providers->entries) cover_provider(text, provider.value);
}

}  // namespace nearfar::config
