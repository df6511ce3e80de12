// An openai-chat stream as events, whichever way the vendor's server bends it. Sans-I/O.
#pragma once

#include "providers/dialects/codec.hpp"

#include <memory>

namespace nearfar::providers::openai_chat {

class stream_reader final : public providers::stream_reader {
 public:
  // `of` outlives the reader; null: none.
  explicit stream_reader(const config::quirks* of = nullptr);
  ~stream_reader() override;

  // One simdjson walk; no allocation for a text delta in the steady state. What comes after [DONE] or an
  // error is nothing.
  bool read(const sse_event& event, std::vector<chat::answer_event>& out) override;
  // A stream without [DONE] is whole if every choice that began has its finish reason.
  void close(std::vector<chat::answer_event>& out) override;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace nearfar::providers::openai_chat
