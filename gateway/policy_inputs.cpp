#include "gateway/policy_inputs.hpp"

#include "config/preset_file.hpp"

#include <algorithm>

namespace nearfar::gateway {

namespace {

bool keys_are_as_deployed(const deployment& of) {
  const config::provider* looked_at = nullptr;
  for (const auto& target : of.targets) {
    // A provider's targets stand side by side, and all hold its key.
    if (target.from == looked_at) continue;
    looked_at = target.from;
    const auto now = config::resolve(target.from->key).value_or(config::secret());
    if (now.reveal() != target.key.reveal()) return false;
  }
  return true;
}

}  // namespace

bool inputs_are_as_deployed(const deployment& of) {
  const auto same_text = [](const config::included_file& each) {
    std::string unread;
    return config::read_preset_file(each.path, unread).value_or("") == each.text;
  };
  return keys_are_as_deployed(of) && std::ranges::all_of(of.config->included, same_text);
}

}  // namespace nearfar::gateway
