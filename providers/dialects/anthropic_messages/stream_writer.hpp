// Events as an Anthropic stream. Sans-I/O.
#pragma once

#include "providers/dialects/anthropic_messages/json_extent.hpp"
#include "providers/dialects/codec.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nearfar::providers::anthropic_messages {

// message_start comes before anything else, pings too. Blocks stand one after the other: a call that begins
// while an older one's arguments are not whole waits for it, and goes out in one piece at the latest at the
// end. What the dialect has no place for (log probabilities, citations of other dialects, choices beyond
// the first) is not written.
//
// A foreign signature bears its issuer. That of a call or a text follows its block as redacted thinking
// (block_parser.hpp).
class stream_writer final : public providers::stream_writer {
 public:
  explicit stream_writer(const answer_terms& terms) : terms_(terms) {}
  void write(const chat::answer_event& event, std::string& to) override;
  void fail(const client_error& why, std::string& to) override;
  void keep_alive(std::string& to) override;
  void adopt(const begun_answer& from) override;

 private:
  enum class block : std::uint8_t { none, text, thinking, call };
  struct call {
    std::uint32_t index = 0;
    std::string id;
    std::string name;
    std::string waiting;  // arguments that came while it had to wait
    json_extent extent;
    bool begun = false;
    bool ended = false;
    bool said = false;  // arguments went out
    std::string signature;
    std::string issuer;
  };

  void head(const chat::answer_event* start, std::string& to);
  void text(std::string_view piece, std::string& to);
  void thinking(std::string_view piece, std::string& to);
  void signature(const chat::answer_event& event, std::string& to);
  void redacted(std::string_view data, std::string& to);
  void begin_call(const chat::answer_event& event, std::string& to);
  void arguments(const chat::answer_event& event, std::string& to);
  void pass_on(call& each, std::string& to);
  void advance(std::string& to);
  void end_calls(std::string& to);
  void end_call(call& each, std::string& to);
  void begin(block kind, std::string_view start, std::string& to);
  void delta(std::string_view type, std::string_view key, std::string_view value, std::string& to);
  void close(std::string& to);
  void error(const routes::error& failure, std::string& to);
  void end(std::string& to);
  call* find(std::uint32_t index);

  answer_terms terms_;
  bool begun_ = false;
  bool ended_ = false;
  block open_ = block::none;
  bool signed_ = false;  // the open thoughts have their signature
  bool refused_ = false;
  std::uint32_t next_ = 0;  // index of the next block; the open one's is one less
  std::vector<call> calls_;
  chat::finish why_ = chat::finish::none;
  std::string native_;
  std::string stop_sequence_;
  usage tokens_;
};

}  // namespace nearfar::providers::anthropic_messages
