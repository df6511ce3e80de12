#include "config/redact.hpp"
#include "config/yaml_tree.hpp"
#include "gateway/cli_policy.hpp"
#include "routes/policy_diff.hpp"

#include <fmt/core.h>

#include <chrono>
#include <cstdio>

namespace nearfar::gateway {
namespace {

enum exit_code : int { same = 0, different = 1, usage_or_io = 2 };

// What a key could be is covered before it can be shown.
std::optional<config::yaml_node> tree_of(std::string text) {
  config::diagnostics ignored;
  const auto root = config::parse_yaml(text, ignored);
  config::redact(text, root ? &*root : nullptr);
  return config::parse_yaml(text, ignored);
}

}  // namespace

int diff_policies(const std::string& old_file, const std::string& new_file, bool json) {
  const auto before = read_policy(old_file);
  const auto after = read_policy(new_file);
  // 1 says "different", so a file that is wrong is a usage error here.
  if (!before.policy || !after.policy) return usage_or_io;
  const auto old_tree = tree_of(before.text);
  const auto new_tree = tree_of(after.text);
  if (!old_tree || !new_tree) return usage_or_io;

  routes::policy_diff made;
  made.old_file = old_file;
  made.new_file = new_file;
  made.written = routes::written_changes(*old_tree, *new_tree);
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  made.answers = routes::changed_answers(*before.policy, *after.policy,
                                         std::chrono::duration_cast<std::chrono::seconds>(now).count());
  fmt::print("{}", json ? routes::to_json(made) + "\n" : routes::to_text(made));
  return made.same() ? same : different;
}

}  // namespace nearfar::gateway
