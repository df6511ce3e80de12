// A whole answer of a dialect without a socket.
#pragma once

#include "tests/support/dialect_writer.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nearfar::support {

struct played_answer {
  int status = 0;
  std::string head;
  std::string body;

  // Of a stream: each event's data, in order.
  std::vector<std::string> data() const;
};

struct question {
  std::string_view target;
  std::string body;
  std::vector<std::pair<std::string, std::string>> fields;
};

// By the dialect that serves the target. Throws where none does.
played_answer play_answer(const behaviour& how, const question& q);

}  // namespace nearfar::support
