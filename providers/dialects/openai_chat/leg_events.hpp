// Goes on with an openai-chat stream that was passed byte for byte, under the name of its first leg.
// Sans-I/O.
#pragma once

#include "providers/dialects/codec.hpp"
#include "providers/dialects/openai_chat/leg_writer.hpp"

#include <cstdint>
#include <string>

namespace nearfar::providers::openai_chat {

// Text, the end and failures: what a later leg consists of. Anything else is nothing. Usage is written when
// it comes: whoever calls knows whether the client asked for it.
class leg_events final : public stream_writer {
 public:
  explicit leg_events(const begun_answer& from);

  void write(const chat::answer_event& event, std::string& to) override;
  void fail(const client_error& why, std::string& to) override;
  void keep_alive(std::string& to) override { to.append(": keep-alive\n\n"); }
  void adopt(const begun_answer&) override {}

 private:
  std::string id_;
  std::uint64_t created_;
  std::string model_;
  leg_writer writer_;
};

}  // namespace nearfar::providers::openai_chat
