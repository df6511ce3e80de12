// Memory to parse one event in. For the codecs' .cpp files: it includes simdjson.
#pragma once

#include "providers/dialects/json_walk.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <vector>

namespace nearfar::providers::openai_chat {

// Needed for the length of one event only, so all streams of a thread share it: a parser of its own would
// cost every open stream 32 KiB.
struct parse_space {
  json_walk::od::parser parser;
  std::vector<char> padded;

  static parse_space& of_this_thread() {
    thread_local parse_space one;
    return one;
  }

  // simdjson reads whole blocks beyond the end, which a read buffer need not have. They are zeros, so that
  // what is said of a malformed event does not hang on the one before it.
  std::string_view pad(std::string_view data) {
    const std::size_t needed = data.size() + simdjson::SIMDJSON_PADDING;
    if (padded.size() < needed) padded.resize(std::max(needed, 2 * padded.size()));
    std::memcpy(padded.data(), data.data(), data.size());
    std::memset(padded.data() + data.size(), 0, simdjson::SIMDJSON_PADDING);
    return {padded.data(), data.size()};
  }

  void give_back() {
    constexpr std::size_t kept_bytes = 256 * 1024;
    if (padded.size() <= kept_bytes) return;
    padded = {};
    parser = json_walk::od::parser{};
  }
};

}  // namespace nearfar::providers::openai_chat
