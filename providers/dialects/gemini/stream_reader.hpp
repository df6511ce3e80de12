// A Gemini stream as events. Sans-I/O.
//
// Usage is cumulative and stands in most chunks: the last one counts. A reason to finish is held until the
// body is over, for some models say STOP in every chunk and calls may follow; then it is tool_calls where
// there were calls. An answer that the model broke (MALFORMED_FUNCTION_CALL) ends with an error.
#pragma once

#include "providers/dialects/codec.hpp"

#include <memory>

namespace nearfar::providers::gemini {

class chunk_walk;

class stream_reader final : public providers::stream_reader {
 public:
  stream_reader();
  ~stream_reader() override;
  bool read(const sse_event& event, std::vector<chat::answer_event>& out) override;
  void close(std::vector<chat::answer_event>& out) override;

 private:
  std::unique_ptr<chunk_walk> walk_;
  bool over_ = false;
};

}  // namespace nearfar::providers::gemini
