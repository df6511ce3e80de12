// The ways in which an upstream fails before the first content token: one list for every test that
// says "under every failure".
#pragma once

#include "tests/integration/gateway_under_test.hpp"

#include <functional>
#include <string>
#include <vector>

namespace nearfar::tests {

enum class asked_as : std::uint8_t { json, stream, both };

struct failure {
  std::string name;
  asked_as applies = asked_as::both;
  bool reaches = true;  // the double sees the request (a refusing one does not)
  std::function<void(upstream_double&)> inflict;
};

const std::vector<failure>& failures_before_first_token();

}  // namespace nearfar::tests
