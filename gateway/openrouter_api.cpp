#include "gateway/openrouter_api.hpp"

#include "gateway/answer_elsewhere.hpp"
#include "gateway/core.hpp"
#include "gateway/limits/query_limits.hpp"
#include "gateway/openrouter_generation.hpp"
#include "gateway/openrouter_key.hpp"
#include "gateway/openrouter_models.hpp"
#include "gateway/query_parameters.hpp"
#include "providers/dialects/openrouter/error_writer.hpp"
#include "providers/os/clock.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>
#include <ctime>
#include <functional>
#include <optional>
#include <string>
#include <utility>
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

simple_answer one_model(core& on, const key_record* key, std::string_view path) {
  const auto id = decoded(path);
  if (!id) return no_model();
  auto body = openrouter_model(*on.deployed, key, *id);
  return body ? found(std::move(*body)) : no_model();
}

simple_answer endpoints(core& on, const key_record* key, std::string_view path) {
  const auto id = decoded(path);
  if (!id) return no_model();
  const auto now = states_of(on);
  auto body = openrouter_endpoints(*on.deployed, key, *id, now.now, now.at);
  return body ? found(std::move(*body)) : no_model();
}

simple_answer models(core& on, const key_record* key, const request_head& head) {
  const auto wanted = read_query_parameters(head.query);
  if (!wanted) return openrouter_error(400, "", "a percent sign in the query needs two hexadecimal digits");
  auto page = openrouter_models(*on.deployed, key, *wanted);
  return page.wrong.empty() ? found(std::move(page.body)) : openrouter_error(400, "", page.wrong);
}

simple_answer unreadable(std::string_view why) {
  return openrouter_error(503, "ledger_unreadable", fmt::format("the ledger cannot be read: {}", why));
}

simple_answer generation_of(std::string_view id, const std::optional<key_record>& key,
                            std::vector<ledger_row> rows, const std::string& why) {
  // What others asked does not exist, for whom a key is needed.
  if (key) std::erase_if(rows, [&](const auto& row) { return row.key != key->name; });
  if (!rows.empty()) return found(generation_json(id, rows));
  if (!why.empty()) return unreadable(why);
  return openrouter_error(404, "", "no such generation: nothing was asked of a target, or it was forgotten");
}

providers::task<simple_answer> one_generation(core& on, const request_head& head,
                                              std::optional<key_record> key) {
  const auto wanted = read_query_parameters(head.query);
  std::string id;
  if (wanted) {
    for (const auto& [name, value] : *wanted) {
      if (name == "id") id = value;
    }
  }
  if (id.empty())
    co_return openrouter_error(400, "", "id is missing: send ?id= with what X-Generation-Id said");
  const auto query = query_of_generation(id);
  if (query.empty()) co_return openrouter_error(404, "", "no such generation: ids here are gen-… or nfq-…");
  std::function<void(answer_sink)> begin = [&on, id, query, key = std::move(key)](const answer_sink& done) {
    on.shared.bill.find(query, [id, key, done](std::vector<ledger_row> rows, const std::string& why) {
      done(generation_of(id, key, std::move(rows), why));
    });
  };
  co_return co_await answer_elsewhere(on, std::move(begin));
}

// What a refusal goes by: it knows what is held, and what the file could not be given.
nano_usd taken_of_budget(core& on, const key_record& key, std::int64_t now) {
  const auto per = key.budget->per;
  const account_terms terms{
      .name = key_account_name(budget_account_name, per, key.name), .per = per, .zone = {}};
  std::vector<account_room> room;
  on.shared.budgets.look({&terms, 1}, now, room);
  return room.front().used + room.front().reserved;
}

using usage_writer = std::string (*)(const std::optional<key_record>&, const key_usage&);

providers::task<simple_answer> usage_of_key(core& on, std::optional<key_record> key, usage_writer write) {
  std::function<void(answer_sink)> begin = [&on, key = std::move(key), write](const answer_sink& done) {
    on.shared.bill.ask([&on, key, write, done](ledger_store* store, const std::string& why) {
      if (store == nullptr) return done(unreadable(why));
      const auto now = std::time(nullptr);
      auto used = key_usage_of(*store, key, now);
      if (used && key && key->budget) used->window = std::max(used->window, taken_of_budget(on, *key, now));
      done(used ? found(write(key, *used)) : unreadable(used.error().context));
    });
  };
  co_return co_await answer_elsewhere(on, std::move(begin));
}

// What is ready at once.
simple_answer answer_here(core& on, const key_record* key, const request_head& head) {
  auto path = head.path.substr(openrouter_prefix.size());
  if (path == "models") return models(on, key, head);
  if (path == "models/count") {
    const auto page = openrouter_models(*on.deployed, key, {});
    const auto total = json::parse(page.body).at("total_count");
    return found(json::serialize(json::object{{"data", {{"count", total}}}}));
  }
  if (path == "providers") return found(openrouter_providers(*on.deployed));
  if (path == "endpoints/zdr") {
    const auto now = states_of(on);
    return found(openrouter_zdr_endpoints(*on.deployed, key, now.now, now.at));
  }
  constexpr std::string_view one = "model/";
  constexpr std::string_view list = "models/";
  constexpr std::string_view tail = "/endpoints";
  if (path.starts_with(one)) return one_model(on, key, path.substr(one.size()));
  if (path.starts_with(list) && path.ends_with(tail) && path.size() > list.size() + tail.size()) {
    path.remove_suffix(tail.size());
    return endpoints(on, key, path.substr(list.size()));
  }
  return openrouter_error(
      404, "",
      "nothing is served at this path; OpenRouter's paths here are /api/v1/chat/completions, /models, "
      "/models/{author}/{slug}/endpoints, /model/{author}/{slug}, /providers, /endpoints/zdr, /key, /credits "
      "and /generation");
}

}  // namespace

providers::task<simple_answer> openrouter_get(core& on, const request_head& head, const key_record* key) {
  const auto path = head.path.substr(openrouter_prefix.size());
  // By value: the keys may be others by the time the ledger answers.
  std::optional<key_record> asks;
  if (key != nullptr) asks = *key;
  if (path == "key") co_return co_await usage_of_key(on, std::move(asks), key_json);
  if (path == "credits") co_return co_await usage_of_key(on, std::move(asks), credits_json);
  if (path == "generation") co_return co_await one_generation(on, head, std::move(asks));
  co_return answer_here(on, key, head);
}

simple_answer openrouter_error(int status, std::string_view code, std::string_view message) {
  return {status,
          "application/json",
          providers::openrouter::error_body({.status = status, .code = code, .message = message}),
          {}};
}

}  // namespace nearfar::gateway
