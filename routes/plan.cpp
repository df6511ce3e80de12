#include "routes/plan.hpp"

namespace nearfar::routes {

bool is_permanent(drop_reason reason) {
  return reason != drop_reason::kept && reason < drop_reason::breaker_open;
}

std::string_view to_string(drop_reason reason) {
  switch (reason) {
    case drop_reason::kept:
      return "kept";
    case drop_reason::no_dialect:
      return "no_dialect";
    case drop_reason::no_tools:
      return "no_tools";
    case drop_reason::no_images:
      return "no_images";
    case drop_reason::no_audio:
      return "no_audio";
    case drop_reason::no_json:
      return "no_json";
    case drop_reason::no_stream:
      return "no_stream";
    case drop_reason::other_model:
      return "other_model";
    case drop_reason::context_too_small:
      return "context_too_small";
    case drop_reason::guard_allow:
      return "guard_allow";
    case drop_reason::guard_deny:
      return "guard_deny";
    case drop_reason::limit:
      return "limit";
    case drop_reason::key:
      return "key";
    case drop_reason::rule_only:
      return "rule_only";
    case drop_reason::max_price:
      return "max_price";
    case drop_reason::client_only:
      return "client_only";
    case drop_reason::client_ignore:
      return "client_ignore";
    case drop_reason::client_plugin:
      return "client_plugin";
    case drop_reason::client_retention:
      return "client_retention";
    case drop_reason::client_price:
      return "client_price";
    case drop_reason::client_quantization:
      return "client_quantization";
    case drop_reason::client_parameters:
      return "client_parameters";
    case drop_reason::no_fallbacks:
      return "no_fallbacks";
    case drop_reason::breaker_open:
      return "breaker_open";
    case drop_reason::parked:
      return "parked";
    case drop_reason::queue_full:
      return "queue_full";
    case drop_reason::too_slow:
      return "too_slow";
    case drop_reason::unreachable:
      return "unreachable";
    case drop_reason::absent:
      return "absent";
    case drop_reason::off:
      return "off";
  }
  return "kept";
}

}  // namespace nearfar::routes
