// When a second attempt starts beside a silent first one, and whom it may ask.
#include "routes/attempt_sequence.hpp"
#include "routes/filters.hpp"
#include "routes/tables.hpp"

#include <algorithm>

namespace nearfar::routes {
namespace {

// Beyond this a doubled upload is felt on a metered link: some ten thousand words.
constexpr std::uint64_t large_body = 64 * 1024;
// Below it, and not charging, a race is not worth what a second model draws.
constexpr double low_battery = 20;

}  // namespace

std::optional<millis> attempt_sequence::race_after(const evaluation_input& in, target_index running) const {
  const auto& how = rules_.attempts(plan_.attempts);
  if (!how.race) return std::nullopt;
  if (how.race->after) return how.race->after;
  return snapshot_of(in, running).first_token_p90;
}

bool attempt_sequence::may_race(const evaluation_input& in, target_index other) const {
  const auto& how = rules_.attempts(plan_.attempts);
  if (!rules_.compiled().attempts[plan_.attempts].racers.has(other)) return false;
  const auto& target = rules_.targets()[other];
  const auto& now = in.now_true;
  if (target.needs != reach::device && now.metered == true && in.asked.body_bytes > large_body) return false;
  const bool low = now.battery && *now.battery < low_battery && now.charging != true;
  if (target.tier == config::tier::device && low) return false;
  millis budget = how.first_token_for(in.asked.input_tokens);
  if (in.asked.first_token_ms) budget = std::min(budget, millis(*in.asked.first_token_ms));
  const auto& expected = snapshot_of(in, other).first_token;
  return !expected || *expected <= budget;
}

std::optional<step> attempt_sequence::race(const evaluation_input& fresh, target_index running) {
  if (stop_ || relay_ || attempts_ >= rules_.attempts(plan_.attempts).total) return std::nullopt;
  standings now;
  look(fresh, now);
  for (std::size_t i = 0; i < plan_.size; ++i) {
    const auto other = plan_.order[i];
    if (other == running || !now[i].usable || !now[i].untried || !may_race(fresh, other)) continue;
    if (retries_ != nullptr && !retries_->take(fresh.now)) return std::nullopt;
    return start(i, now);
  }
  return std::nullopt;
}

}  // namespace nearfar::routes
