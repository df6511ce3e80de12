// Requests of real clients, as files: a request line, fields, an empty line, the body. Without host and
// content-length, which depend on where and with what body they are sent.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nearfar::tests {

struct recorded_request_file {
  std::string method;
  std::string target;
  std::vector<std::pair<std::string, std::string>> fields;
  std::string body;

  // The bytes to send.
  std::string bytes() const;
};

// From tests/integration/fixtures/clients. Throws where there is none of that name.
recorded_request_file recorded(std::string_view name);

}  // namespace nearfar::tests
