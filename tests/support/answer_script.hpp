// From a behaviour and a request to the actions of one answer: write these bytes, wait so long, break
// like this. Sans-I/O: the connection executes, one action at a time, so that a thousand slow streams
// hold no prepared answers.
#pragma once

#include "tests/support/behaviour.hpp"
#include "tests/support/dialect_writer.hpp"
#include "tests/support/double_bill.hpp"
#include "tests/support/http_message.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace nearfar::support {

enum class action_kind : std::uint8_t {
  write,   // `bytes`, as they go on the wire
  pause,   // `wait`, counted from the end of the last pause; `bytes` is a comment for `comment_every`
  gate,    // until it is released
  stall,   // until the client goes away; `bytes` as in pause
  cut,     // FIN
  reset,   // RST
  finish,  // the answer is out; the connection lives on if keep_alive() says so
};

struct action {
  action_kind kind = action_kind::finish;
  std::string bytes;
  millis wait{0};
  millis comment_every{0};
};

// What the double is called and how many answers it gave: the default text and the ids come from it.
struct answer_identity {
  std::string name;
  std::uint64_t number = 0;
};

// The default text is a function of the double's name and the token count alone.
answer compose_answer(const behaviour& b, const answer_request& request, const answer_identity& who);

class answer_script {
 public:
  answer_script(std::shared_ptr<const behaviour> how, const dialect_writer& dialect, const request_head& head,
                std::string request_body, answer_identity who);

  action next();
  bool keep_alive() const { return keep_alive_; }

  // What the client owes once everything that next() has given so far is on the wire.
  billed_tokens owed() const;
  // What it owes for the whole answer; nothing where there is none.
  billed_tokens owed_for_all() const;
  bool whole() const { return ended_; }  // the end of an answer is among what was given
  const std::string& model() const { return answer_.request.model; }

 private:
  enum class stage : std::uint8_t { interim, start, opening, parts, breaking, stalling, over };

  void scripted_failure();
  void read_request(const incoming& in, const answer_identity& who);
  action next_interim();
  action whole_answer();
  action stream_part();
  action ending();
  action break_now();
  action stall() const;
  action pause(millis wait) const;
  action write(std::string event) const;
  std::string head_bytes(std::string_view content_type, std::optional<std::size_t> length) const;
  std::string framed(std::string bytes) const;
  bool breaks_at(break_point where) const;
  part part_at(std::size_t index) const;
  std::size_t part_count() const;

  std::shared_ptr<const behaviour> how_;
  const dialect_writer& dialect_;
  answer answer_;
  bool stream_ = false;
  bool chunked_ = false;
  bool gzip_ = false;
  bool keep_alive_ = true;
  int minor_version_ = 1;
  int status_ = 200;
  std::string body_;  // of an answer that is no stream
  std::string content_type_ = "application/json";
  std::vector<std::pair<std::string, std::string>> extra_fields_;

  stage stage_ = stage::interim;
  std::size_t interim_ = 0;
  std::size_t part_ = 0;
  unsigned garbage_ = 0;
  bool waited_ = false;
  bool released_ = false;
  bool head_out_ = false;
  bool answers_ = false;  // an answer, not a failure in its place
  bool ended_ = false;
  std::uint64_t given_ = 0;  // content tokens among what was given
};

}  // namespace nearfar::support
