#include "routes/explain.hpp"

#include "routes/client_wishes.hpp"
#include "routes/explanation.hpp"
#include "routes/fact_table.hpp"
#include "routes/filters.hpp"
#include "routes/limits.hpp"

#include <fmt/format.h>

#include <cmath>

namespace nearfar::routes {
namespace {

double seconds_until(instant from, instant to) {
  return to > from ? std::ceil(std::chrono::duration<double>(to - from).count()) : 0.0;
}

std::string park_text(const evaluation_input& in, const park& parked) {
  switch (parked.reason) {
    case park_reason::auth:
      return "parked, its key was refused";
    case park_reason::exhausted:
      return "parked, its quota is used up";
    case park_reason::not_installed:
      return "parked, not installed";
    case park_reason::rate_limited:
      return fmt::format("rate limited, again in {} s", seconds_until(in.now, parked.until));
    case park_reason::none:
      return "parked";
  }
  return "parked";
}

std::string limit_text(const policy& rules, std::uint16_t index) {
  switch (index) {
    case unpriced_limit:
      return "unknown price, and there is a budget: say `price` at the model";
    case key_budget_limit:
      return "the key's budget has no room for it";
    case key_rate_limit:
      return "the key's rate has no room for it";
    case query_cost_limit:
      return "may cost more than the client lets it";
    default:
      break;
  }
  if (index >= limit_count(rules)) return "a limit has no room for it";
  const auto& l = limit_at(rules, index);
  return fmt::format("limit {} of {}", l.name, extent_of(l));
}

bool lacks_credential(const evaluation_input& in, const target& t) {
  return in.rules.configuration().providers[t.provider].key.kind == config::secret_kind::client &&
         !in.asked.own_credential;
}

}  // namespace

std::string drop_text(const evaluation_input& in, const verdict& v) {
  const auto& t = in.rules.targets()[v.target];
  switch (v.reason) {
    case drop_reason::kept:
      return "kept";
    case drop_reason::no_dialect:
      return fmt::format("does not serve {}", to_string(in.asked.in));
    case drop_reason::no_tools:
      return "takes no tools";
    case drop_reason::no_images:
      return "takes no images";
    case drop_reason::no_audio:
      return "takes no audio";
    case drop_reason::no_json:
      return "gives no JSON by schema";
    case drop_reason::no_stream:
      return "does not stream";
    case drop_reason::other_model:
      return "is another model";
    case drop_reason::context_too_small:
      return fmt::format("context {} < {} + {}", t.context.value_or(0), in.asked.input_tokens,
                         in.asked.output_tokens);
    case drop_reason::guard_allow:
    case drop_reason::guard_deny:
      return fmt::format("guard {}", in.rules.guard_name(v.guard));
    case drop_reason::limit:
      return limit_text(in.rules, v.guard);
    case drop_reason::key:
      return lacks_credential(in, t) ? "takes the caller's own key, and none came" : "the key may not use it";
    case drop_reason::rule_only:
      return "left out by `only` of the rule";
    case drop_reason::max_price:
      return t.price_input && t.price_output ? "above max_price of the rule"
                                             : "unknown price, and the rule has a max_price";
    case drop_reason::client_only:
      return "not among those that the client wants";
    case drop_reason::client_ignore:
      return "the client ignores it";
    case drop_reason::client_plugin:
      return "does not run OpenRouter's plugins";
    case drop_reason::client_retention:
      return "the client wants nothing kept, and its `retention` is not known as `none`";
    case drop_reason::client_price:
      return t.price_input && t.price_output ? "dearer than the client allows"
                                             : "unknown price, and the client has a limit";
    case drop_reason::client_quantization:
      return fmt::format("its quantization is {}", quantization_of(t, in.rules.configuration()));
    case drop_reason::client_parameters:
      return "has no word for a parameter that the client requires";
    case drop_reason::no_fallbacks:
      return "the client wants no fallback";
    case drop_reason::breaker_open:
      if (snapshot_of(in, v.target).breaker_reopens == instant::max()) return "taken as down";
      return fmt::format("breaker open, again in {} s",
                         seconds_until(in.now, snapshot_of(in, v.target).breaker_reopens));
    case drop_reason::parked:
      return park_text(in, snapshot_of(in, v.target).parked);
    case drop_reason::queue_full:
      return "its queue is full";
    case drop_reason::too_slow:
      return fmt::format("too slow: its first token takes {} ms at the median, more than the deadline leaves",
                         snapshot_of(in, v.target).first_token_median.value_or(millis{0}).count());
    case drop_reason::unreachable:
      return t.needs == reach::lan
                 ? "unreachable, lan is down"
                 : "unreachable, network is " + fact_text(fact_id::network, {in.asked, in.now_true});
    case drop_reason::absent:
      return "absent: no key, or its model is not installed";
    case drop_reason::off:
      return fmt::format("switched off by hand, again in {} s",
                         seconds_until(in.now, snapshot_of(in, v.target).off_until));
  }
  return "dropped";
}

std::string explain(const evaluation_input& in, const plan& p, const trace& why) {
  return to_text(explained(in, p, why));
}

}  // namespace nearfar::routes
