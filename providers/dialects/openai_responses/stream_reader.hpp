// A Responses stream as events. Sans-I/O; simdjson on-demand, no allocation per event in the steady state.
//
// Items are known by their id, for llama-server says no output_index, and pieces are counted by item: what a
// `done` says again is not said twice, and what only a `done` says is not lost.
#pragma once

#include "providers/dialects/codec.hpp"

#include <memory>

namespace nearfar::providers::openai_responses {

class stream_reader final : public providers::stream_reader {
 public:
  stream_reader();
  ~stream_reader() override;

  bool read(const sse_event& event, std::vector<chat::answer_event>& out) override;
  // A Responses stream ends by an event of its own: nothing.
  void close(std::vector<chat::answer_event>& out) override;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace nearfar::providers::openai_responses
