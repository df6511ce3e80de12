// What a client says of its own routing: OpenRouter's `provider` object, `models` and the suffixes of a
// model name. Wishes narrow and reorder what guards and rules left; nothing here can bring a target back.
#pragma once

#include "config/model.hpp"
#include "routes/parameters.hpp"
#include "routes/policy.hpp"
#include "routes/time.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nearfar::routes {

struct query;

// More are refused by whoever fills the wishes: ranks have few bits in evaluate.
inline constexpr std::size_t max_slugs = 64;
inline constexpr std::size_t max_fallback_models = 32;

// Bits in the order of quantization_words.
using quantization_set = std::uint16_t;
inline constexpr std::array<std::string_view, 12> quantization_words{
    "int4", "int8", "fp4", "mxfp4", "nvfp4", "fp6", "fp8", "mxfp8", "fp16", "bf16", "fp32", "unknown"};
// The bit; fp4 and fp8 stand for their block formats, too. Zero: no such word.
quantization_set quantization_bits(std::string_view word);
// What a target states: a label of its provider, else the name of its GGUF file; the last word where neither
// does.
std::string_view quantization_of(const target& t, const config::configuration& from);

// A slug is a provider's name, a target or a tier, in any case. One that is none of these can only be meant
// for OpenRouter, so it stands for the targets of providers with that preset.
struct client_wishes {
  std::vector<std::string> models;  // tried after the name asked for, in this order
  std::vector<std::string> order;   // first these; the rest follow
  std::vector<std::string> only;
  std::vector<std::string> ignore;
  bool fallbacks = true;               // false: one target, or those of `order`
  bool no_retention = false;           // `zdr`, or `data_collection: deny`
  bool free_only = false;              // `:free`
  bool openrouter_only = false;        // asks for what OpenRouter alone does (its plugins)
  bool across_models = false;          // `sort.partition: none`
  parameter_set required = 0;          // `require_parameters`: those that the body has
  quantization_set quantizations = 0;  // 0: any
  std::optional<config::order_by> sort;
  std::optional<double> max_price_input;   // USD per million tokens
  std::optional<double> max_price_output;  // USD per million tokens
  std::optional<double> min_throughput;    // tokens per second; soft: who is slower goes to the back
  std::optional<millis> max_latency;       // to the first token; soft
};

// The parameters that the target's dialect has a word for.
parameter_set parameters_taken(const target& t, const config::configuration& from);

bool is_openrouter(const target& t, const config::configuration& from);

// Whether the slug stands for the target.
bool means(std::string_view slug, const target& t, const config::configuration& from);
// Whether it is a name of this configuration. OpenRouter need not be told of those.
bool is_own_slug(std::string_view slug, const config::configuration& from);
// What a client may write: tiers, providers, then targets.
std::string known_slugs(const config::configuration& from);

using candidate_list = std::array<target_index, max_candidates>;
// The targets of the name asked for, then those of the wished models, each once; at most max_candidates.
std::span<const target_index> candidates_of(const policy& rules, const query& asked, candidate_list& room);
// Why the names of `models` cannot be followed: the first that names nothing, or more targets together than
// a plan holds. Empty: they can.
std::string wrong_models(const policy& rules, const query& asked);
// Which name brought the target: 0 the one asked for, else 1 + its place in `models`.
std::size_t brought_by(const policy& rules, const query& asked, target_index t);

// A suffix that is a wish (:nitro, :floor, :free, :exacto) is taken off the model's name, unless the whole
// name is one of the policy's own; an Ollama tag or a target of OpenRouter's own free variant is. False:
// nothing to take.
bool take_suffix(const policy& rules, std::string_view& model, client_wishes& into);

}  // namespace nearfar::routes
