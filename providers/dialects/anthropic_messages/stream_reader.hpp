// An Anthropic stream as events in no dialect. Sans-I/O.
#pragma once

#include "providers/dialects/codec.hpp"

#include <memory>
#include <vector>

namespace nearfar::providers::anthropic_messages {

// Hosted tools' calls and results are no events. A call whose arguments never came has "{}". Signatures
// come whole, when their block ends. Usage comes with the start and with each later count, merged. `start`
// bears `tokens` where the server says them.
class stream_reader final : public providers::stream_reader {
 public:
  stream_reader();
  ~stream_reader() override;
  bool read(const sse_event& event, std::vector<chat::answer_event>& out) override;
  // A stream that named its stop reason and then closed is whole: some servers leave message_stop out.
  void close(std::vector<chat::answer_event>& out) override;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace nearfar::providers::anthropic_messages
