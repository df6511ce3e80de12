// Boost.Beast's reading of a head: a second opinion on our own reader's.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nearfar::fuzz {

struct beast_head {
  bool whole = false;  // Beast took all of the bytes, as one head and nothing else
  std::string method;  // of a request
  std::string target;
  int status = 0;  // of a response
  int version = 0;
  std::vector<std::pair<std::string, std::string>> fields;
};

beast_head read_request_by_beast(std::string_view bytes);
beast_head read_response_by_beast(std::string_view bytes);

}  // namespace nearfar::fuzz
