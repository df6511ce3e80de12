// One simdjson on-demand walk over a Gemini request: fills the facts, records spans, builds no DOM.
// Sans-I/O.
//
// The body says neither model nor stream: both are in the path (path.hpp). `facts.conversation` is that of
// the system instruction and the first user turn.
#pragma once

#include "providers/dialects/codec.hpp"

#include <memory>
#include <string_view>

namespace nearfar::providers::gemini {

class request_reader final : public providers::request_reader {
 public:
  request_reader();
  ~request_reader() override;

  // Of generateContent, streamGenerateContent and countTokens (also with `generateContentRequest`). Errors
  // as the base says; a key twice, in either spelling, is one.
  routes::result<void> read(std::string_view body, request_view& out) override;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace nearfar::providers::gemini
