// One simdjson on-demand walk over a Responses request: fills the facts, records spans, builds no DOM.
// Sans-I/O.
//
// Served without a store: what names something stored (previous_response_id, conversation, background,
// prompt, items of type item_reference) is refused with the cure. `store` itself is accepted, and nothing
// is stored.
#pragma once

#include "providers/dialects/codec.hpp"

#include <memory>
#include <string_view>

namespace nearfar::providers::openai_responses {

class request_reader final : public providers::request_reader {
 public:
  request_reader();
  ~request_reader() override;

  // As providers::request_reader's. The conversation is that of `session_id` or `prompt_cache_key`, else of
  // `instructions` with the first user turn.
  routes::result<void> read(std::string_view body, request_view& out) override;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace nearfar::providers::openai_responses
