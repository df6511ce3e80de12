// Reads `usage` as Anthropic writes it. For the codecs' .cpp files: it includes simdjson.
#pragma once

#include "providers/dialects/json_walk.hpp"
#include "providers/dialects/usage.hpp"

#include <optional>

namespace nearfar::providers::anthropic_messages {

// The counters as they stand on the wire, where the input leaves cached tokens out. A later object
// overwrites what it says and leaves the rest: message_delta repeats message_start's numbers or is silent
// about them, and adding the two would count twice.
struct wire_usage {
  std::uint64_t input = 0;
  std::uint64_t output = 0;
  std::uint64_t cache_read = 0;
  std::uint64_t cache_write = 0;
  std::uint64_t cache_write_long = 0;  // of them
  std::uint64_t thinking = 0;
  bool any = false;

  // False: malformed. Null counts and a null object say nothing.
  bool merge(json_walk::od::value v);
  usage sum() const;
};

}  // namespace nearfar::providers::anthropic_messages
