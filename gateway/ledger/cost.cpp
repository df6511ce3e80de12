#include "gateway/ledger/cost.hpp"

#include <algorithm>

namespace nearfar::gateway {

namespace {

struct kind_prices {
  std::optional<double> input;
  std::optional<double> output;
  std::optional<double> cached;
  std::optional<double> cache_write;
};

// A step counts for the whole call, prompt and answer (Gemini's, Anthropic's and OpenAI's price pages). What
// a step leaves out grows with its input price: vendors scale writes and reads of the cache alike.
kind_prices prices_for(const config::token_prices& of, std::uint64_t input) {
  kind_prices out{of.input, of.output, of.cached, of.cache_write};
  for (const auto& step : of.steps) {
    if (input <= step.above) break;
    const double factor = of.input && *of.input > 0 && step.input ? *step.input / *of.input : 1;
    out.input = step.input;
    out.output = step.output;
    out.cached = step.cached ? step.cached : of.cached ? std::optional(*of.cached * factor) : std::nullopt;
    out.cache_write = of.cache_write ? std::optional(*of.cache_write * factor) : std::nullopt;
  }
  return out;
}

std::optional<double> share(std::uint64_t tokens, const std::optional<double>& price) {
  if (tokens == 0) return 0.0;
  if (!price) return std::nullopt;
  return static_cast<double>(tokens) * *price;
}

// What is kept for an hour costs twice the input's price, where five minutes cost a quarter more
// (docs.anthropic.com, prompt caching: pricing); nobody else has two kinds of writes, and who takes nothing
// for one kind takes nothing for the other.
std::optional<double> long_write_price(const kind_prices& at) {
  if (!at.input || !at.cache_write) return at.input;
  return std::max(2 * *at.input, *at.cache_write);
}

std::optional<nano_usd> tokens_of(const config::token_prices& prices, const providers::usage& used) {
  const auto at = prices_for(prices, used.input);
  const auto cached = std::min(used.cached, used.input);
  const auto written = std::min(used.cache_write, used.input - cached);
  const auto fresh = share(used.input - cached - written, at.input);
  const auto read = share(cached, at.cached ? at.cached : at.input);
  const auto kept = std::min(used.cache_write_long, written);
  const auto write = share(written - kept, at.cache_write ? at.cache_write : at.input);
  const auto keep = share(kept, long_write_price(at));
  const auto said = share(used.output, at.output);
  if (!fresh || !read || !write || !keep || !said) return std::nullopt;
  return from_usd((*fresh + *read + *write + *keep + *said) / 1e6);
}

}  // namespace

std::optional<nano_usd> cost_of(const config::token_prices& prices, const providers::usage& used) {
  if (prices.free) return 0;
  auto out = tokens_of(prices, used);
  const bool generated = used.input > 0 || used.output > 0;
  if (out && generated) *out = sum_of(*out, from_usd(prices.request.value_or(0)));
  return out;
}

std::optional<nano_usd> most_of(const config::token_prices& prices, std::uint64_t input,
                                std::uint64_t output) {
  if (prices.free) return 0;
  const auto at = prices_for(prices, input);
  // A prompt that is written to a cache may cost more than a plain one; the hour's price is the dearest.
  const auto written = long_write_price(at);
  const auto read = at.input && written ? std::optional(std::max(*at.input, *written)) : at.input;
  const auto asked = share(input, read);
  const auto said = share(output, at.output);
  if (!asked || !said) return std::nullopt;
  return sum_of(from_usd((*asked + *said) / 1e6), from_usd(prices.request.value_or(0)));
}

}  // namespace nearfar::gateway
