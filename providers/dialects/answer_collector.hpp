// The events of a whole answer put together: for dialects whose answer is a stream's chunk in one piece.
// Sans-I/O.
#pragma once

#include "providers/dialects/chat_answer.hpp"

#include <optional>
#include <vector>

namespace nearfar::providers {

class answer_collector {
 public:
  // Takes what the event says; its views may die afterwards.
  void take(const chat::answer_event& event);

  const std::optional<routes::error>& failure() const { return failure_; }
  // There is text, a call, reasoning or a medium; or a filter took it, which is an answer too.
  bool any() const;
  bool ended() const { return ended_; }
  chat::chat_answer answer() && { return std::move(answer_); }

 private:
  chat::answer_choice& choice(std::uint32_t index);
  void append(const chat::answer_event& event, chat::part_kind kind);
  void call(const chat::answer_event& event);
  void sign(const chat::answer_event& event);

  chat::chat_answer answer_;
  std::optional<routes::error> failure_;
  bool ended_ = false;
};

}  // namespace nearfar::providers
