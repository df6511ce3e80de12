// Tool calls of one choice out of the pieces that servers send, told apart although indexes are missing, the
// same for all, or ids repeated. Sans-I/O.
#pragma once

#include "providers/dialects/chat_answer.hpp"

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nearfar::providers::openai_chat {

struct call_piece {
  std::optional<std::uint64_t> index;  // as the server says
  std::string_view id = {};
  std::string_view name = {};
  std::string_view arguments = {};
  chat::call_form form = chat::call_form::function;
  std::string_view signature = {};
  std::string_view issuer = {};
};

// Follows a JSON text's brackets: whether a value has come to its end.
class json_balance {
 public:
  void push(std::string_view text);
  bool complete() const { return begun_ && depth_ == 0 && !in_string_; }

 private:
  int depth_ = 0;
  bool begun_ = false;
  bool in_string_ = false;
  bool escaped_ = false;
};

class call_assembler {
 public:
  // Appends the events of one piece. A call begins when its name is known; its arguments wait until then.
  // `answer` is the answer's id: calls without an id get one by it.
  void add(const call_piece& piece, std::uint32_t choice, std::string_view answer,
           std::vector<chat::answer_event>& out);
  // The choice is over: calls without arguments get {}, those without a name begin without.
  void finish(std::uint32_t choice, std::vector<chat::answer_event>& out);
  bool any() const { return !calls_.empty(); }

 private:
  struct call {
    std::optional<std::uint64_t> index;
    std::string id;
    std::string name;
    std::string waiting;  // arguments before the name
    chat::call_form form = chat::call_form::function;
    json_balance balance;
    bool begun = false;
    bool said = false;  // it has arguments
  };

  std::size_t find(const call_piece& piece) const;
  void begin(std::size_t at, std::uint32_t choice, std::vector<chat::answer_event>& out);

  std::deque<call> calls_;  // events hold views of their names
};

}  // namespace nearfar::providers::openai_chat
