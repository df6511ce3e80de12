#include "routes/attempt_settings.hpp"

namespace nearfar::routes {

millis attempt_settings::answer(config::tier t) const {
  switch (t) {
    case config::tier::device:
      return answer_device;
    case config::tier::self_hosted:
      return answer_self_hosted;
    case config::tier::remote:
      return answer_remote;
  }
  return answer_remote;
}

millis attempt_settings::first_token_for(std::uint64_t input_tokens) const {
  const auto per_1k = static_cast<double>(first_token.per_1k_input.count());
  const auto extra = per_1k * static_cast<double>(input_tokens) / 1000.0;
  return first_token.base + millis{static_cast<millis::rep>(extra)};
}

}  // namespace nearfar::routes
