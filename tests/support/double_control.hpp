// The HTTP control endpoint of the upstream double, without the I/O: request in, answer out.
//
//   PUT    /_double/behaviour   {"default": B, "queue": [B, ...]}, or a behaviour alone: the default
//   POST   /_double/behaviour   a behaviour, to the end of the queue
//   DELETE /_double/behaviour   well-behaved again
//   GET    /_double/requests    counters, and the kept requests with heads and bodies
//   DELETE /_double/requests    forgets them, and the bill
//   GET    /_double/bill        the sum, and the newest requests: what each would cost its customer in tokens
//   GET    /_double/last        the newest request; 404: none
//   GET    /_double/release     lets one token of a gated answer go; ?count=N: so many
#pragma once

#include "tests/support/double_state.hpp"

#include <string>
#include <string_view>

namespace nearfar::support {

struct control_answer {
  int status = 200;
  std::string body;  // JSON
};

control_answer control(double_state& state, std::string_view method, std::string_view target,
                       std::string_view body);

}  // namespace nearfar::support
