// Events as the stream of a Gemini client. Sans-I/O.
//
// A call is said whole: its arguments are collected until they are, and calls go out in their order. The
// reasons to finish and the usage stand in the last chunk, at `end`.
#pragma once

#include "providers/dialects/codec.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nearfar::providers::gemini {

// With `alt=sse` events; without it one JSON array, whose elements are the same chunks.
enum class stream_form : std::uint8_t { events, array };

class stream_writer final : public providers::stream_writer {
 public:
  stream_writer(const answer_terms& terms, stream_form form);

  void write(const chat::answer_event& event, std::string& to) override;
  void fail(const client_error& why, std::string& to) override;
  void keep_alive(std::string& to) override;
  void adopt(const begun_answer& from) override;

 private:
  struct open_call {
    std::uint32_t index = 0;
    bool written = false;
    chat::part call;
  };
  struct candidate_state {
    std::vector<open_call> calls;
    std::vector<std::string> annotations;
    chat::finish why = chat::finish::none;
    std::string native;
    bool thought_last = false;  // a signature is that of thoughts
    bool call_last = false;     // … of the call
    bool ended = false;
  };

  candidate_state& of(std::uint32_t choice);
  void piece(std::uint32_t choice, std::string_view parts, std::string& to, std::string_view more = {});
  void sign(const chat::answer_event& event, std::string& to);
  void begin_call(const chat::answer_event& event, std::string& to);
  // Calls that are whole, in order; `all`: the rest as it is.
  void flush(std::uint32_t choice, bool all, std::string& to);
  void finish(std::string& to);
  void open(std::string& to);
  void close(std::string& to);
  void append_tail(std::string& to) const;

  stream_form form_;
  std::string id_;
  std::string model_;
  std::vector<candidate_state> candidates_;
  usage tokens_;
  bool tokens_known_ = false;
  bool begun_ = false;
  bool over_ = false;
  std::string parts_;  // scratch
};

}  // namespace nearfar::providers::gemini
