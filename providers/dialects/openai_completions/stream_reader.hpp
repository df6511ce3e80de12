// A stream of text_completion chunks as events, for what it says of usage and of its end. Sans-I/O.
#pragma once

#include "providers/dialects/codec.hpp"

#include <memory>

namespace nearfar::providers::openai_completions {

class stream_reader final : public providers::stream_reader {
 public:
  stream_reader();
  ~stream_reader() override;
  bool read(const sse_event& event, std::vector<chat::answer_event>& out) override;
  // A stream without [DONE] is whole if every choice that began has its finish reason.
  void close(std::vector<chat::answer_event>& out) override;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace nearfar::providers::openai_completions
