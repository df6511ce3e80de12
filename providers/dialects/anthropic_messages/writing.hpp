// One request on its way out: what is asked, of whom, and what was left out. For the writers' .cpp files.
#pragma once

#include "providers/dialects/codec.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace nearfar::providers::anthropic_messages {

struct writing {
  const chat::chat_request& asked;
  const write_options& how;
  // It came in this dialect: written back as it was, since what the API makes of it is the client's
  // business. Only signatures of other issuers leave.
  bool own = asked.from == config::dialect::anthropic_messages;
  std::vector<std::string> notes = {};
  std::string problem = {};

  void note(std::string text) {
    if (std::find(notes.begin(), notes.end(), text) == notes.end()) notes.push_back(std::move(text));
  }
  // Always false.
  bool fail(std::string text) {
    if (problem.empty()) problem = std::move(text);
    return false;
  }
};

}  // namespace nearfar::providers::anthropic_messages
