// Which dialect a client speaks, by the path it posts to. Sans-I/O.
#pragma once

#include "config/dialect.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nearfar::gateway {

enum class query_verb : std::uint8_t { answer, count_tokens };

struct query_path {
  config::dialect in = config::dialect::openai_chat;
  query_verb verb = query_verb::answer;
  std::string_view model = {};      // where the path names it: percent-encoded, a view of the path
  std::optional<bool> stream = {};  // where the path says it and not the body
  bool as_array = false;            // the stream is one JSON array and not events (Gemini without alt=sse)
};

// Nullopt: nothing that is answered by a model. `path` and `query` are those of the request target. Every
// path under /v1 that OpenRouter has is served under /api/v1 as well.
std::optional<query_path> query_path_of(std::string_view path, std::string_view query);

// Nullopt: a percent sign without two hexadecimal digits.
std::optional<std::string> percent_decoded(std::string_view text);
// Everything but unreserved characters (RFC 3986, 2.3) and the slash: ids such as "qwen/qwen3" keep theirs.
std::string percent_encoded(std::string_view text);

}  // namespace nearfar::gateway
