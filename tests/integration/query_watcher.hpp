// The log's lines of queries as they are written, for a test that looks into them.
#pragma once

#include "tests/integration/gateway_under_test.hpp"

#include <boost/json/object.hpp>

namespace nearfar::tests {

class query_watcher {
 public:
  // Sees every query that begins after this.
  explicit query_watcher(gateway_under_test& gw);
  // The next one; waits for it. Throws when none comes.
  boost::json::object next();

 private:
  raw_client client_;
};

}  // namespace nearfar::tests
