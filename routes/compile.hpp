// The steps of policy::compile that need more than a few lines. Private to routes/.
#pragma once

#include "config/model.hpp"
#include "routes/compile_log.hpp"
#include "routes/condition_compiler.hpp"
#include "routes/tables.hpp"

namespace nearfar::routes {

void compile_guards(policy::tables& t, condition_compiler& conditions, compile_log& log);
void compile_rules(policy::tables& t, condition_compiler& conditions, compile_log& log);
void compile_attempts(policy::tables& t, condition_compiler& conditions, compile_log& log);
void compile_limits(policy::tables& t, condition_compiler& conditions, compile_log& log);
void compile_unsensed(policy::tables& t, compile_log& log);

// A guard may not be escaped by a client that raises its privacy.
void check_guard_privacy(const config::guard& g, compile_log& log);

// The `tests:` of the file. What came instead is in the diagnostic.
void run_policy_tests(const policy& rules, compile_log& log);

}  // namespace nearfar::routes
