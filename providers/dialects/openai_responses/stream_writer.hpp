// Events as a Responses stream. Sans-I/O, no DOM, nothing is held back.
//
// Items stand in the order in which they began. A message or a reasoning item ends when something else
// begins; calls stay open until the answer's finish, so that no piece of their arguments can come too late,
// whatever the order in which a target sends them.
#pragma once

#include "providers/dialects/codec.hpp"
#include "providers/dialects/openai_responses/event_text.hpp"
#include "providers/dialects/openai_responses/open_calls.hpp"
#include "providers/dialects/openai_responses/reasoning_seal.hpp"
#include "providers/dialects/openai_responses/response_text.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nearfar::providers::openai_responses {

class stream_writer final : public providers::stream_writer {
 public:
  // Copies what it needs of `terms`.
  explicit stream_writer(const answer_terms& terms);

  // Choices other than the first are not written: the dialect has one.
  void write(const chat::answer_event& event, std::string& to) override;
  // response.failed in a stream that has begun, else `error`; once.
  void fail(const client_error& why, std::string& to) override;
  void keep_alive(std::string& to) override;
  void adopt(const begun_answer& from) override;

 private:
  enum class open_item : std::uint8_t { none, message, reasoning };
  enum class open_part : std::uint8_t { none, text, refusal };
  enum class said_last : std::uint8_t { nothing, text, thoughts, call };

  void begin(std::string& to);
  void part_event(std::string& to, std::string_view type);
  void delta(std::string& to, std::string_view type, std::string_view piece, bool with_logprobs);
  void response_event(std::string& to, std::string_view type, const response_text::ending& how);

  void open_message(std::string& to, open_part kind);
  void close_part(std::string& to);
  void close_message(std::string& to);
  void open_reasoning(std::string& to);
  void close_reasoning(std::string& to);
  void close_item(std::string& to);
  void text(const chat::answer_event& event, open_part kind, std::string& to);
  void thinking(std::string_view piece, std::string& to);
  void signature(const chat::answer_event& event, std::string& to);
  void sealed_item(const seal& what, std::string& to);
  void tool_call(const chat::answer_event& event, std::string& to);
  void media(const chat::media_source& what, std::string& to);
  void annotation(std::string_view json, std::string& to);
  void finish(chat::finish why, std::string& to);
  void end(std::string& to);

  response_text response_;
  std::string issuer_;
  event_text events_;
  std::uint32_t next_output_ = 0;
  bool begun_ = false;
  bool over_ = false;
  chat::finish why_ = chat::finish::none;
  std::optional<usage> tokens_;

  open_item item_ = open_item::none;
  open_part part_ = open_part::none;
  said_last last_ = said_last::nothing;
  std::uint32_t output_ = 0;  // of the open message or reasoning
  std::string item_id_;
  std::uint32_t content_index_ = 0;
  std::string text_;         // of the open part, or of the summary
  std::string annotations_;  // of the open part
  std::uint32_t annotation_count_ = 0;
  std::string logprobs_;   // of the open part
  std::string parts_;      // finished ones of the open message
  std::string encrypted_;  // of the open reasoning
  open_calls calls_;
};

}  // namespace nearfar::providers::openai_responses
