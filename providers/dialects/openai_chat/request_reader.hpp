// One simdjson on-demand walk over an openai-chat request: fills the facts, records spans, builds no
// DOM. Sans-I/O.
#pragma once

#include "providers/dialects/codec.hpp"
#include "providers/dialects/request_view.hpp"

#include <memory>
#include <string_view>

namespace nearfar::providers::openai_chat {

// Bytes that must be readable (any value) after the end of the body.
inline constexpr std::size_t body_padding = 64;

// Keeps its parser between requests: one per core, not re-entrant, never held across a suspension.
class request_reader final : public providers::request_reader {
 public:
  request_reader();
  ~request_reader() override;

  // Errors are of kind bad_request, side downstream, with the place in `context`: not JSON, not an
  // object, duplicate top-level keys (compared unescaped), no model, a value of the wrong type,
  // nesting over 64 levels in what is visited. `body` has body_padding readable bytes behind it.
  // On success every view in `out` points into `body` or into `out` itself.
  routes::result<void> read(std::string_view body, request_view& out) override;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace nearfar::providers::openai_chat
