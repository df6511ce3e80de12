#include "providers/handover/way.hpp"

namespace nearfar::providers::handover {

using config::continuation_kind;

config::continuation continuation_of(const config::preset* preset, const config::provider& provider,
                                     const config::target_model& model) {
  config::continuation way;
  if (preset != nullptr) way = preset->hand_over;
  if (provider.hand_over) way = *provider.hand_over;
  if (model.hand_over == false) way.kind = continuation_kind::none;
  return way;
}

continuation_kind weaker(continuation_kind kind) {
  switch (kind) {
    case continuation_kind::native:
      return continuation_kind::instruct;
    case continuation_kind::instruct:
      return continuation_kind::restart;
    case continuation_kind::restart:
    case continuation_kind::none:
      return continuation_kind::none;
  }
  return continuation_kind::none;
}

std::optional<continuation_kind> after_refusal(continuation_kind tried, const routes::error& why) {
  const bool refused =
      why.kind == routes::error_kind::bad_request || why.kind == routes::error_kind::not_found;
  if (!refused || why.side != routes::error_side::upstream) return std::nullopt;
  return weaker(tried);
}

}  // namespace nearfar::providers::handover
