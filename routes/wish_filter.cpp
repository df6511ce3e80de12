#include "routes/wish_filter.hpp"

#include "routes/filters.hpp"
#include "routes/tables.hpp"

#include <algorithm>

namespace nearfar::routes {
namespace {

static_assert(max_slugs <= 0x7f && max_fallback_models <= 0x3f, "they have so many bits");

bool in_list(const std::vector<std::string>& slugs, const target& t, const config::configuration& from) {
  return std::ranges::any_of(slugs, [&](const auto& slug) { return means(slug, t, from); });
}

// What a device is told does not leave it.
bool keeps_nothing(const target& t, const config::configuration& from) {
  return t.tier == config::tier::device || from.providers[t.provider].retention == "none";
}

bool fits_price(const client_wishes& w, const target& t) {
  if (w.free_only && !(t.price_input == 0.0 && t.price_output == 0.0)) return false;
  if (w.max_price_input && !(t.price_input && *t.price_input <= *w.max_price_input)) return false;
  return !w.max_price_output || (t.price_output && *t.price_output <= *w.max_price_output);
}

bool fits_quantization(const client_wishes& w, const target& t, const config::configuration& from) {
  // OpenRouter is sent the wish and chooses among its own.
  if (w.quantizations == 0 || is_openrouter(t, from)) return true;
  return (w.quantizations & quantization_bits(quantization_of(t, from))) != 0;
}

bool is_slow(const client_wishes& w, const target_snapshot& known) {
  // Where nothing is measured there is no reason to put it back.
  if (w.min_throughput && known.tokens_per_second && *known.tokens_per_second < *w.min_throughput)
    return true;
  const auto first = known.first_token_median ? known.first_token_median : known.first_token;
  return w.max_latency && first && *first > *w.max_latency;
}

}  // namespace

drop_reason against_wishes(const evaluation_input& in, target_index at) {
  const auto& w = *in.asked.wishes;
  const auto& from = in.rules.configuration();
  const auto& t = in.rules.targets()[at];
  if (in_list(w.ignore, t, from)) return drop_reason::client_ignore;
  if (!w.only.empty() && !in_list(w.only, t, from)) return drop_reason::client_only;
  if (!w.fallbacks && !w.order.empty() && !in_list(w.order, t, from)) return drop_reason::client_only;
  if (w.openrouter_only && !is_openrouter(t, from)) return drop_reason::client_plugin;
  if (w.no_retention && !keeps_nothing(t, from)) return drop_reason::client_retention;
  if (!fits_price(w, t)) return drop_reason::client_price;
  if (!fits_quantization(w, t, from)) return drop_reason::client_quantization;
  if ((w.required & ~parameters_taken(t, from)) != 0) return drop_reason::client_parameters;
  return drop_reason::kept;
}

std::uint32_t wished_group(const evaluation_input& in, target_index at) {
  const auto& w = *in.asked.wishes;
  const auto& t = in.rules.targets()[at];
  const auto named = std::ranges::find_if(
      w.order, [&](const auto& slug) { return means(slug, t, in.rules.configuration()); });
  auto group = static_cast<std::uint32_t>(named - w.order.begin()) << order_shift;
  if (!w.across_models)
    group |= static_cast<std::uint32_t>(brought_by(in.rules, in.asked, at)) << model_shift;
  if (is_slow(w, snapshot_of(in, at))) group |= slow_bit;
  return group;
}

}  // namespace nearfar::routes
