// The calls of an answer that is being streamed. Sans-I/O.
#pragma once

#include "providers/dialects/chat_answer.hpp"
#include "providers/dialects/openai_responses/event_text.hpp"
#include "providers/dialects/openai_responses/item_text.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nearfar::providers::openai_responses {

class response_text;

// They stay open until close(), so that no piece of their arguments can come too late.
class open_calls {
 public:
  bool has(std::uint32_t index) const;
  // A call that has() not: its item is added at `output`.
  void open(const chat::answer_event& event, std::uint32_t output, const response_text& names,
            event_text& events, std::string& to);
  // A piece of a call's arguments; nothing for a call that was not opened.
  void arguments(const chat::answer_event& event, event_text& events, std::string& to);
  // All of them are done, in the order in which they were opened.
  void close(item_status how, event_text& events, std::string& to);
  // Of the call that was opened last; empty: none is open.
  std::string_view last_id() const;

 private:
  struct call {
    std::uint32_t index = 0;   // of the call
    std::uint32_t output = 0;  // of the item
    chat::call_form form = chat::call_form::function;
    std::string item_id;
    std::string call_id;
    std::string name;
    std::string arguments;
  };

  std::vector<call> all_;
};

}  // namespace nearfar::providers::openai_responses
