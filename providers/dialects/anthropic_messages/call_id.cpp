#include "providers/dialects/anthropic_messages/call_id.hpp"

#include "providers/dialects/text_measure.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace nearfar::providers::anthropic_messages {
namespace {

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

}  // namespace

std::string call_id(std::string_view id) {
  if (!id.empty() && std::all_of(id.begin(), id.end(), is_plain)) return std::string{id};
  std::string out{id.substr(0, 64)};
  std::replace_if(out.begin(), out.end(), [](char c) { return !is_plain(c); }, '_');
  return fmt::format("{}_{:08x}", out, stable_hash(3, id) & 0xffffffff);
}

}  // namespace nearfar::providers::anthropic_messages
