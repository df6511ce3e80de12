#include "config/token_prices.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace nearfar::config {

namespace {

// "200k", "272k", "256000": a plain k is a thousand, here as in the file.
std::optional<std::uint64_t> count_of(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc{}) return std::nullopt;
  if (end != text.data() + text.size() && *end == 'k') value *= 1000;
  return value;
}

std::optional<double> figure_behind(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const bool whole = at == 0 || text[at - 1] == ' ';
    if (!whole) continue;
    const auto rest = text.substr(at + word.size());
    double value = 0;
    const auto [end, failed] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
    if (failed == std::errc{} && std::isfinite(value) && value >= 0) return value;
  }
  return std::nullopt;
}

// Where the step begins: ">200k…" or "32k-128k…"; "<=32k" is the price that stands in its own columns.
std::optional<std::uint64_t> beginning_of(std::string_view step) {
  if (const auto more = step.find('>'); more != std::string_view::npos)
    return count_of(step.substr(more + 1));
  if (step.find("<=") != std::string_view::npos) return std::nullopt;
  const auto digit = step.find_first_of("0123456789");
  if (digit == std::string_view::npos) return std::nullopt;
  const auto range = step.substr(digit, step.find(' ', digit) - digit);
  return range.find('-') == std::string_view::npos ? std::nullopt : count_of(range);
}

}  // namespace

std::vector<price_step> read_price_steps(std::string_view text) {
  std::vector<price_step> out;
  while (!text.empty()) {
    const auto end = text.find(';');
    const auto one = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    const auto above = beginning_of(one);
    price_step step{above.value_or(0), figure_behind(one, "in "), figure_behind(one, "out "),
                    figure_behind(one, "cached ")};
    if (above && step.input && step.output) out.push_back(step);
  }
  std::ranges::sort(out, {}, &price_step::above);
  return out;
}

const price_step* step_for(const token_prices& of, std::uint64_t input_tokens) {
  const price_step* last = nullptr;
  for (const auto& step : of.steps) {
    if (input_tokens <= step.above) break;
    last = &step;
  }
  return last;
}

token_prices prices_of(const target_model& model, tier where, const catalog_entry* known) {
  token_prices out;
  out.free = where == tier::device || (model.cost && model.cost->free);
  if (out.free) return out;
  if (known != nullptr) {
    out.input = known->input;
    out.output = known->output;
    out.cached = known->cached;
    out.cache_write = known->cache_write;
    out.steps = read_price_steps(known->long_context);
  }
  if (!model.cost) return out;
  // A price of one's own is a contract of one's own: the list's steps and discounts are not part of it.
  if (model.cost->input || model.cost->output) {
    out.steps.clear();
    out.cached.reset();
    out.cache_write.reset();
  }
  const auto over = [](std::optional<double>& list, const std::optional<double>& own) {
    if (own) list = own;
  };
  over(out.input, model.cost->input);
  over(out.output, model.cost->output);
  over(out.cached, model.cost->cached);
  over(out.cache_write, model.cost->cache_write);
  over(out.request, model.cost->request);
  return out;
}

}  // namespace nearfar::config
