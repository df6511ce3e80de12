// Requests that are routed by their model and pass as they come: completions, embeddings, and what else is
// a JSON object with a `model`. Sans-I/O.
#pragma once

#include "providers/dialects/codec.hpp"

#include <memory>

namespace nearfar::providers::plain_json {

// Fills the facts that bear on routing: model, stream, n, max_tokens, stream_options.include_usage, and the
// tokens of `prompt`, `input`, `query` and `documents`. Nothing else is looked into but to know that it is
// JSON.
class request_reader final : public providers::request_reader {
 public:
  request_reader();
  ~request_reader() override;
  routes::result<void> read(std::string_view body, request_view& out) override;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace nearfar::providers::plain_json
