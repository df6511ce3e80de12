#include "routes/ordering.hpp"

#include <algorithm>
#include <limits>
#include <optional>

namespace nearfar::routes {
namespace {

constexpr double last = std::numeric_limits<double>::infinity();

// Where nothing is measured a target is as fast as its tier usually is.
struct prior {
  double first_token_ms;
  double tokens_per_second;
};

prior prior_of(config::tier tier) {
  switch (tier) {
    case config::tier::device:
      return {500, 15};
    case config::tier::self_hosted:
      return {700, 40};
    case config::tier::remote:
      return {900, 60};
  }
  return {900, 60};
}

// At least a tenth succeeds, or one bad quarter of an hour would weigh like infinity.
double stretch(const target_snapshot& known) {
  return 1.0 / std::max(0.1, 1.0 - known.failure_share);
}

double first_token(const target& t, const target_snapshot& known) {
  return known.first_token ? static_cast<double>(known.first_token->count())
                           : prior_of(t.tier).first_token_ms;
}

double throughput(const target& t, const target_snapshot& known) {
  return std::max(0.1, known.tokens_per_second.value_or(prior_of(t.tier).tokens_per_second));
}

double output_tokens(const query& asked) {
  return asked.output_tokens != 0 ? static_cast<double>(asked.output_tokens) : expected_output_tokens;
}

struct two_prices {
  std::optional<double> input;
  std::optional<double> output;
};

// A long prompt has another price, and all of it.
two_prices prices_for(const target& t, const query& asked) {
  const auto* const step = config::step_for(t.prices, asked.input_tokens);
  if (step == nullptr) return {t.price_input, t.price_output};
  return {step->input ? step->input : t.price_input, step->output ? step->output : t.price_output};
}

double cost(double input_price, double output_price, const query& asked) {
  return (input_price * static_cast<double>(asked.input_tokens) + output_price * output_tokens(asked)) / 1e6;
}

}  // namespace

double expected_time(const target& t, const target_snapshot& known, const query& asked) {
  return (first_token(t, known) + output_tokens(asked) / throughput(t, known) * 1000.0) * stretch(known);
}

double expected_cost(const target& t, const query& asked) {
  const auto now = prices_for(t, asked);
  return cost(std::max(floor_price, now.input.value_or(unknown_price_input)),
              std::max(floor_price, now.output.value_or(unknown_price_output)), asked);
}

double order_key(config::order_by by, const target& t, const target_snapshot& known, const query& asked) {
  switch (by) {
    case config::order_by::listed:
      return 0;
    case config::order_by::price: {
      const auto now = prices_for(t, asked);
      if (!now.input || !now.output) return last;
      return cost(*now.input, *now.output, asked);
    }
    case config::order_by::latency:
      return first_token(t, known) * stretch(known);
    case config::order_by::throughput:
      return -throughput(t, known) / stretch(known);
    case config::order_by::quality:
      return t.quality ? -static_cast<double>(*t.quality) : last;
    case config::order_by::balanced: {
      // time * sqrt(cost), squared to spare the root: a quarter of the price is worth twice the time.
      const double time = expected_time(t, known, asked);
      return time * time * expected_cost(t, asked);
    }
  }
  return 0;
}

}  // namespace nearfar::routes
