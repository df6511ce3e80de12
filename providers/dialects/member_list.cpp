#include "providers/dialects/member_list.hpp"

#include "providers/dialects/openai_chat/request_writer.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace nearfar::providers {

void member_list::put(std::string_view name, std::string_view json) {
  for (auto& [key, value] : members_) {
    if (key != name) continue;
    value.assign(json);
    return;
  }
  members_.emplace_back(std::string(name), std::string(json));
}

void member_list::put_text(std::string_view name, std::string_view text) {
  std::string json;
  openai_chat::append_json_string(json, text);
  put(name, json);
}

void member_list::put_number(std::string_view name, double value) {
  put(name, fmt::format("{}", value));
}

void member_list::drop(std::string_view name) {
  std::erase_if(members_, [&](const auto& each) { return each.first == name; });
}

void member_list::rename(std::string_view from, std::string_view to) {
  for (auto& each : members_) {
    if (each.first == from) each.first.assign(to);
  }
}

const std::string* member_list::find(std::string_view name) const {
  for (const auto& [key, value] : members_) {
    if (key == name) return &value;
  }
  return nullptr;
}

void member_list::write(std::string& to) const {
  to.push_back('{');
  bool first = true;
  for (const auto& [key, value] : members_) {
    if (!first) to.push_back(',');
    first = false;
    openai_chat::append_json_string(to, key);
    to.append(":").append(value);
  }
  to.push_back('}');
}

std::string member_list::text() const {
  std::string out;
  write(out);
  return out;
}

void note(std::vector<std::string>& notes, std::string_view line) {
  if (std::find(notes.begin(), notes.end(), line) == notes.end()) notes.emplace_back(line);
}

}  // namespace nearfar::providers
