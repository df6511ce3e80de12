// `nearfar test`, `explain`, `table` and `diff`: what a policy file means. None opens a port or resolves
// a secret.
#pragma once

#include "config/model.hpp"
#include "routes/policy.hpp"

#include <functional>
#include <memory>
#include <string>

namespace CLI {
class App;
}

namespace nearfar::gateway {

// Adds the commands; the one that was named sets `chosen`, which prints and returns the exit code.
void add_policy_commands(CLI::App& app, std::function<int()>& chosen);

// The file compiled, its `tests:` left aside: a test that fails is no reason not to explain it.
struct policy_file {
  std::shared_ptr<const config::configuration> read;  // with its tests
  std::shared_ptr<const routes::policy> policy;       // without
  std::string text;
  int exit = 0;  // where `policy` is null: 1 the file is wrong, 2 it cannot be read
};
// Says on standard error what is wrong.
policy_file read_policy(const std::string& file);

int diff_policies(const std::string& old_file, const std::string& new_file, bool json);

}  // namespace nearfar::gateway
