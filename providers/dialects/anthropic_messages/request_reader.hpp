// One simdjson on-demand walk over an anthropic-messages request: fills the facts, records spans, builds
// no DOM. Sans-I/O.
#pragma once

#include "providers/dialects/codec.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace nearfar::providers::anthropic_messages {

// The body of /v1/messages and of /v1/messages/count_tokens. Refuses what openai_chat's reader refuses:
// no JSON object, a top-level key that stands twice (compared unescaped), no model, no messages, a value
// of the wrong type, nesting over 64 levels. `max_tokens` may be missing.
//
// A `metadata.user_id` names the session: clients put their session's id into it.
class request_reader final : public providers::request_reader {
 public:
  request_reader();
  ~request_reader() override;
  routes::result<void> read(std::string_view body, request_view& out) override;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

// Whether a version of the API knows no temperature, top_p and top_k (2026-10-21: 400 for any value).
bool refuses_sampling(std::string_view version);
// The body without those three, all other bytes as they were. `from` as the reader filled it.
std::string without_sampling(const request_view& from);

}  // namespace nearfar::providers::anthropic_messages
