#include "gateway/openrouter_api.hpp"

#include "gateway/core.hpp"
#include "gateway/generation_store.hpp"
#include "gateway/openrouter_models.hpp"
#include "gateway/query_parameters.hpp"
#include "providers/dialects/openrouter/error_writer.hpp"
#include "providers/os/clock.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <optional>
#include <string>
#include <vector>

namespace nearfar::gateway {

namespace json = boost::json;

namespace {

simple_answer found(std::string body) {
  return {200, "application/json", std::move(body), {}};
}

// Names may have slashes and, in a path, percent signs.
std::optional<std::string> decoded(std::string_view text) {
  auto read = read_query_parameters("x=" + std::string(text));
  if (!read || read->size() != 1) return std::nullopt;
  return std::move(read->front().second);
}

simple_answer no_model() {
  return openrouter_error(404, "model_not_found", "no such model here; GET /api/v1/models lists them");
}

struct states {
  routes::instant at;
  std::vector<routes::target_snapshot> now;
};

states states_of(core& on) {
  states out{providers::boot_now(), {}};
  std::vector<routes::target_index> all;
  for (const auto& target : on.deployed->targets) all.push_back(target.index);
  on.shared.registry.snapshot(*on.deployed, all, out.at, out.now);
  return out;
}

simple_answer one_model(core& on, std::string_view path) {
  const auto id = decoded(path);
  if (!id) return no_model();
  auto body = openrouter_model(*on.deployed, *id);
  return body ? found(std::move(*body)) : no_model();
}

simple_answer endpoints(core& on, std::string_view path) {
  const auto id = decoded(path);
  if (!id) return no_model();
  const auto now = states_of(on);
  auto body = openrouter_endpoints(*on.deployed, *id, now.now, now.at);
  return body ? found(std::move(*body)) : no_model();
}

simple_answer models(core& on, const request_head& head) {
  const auto wanted = read_query_parameters(head.query);
  if (!wanted) return openrouter_error(400, "", "a percent sign in the query needs two hexadecimal digits");
  auto page = openrouter_models(*on.deployed, *wanted);
  return page.wrong.empty() ? found(std::move(page.body)) : openrouter_error(400, "", page.wrong);
}

simple_answer one_generation(core& on, const request_head& head) {
  const auto wanted = read_query_parameters(head.query);
  std::string id;
  if (wanted) {
    for (const auto& [name, value] : *wanted) {
      if (name == "id") id = value;
    }
  }
  if (id.empty()) return openrouter_error(400, "", "id is missing: send ?id= with what X-Generation-Id said");
  const auto one = on.shared.generations->find(id);
  if (!one) {
    return openrouter_error(
        404, "",
        fmt::format("no such generation; the latest {} are kept, until a restart", generation_store::kept));
  }
  return found(to_json(*one));
}

// There is no key of the gateway's own, so no limit either; the usage is what all clients spent by these
// paths.
simple_answer key(core& on) {
  const double spent = on.shared.generations->spent();
  return found(json::serialize(json::object{{"data",
                                             {{"label", "nearfar"},
                                              {"limit", nullptr},
                                              {"limit_remaining", nullptr},
                                              {"limit_reset", nullptr},
                                              {"usage", spent},
                                              {"byok_usage", 0},
                                              {"include_byok_in_limit", false},
                                              {"is_free_tier", false},
                                              {"is_management_key", false},
                                              {"is_provisioning_key", false}}}}));
}

}  // namespace

simple_answer openrouter_error(int status, std::string_view code, std::string_view message) {
  return {status,
          "application/json",
          providers::openrouter::error_body({.status = status, .code = code, .message = message}),
          {}};
}

simple_answer openrouter_get(core& on, const request_head& head) {
  auto path = head.path.substr(openrouter_prefix.size());
  if (path == "models") return models(on, head);
  if (path == "models/count") {
    const auto page = openrouter_models(*on.deployed, {});
    const auto total = json::parse(page.body).at("total_count");
    return found(json::serialize(json::object{{"data", {{"count", total}}}}));
  }
  if (path == "providers") return found(openrouter_providers(*on.deployed));
  if (path == "key") return key(on);
  if (path == "credits") {
    return openrouter_error(
        404, "",
        "there are no credits here: each provider bills you itself; GET /api/v1/key tells "
        "what was spent since the start");
  }
  if (path == "generation") return one_generation(on, head);
  if (path == "endpoints/zdr") {
    const auto now = states_of(on);
    return found(openrouter_zdr_endpoints(*on.deployed, now.now, now.at));
  }
  constexpr std::string_view one = "model/";
  constexpr std::string_view list = "models/";
  constexpr std::string_view tail = "/endpoints";
  if (path.starts_with(one)) return one_model(on, path.substr(one.size()));
  if (path.starts_with(list) && path.ends_with(tail) && path.size() > list.size() + tail.size()) {
    path.remove_suffix(tail.size());
    return endpoints(on, path.substr(list.size()));
  }
  return openrouter_error(
      404, "",
      "nothing is served at this path; OpenRouter's paths here are /api/v1/chat/completions, /models, "
      "/models/{author}/{slug}/endpoints, /model/{author}/{slug}, /providers, /endpoints/zdr, /key and "
      "/generation");
}

}  // namespace nearfar::gateway
