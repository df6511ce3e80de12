#include "providers/dialects/json_workspace.hpp"

#include <algorithm>
#include <cstring>

namespace nearfar::providers {

namespace {

constexpr std::size_t kept_bytes = 256 * 1024;

}  // namespace

json_workspace& json_workspace::of_this_thread() {
  thread_local json_workspace one;
  return one;
}

simdjson::error_code json_workspace::open(std::string_view text, json_walk::od::document& out) {
  const std::size_t needed = text.size() + simdjson::SIMDJSON_PADDING;
  if (padded_.size() < needed) padded_.resize(std::max(needed, 2 * padded_.size()));
  if (!text.empty()) std::memcpy(padded_.data(), text.data(), text.size());
  std::memset(padded_.data() + text.size(), 0, simdjson::SIMDJSON_PADDING);
  text_ = {padded_.data(), text.size()};
  return json_walk::open(parser_, text_, out);
}

simdjson::error_code json_workspace::open(std::string_view text, split_characters& cut,
                                          json_walk::od::document& out) {
  const auto error = open(text, out);
  return error == simdjson::UTF8_ERROR ? open(cut.mend(text), out) : error;
}

void json_workspace::shrink() {
  if (padded_.size() <= kept_bytes) return;
  text_ = {};
  padded_ = {};
  parser_ = json_walk::od::parser{};
}

}  // namespace nearfar::providers
