// The one selector grammar, worked out against the targets of a policy.
#pragma once

#include "config/model.hpp"
#include "routes/condition_code.hpp"
#include "routes/policy.hpp"
#include "routes/target_set.hpp"

#include <span>
#include <string>
#include <string_view>

namespace nearfar::routes {

// Inside a field any value matches, between fields all must. An attribute that the target does not
// state (region, label, retention, price, quality) makes the answer unknown, unless another field
// already says no.
truth matches(const config::selector& s, const target& t, const config::configuration& from);
truth matches(const config::selector_list& list, const target& t, const config::configuration& from);

// Targets for which the list's answer is one of those asked for.
enum class doubt : std::uint8_t { excluded, included };
target_set selected(const config::selector_list& list, std::span<const target> targets,
                    const config::configuration& from, doubt unknown);

class compile_log;

// The provider that discovers its models and so may come to have this target; of "" any such. Null: none.
const config::provider* discovering(const config::configuration& from, std::string_view target);
// A warning; a note while the provider has listed nothing.
void warn_unlisted(const config::provider& by, const std::string& target, config::mark where,
                   compile_log& log);

// Whether anything in the policy can be meant by the selector's names.
void check_names(const config::selector_list& list, const config::configuration& from, compile_log& log);

}  // namespace nearfar::routes
