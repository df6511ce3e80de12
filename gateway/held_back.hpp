// `hold_back`: whole events of a first leg wait until enough words have come behind them. What still waits
// when the stream breaks is thrown away, and the next target says it anew. Sans-I/O.
#pragma once

#include "providers/handover/hold_back.hpp"

#include <cstddef>
#include <deque>
#include <span>
#include <string>
#include <string_view>

namespace nearfar::gateway {

class held_back {
 public:
  explicit held_back(unsigned words) : words_(words) {}

  // The events of one read, and all of the answer's text with them. They are copied: the bytes die with
  // the next read.
  void push(std::span<const std::string_view> events, std::string_view text);
  // Something other than text came, or the answer is whole: nothing is held any more.
  void open() { open_ = true; }

  // Appends what may go.
  void take(std::string& to);
  // Of the text: what went out with the events taken so far.
  std::size_t text_gone() const { return text_gone_; }

 private:
  struct piece {
    std::string events;
    std::size_t text_end;
  };
  providers::handover::hold_back words_;
  std::deque<piece> waiting_;
  std::string passed_;  // scratch: the words that may go
  std::size_t text_seen_ = 0;
  std::size_t text_free_ = 0;  // bytes of the text that may go
  std::size_t text_gone_ = 0;
  bool open_ = false;
};

}  // namespace nearfar::gateway
