// The trace of an evaluation in words. Reads what evaluate left; decides nothing itself.
#pragma once

#include "routes/evaluate.hpp"

#include <string>
#include <string_view>

namespace nearfar::routes {

// "context 8192 < 5120 + 4096", "guard no-roaming-bills", "breaker open, again in 4 s".
std::string drop_text(const evaluation_input& in, const verdict& v);

// Several lines, in this order: target, facts, guards, dropped, order.
//
//   target   homelab/qwen3-32b (self_hosted)   rule save-battery  nearfar.yaml:37   revision 3f9c01ab22de
//   facts    input_tokens=5120  privacy=internal  battery=12%
//   guards   private-stays-home  no    privacy is internal, wants private
//            no-roaming-bills    YES   metered is yes, wants yes
//   dropped  phone/qwen3-0.6b     context 8192 < 5120 + 4096
//            openrouter/x         guard no-roaming-bills  nearfar.yaml:30
//   order    homelab/qwen3-32b
//
// Names, numbers and states only: no prompt text, and no value of a header.
std::string explain(const evaluation_input& in, const plan& p, const trace& why);

// Whether this is a name of `models:` that has no target, because no provider has listed what it names.
bool waits_for_list(const policy& rules, std::string_view name);

}  // namespace nearfar::routes
