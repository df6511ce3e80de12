// What this gateway serves, in the shapes of OpenRouter's catalogue (its API reference: `Model`,
// `PublicEndpoint`, /providers).
#pragma once

#include "gateway/deployment.hpp"
#include "gateway/keys/key_record.hpp"
#include "gateway/query_parameters.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace nearfar::gateway {

// `key`, here and below: who asks, null where no keys exist. What it may not ask for or use is not listed,
// and what is said of a name (price, size, abilities) is of the targets that it may use.

// {"data": [...], "total_count": n, "links": {...}}. Error text where a parameter cannot be followed.
struct model_page {
  std::string body;
  std::string wrong;
};
model_page openrouter_models(const deployment& of, const key_record* key, const query_parameters& wanted);

// One model; nullopt: it does not exist. A suffix that is a wish (:nitro) is looked past.
std::optional<std::string> openrouter_model(const deployment& of, const key_record* key, std::string_view id);

// The targets of a model; `now`: their states, policy order.
std::optional<std::string> openrouter_endpoints(const deployment& of, const key_record* key,
                                                std::string_view id,
                                                std::span<const routes::target_snapshot> now,
                                                routes::instant at);
// Every target that keeps nothing.
std::string openrouter_zdr_endpoints(const deployment& of, const key_record* key,
                                     std::span<const routes::target_snapshot> now, routes::instant at);

std::string openrouter_providers(const deployment& of);

}  // namespace nearfar::gateway
