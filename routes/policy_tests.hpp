// The `tests:` of a policy, run through evaluate.
#pragma once

#include "config/model.hpp"
#include "routes/policy.hpp"

#include <string>
#include <vector>

namespace nearfar::routes {

struct test_failure {
  std::string message;  // "expected target `a/b`, came `c/d`"
  std::string help;     // may be empty: why the query was refused
};

struct test_result {
  const config::policy_test* test = nullptr;  // lives with the configuration
  std::vector<test_failure> failures;         // empty: passed
  std::string mistake;                        // not empty: the test itself is wrong and was not run
  std::string mistake_help;
  config::mark mistake_at;
  std::string target;  // what came: the first that would be tried, "none" if nothing
  std::string rule;
  bool passed() const { return failures.empty() && mistake.empty(); }
};

test_result run_policy_test(const policy& rules, const config::policy_test& test);
// In the file's order.
std::vector<test_result> policy_test_results(const policy& rules);

}  // namespace nearfar::routes
