#include "routes/target_state.hpp"

#include "routes/decay.hpp"

#include <algorithm>
#include <cmath>

namespace nearfar::routes {
namespace {

constexpr half_life estimate_half_life{300};  // design 5, `balanced`
constexpr double forgotten_weight = 0.05;     // a lone sample is unknown again after some 20 minutes
constexpr half_life soft_half_life{30};
constexpr double soft_limit = 2.5;  // three failures that came close together, less what has faded
constexpr millis first_open{5'000};
constexpr millis longest_open{300'000};
// A probe that never reports must not hold the door for ever; longer than any answer clock.
constexpr millis probe_lease{600'000};

enum class food : std::uint8_t { none, soft, hard };

food food_of(error_kind kind) {
  switch (kind) {
    case error_kind::connect:
    case error_kind::dns:
    case error_kind::tls:
      return food::hard;
    case error_kind::timeout:
    case error_kind::reset:
    case error_kind::server_error:
    case error_kind::overloaded:
    case error_kind::broken:
    case error_kind::bad_answer:
    case error_kind::not_ready:
      return food::soft;
    default:
      return food::none;
  }
}

}  // namespace

void estimates::decaying::add(instant now, double value) {
  const double keep = left_after(at, now, estimate_half_life);
  sum = sum * keep + value;
  weight = weight * keep + 1;
  at = std::max(at, now);
}

double estimates::decaying::weight_at(instant now) const {
  return weight * left_after(at, now, estimate_half_life);
}

std::optional<double> estimates::decaying::mean(instant now) const {
  if (!is_left(weight, at, now, estimate_half_life, forgotten_weight)) return std::nullopt;
  return sum / weight;
}

void estimates::first_token(instant now, millis took) {
  first_token_.add(now, static_cast<double>(took.count()));
  first_token_spread_.add(now, took);
}

void estimates::throughput(instant now, double tokens_per_second) {
  if (tokens_per_second > 0) throughput_.add(now, tokens_per_second);
}

void estimates::outcome(instant now, bool failed) {
  failed_.add(now, failed ? 1.0 : 0.0);
}

void estimates::output(instant now, std::uint64_t tokens) {
  outputs_.add(now, tokens);
}

std::optional<millis> estimates::first_token_ms(instant now) const {
  const auto mean = first_token_.mean(now);
  if (!mean) return std::nullopt;
  return millis{static_cast<millis::rep>(std::llround(*mean))};
}

std::optional<millis> estimates::first_token_median(instant now) const {
  return first_token_spread_.median(now);
}

std::optional<millis> estimates::first_token_p90(instant now) const {
  return first_token_spread_.p90(now);
}

std::optional<double> estimates::tokens_per_second(instant now) const {
  return throughput_.mean(now);
}

std::optional<std::uint64_t> estimates::output_p95(instant now) const {
  return outputs_.p95(now);
}

double estimates::failure_share(instant now) const {
  if (failed_.sum == 0) return 0;
  const double keep = left_after(failed_.at, now, estimate_half_life);
  return failed_.sum * keep / (failed_.weight * keep + 1);
}

double estimates::weight(instant now) const {
  return failed_.weight_at(now);
}

breaker_state breaker::state(instant now) const {
  if (!open_) return breaker_state::closed;
  return now < open_until_ ? breaker_state::open : breaker_state::half_open;
}

bool breaker::would_admit(instant now) const {
  switch (state(now)) {
    case breaker_state::closed:
      return true;
    case breaker_state::open:
      return false;
    case breaker_state::half_open:
      return !probing_ || now - probe_since_ >= probe_lease;
  }
  return false;
}

bool breaker::admit(instant now) {
  if (!would_admit(now)) return false;
  if (open_) {
    probing_ = true;
    probe_since_ = now;
  }
  return true;
}

void breaker::success(instant now) {
  soft_ = open_ ? 0 : soft_ * left_after(soft_at_, now, soft_half_life) / 2;
  soft_at_ = now;
  open_ = false;
  probing_ = false;
  open_for_ = millis{0};
}

void breaker::failure(instant now, error_kind kind) {
  const auto what = food_of(kind);
  if (what == food::none) {
    // The probe came back without a verdict on the target: the next query probes.
    probing_ = false;
    return;
  }
  const auto was = state(now);
  if (was == breaker_state::open) return;  // stragglers of the same outage do not lengthen it
  soft_ = soft_ * left_after(soft_at_, now, soft_half_life) + 1;
  soft_at_ = now;
  if (was == breaker_state::closed && what == food::soft && soft_ < soft_limit) return;
  open_for_ = open_for_ == millis{0} ? first_open : std::min(open_for_ * 2, longest_open);
  open_ = true;
  open_until_ = now + open_for_;
  probing_ = false;
}

void breaker::probe_abandoned() {
  probing_ = false;
}

void breaker::half_open_now(instant now) {
  if (!open_) return;
  open_until_ = std::min(open_until_, now);
  probing_ = false;
}

target_snapshot target_state::snapshot(instant now) const {
  target_snapshot s;
  s.breaker_admits = gate.would_admit(now);
  s.breaker_reopens = gate.open_until();
  s.parked = parked;
  s.first_token = known.first_token_ms(now);
  s.first_token_median = known.first_token_median(now);
  s.first_token_p90 = known.first_token_p90(now);
  s.tokens_per_second = known.tokens_per_second(now);
  s.output_p95 = known.output_p95(now);
  s.failure_share = known.failure_share(now);
  return s;
}

}  // namespace nearfar::routes
