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

// The value of `name=value` in a query string, as it came: values with percent signs are not decoded. Empty:
// it is not there.
std::string_view query_parameter(std::string_view query, std::string_view name);

}  // namespace nearfar::gateway
