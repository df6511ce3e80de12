// The request target of RFC 9112 section 3.2, taken apart. Sans-I/O.
#pragma once

#include <string_view>

namespace nearfar::gateway {

struct request_target {
  std::string_view path;
  std::string_view query;
  std::string_view authority;  // of an absolute form; empty otherwise
};

// Null: fine. Otherwise what is wrong with it and what to send. Views point into `text`, or are
// literals ("/" and "*").
const char* split_target(std::string_view method, std::string_view text, request_target& out);

}  // namespace nearfar::gateway
