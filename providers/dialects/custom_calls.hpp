// From calls of functions that stand for tools of free text back to calls of free text: whole answers and
// streams. The text of {"input": "…"} comes out as it comes in. Sans-I/O.
#pragma once

#include "providers/dialects/chat_answer.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nearfar::providers {

// One call's arguments, in pieces cut anywhere. Holds back no more than the beginning up to the text and an
// unfinished escape. Arguments of another form come out as they are; what stands behind the text does not.
class free_text_reader {
 public:
  void feed(std::string_view piece, std::string& out);
  // No more pieces. Arguments that ended before any text come out as they are; half an escape does not.
  void finish(std::string& out);

 private:
  enum class state : std::uint8_t { beginning, text, escape, code, after, other };

  void begin(char c, std::string& out);
  void escaped(char c, std::string& out);
  void digit(char c, std::string& out);
  void settle_high(std::string& out);

  state state_ = state::beginning;
  std::string held_;      // the beginning, as it came
  std::size_t step_ = 0;  // of what is expected there
  unsigned code_ = 0;     // of \uXXXX
  unsigned digits_ = 0;
  unsigned high_ = 0;  // a surrogate that waits for its other half; 0: none
};

// Of one stream. Not thread-safe.
class custom_calls {
 public:
  // The functions that stand for such tools; forgets what was before.
  void expect(std::span<const std::string> names);
  bool expects_any() const { return !names_.empty(); }
  // What the event becomes: itself, itself in the other form, or nothing yet; before the end of a choice what
  // was held back. Valid until the next call, and no longer than the event.
  std::span<const chat::answer_event> take(const chat::answer_event& event);

 private:
  struct call {
    std::uint32_t choice = 0;
    std::uint32_t index = 0;
    free_text_reader reader;
    std::string said;
  };

  void open(chat::answer_event event);
  void piece(chat::answer_event event);
  void close(const chat::answer_event& event);

  std::vector<std::string> names_;
  std::vector<call> calls_;
  std::vector<chat::answer_event> out_;
};

// The same of a whole answer.
void functions_as_custom_calls(chat::chat_answer& answer, std::span<const std::string> names);

}  // namespace nearfar::providers
