// The same-dialect request: the client's bytes but for the fields that routing or the preset must
// change. Sans-I/O.
#pragma once

#include "config/model.hpp"
#include "providers/dialects/request_view.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nearfar::providers::openai_chat {

struct request_changes {
  std::string_view model = {};                   // the upstream's id; empty: the path says it, not the body
  bool want_usage = false;                       // put stream_options.include_usage where absent
  std::span<const config::body_field> set = {};  // replace or append
  std::span<const config::body_field> defaults = {};  // append where absent
  std::span<const std::string_view> without = {};     // top-level members to leave out; not `model`
  const config::body_field* instead = nullptr;        // in the place of the client's own; null: none
  std::string_view more_messages = {};  // JSON of messages to put behind the last, by commas; with `messages`
  bool cut_thoughts = false;            // leave out the request's `foreign_thoughts`; without `more_messages`
  std::uint64_t output_said = 0;        // tokens that max_tokens and max_completion_tokens shrink by
};

// Pieces in order, views of the client's body and of `scratch`; their sum is the upstream's body.
struct spliced_body {
  std::vector<std::string_view> pieces;
  std::string scratch;
  std::size_t size = 0;
  bool usage_added = false;  // then the usage chunk is withheld from the client
};

// `into` is reused: its capacity is kept. Never fails on a view that the reader filled. A limit of
// tokens shrinks to 1 at the least, whoever set it; what is no positive number stays.
void splice(const request_view& from, const request_changes& changes, spliced_body& into);

// Whether a JSON string may hold the text as it stands.
bool needs_no_escape(std::string_view text);

// A JSON string literal with quotes.
void append_json_string(std::string& to, std::string_view text);

}  // namespace nearfar::providers::openai_chat
