#include "gateway/openrouter_query.hpp"

#include "gateway/answer_writer.hpp"
#include "gateway/openrouter_api.hpp"
#include "gateway/openrouter_generation.hpp"
#include "gateway/query_state.hpp"
#include "providers/dialects/openrouter/error_writer.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>
#include <ctime>
#include <utility>

namespace nearfar::gateway {

namespace json = boost::json;
namespace openrouter = providers::openrouter;

namespace {

bool wants_metadata(const query_state& q) {
  return q.head.find("x-openrouter-metadata") == "enabled" ||
         q.head.find("x-openrouter-experimental-metadata") == "enabled";
}

std::string_view provider_of(const query_state& q, routes::target_index target) {
  return q.target(target).from->name;
}

json::array attempts_of(const query_state& q) {
  json::array out;
  for (const auto& one : q.attempts) {
    const bool failed = one.failure != routes::error_kind::none;
    json::object entry{{"provider", provider_of(q, one.target)},
                       {"model", q.target(one.target).upstream_model}};
    if (failed) entry["error"] = routes::to_string(one.failure);
    entry["status"] = failed ? one.status : 200;
    out.emplace_back(std::move(entry));
  }
  return out;
}

// What was considered, what was chosen, and why not the others: the trace in OpenRouter's words.
std::string metadata_of(const query_state& q, routes::target_index selected) {
  json::array available;
  json::array left_out;
  for (std::size_t i = 0; i < q.why.candidates; ++i) {
    const auto& v = q.why.verdicts[i];
    const auto& target = q.target(v.target);
    available.emplace_back(json::object{{"provider", target.from->name},
                                        {"model", target.upstream_model},
                                        {"selected", v.target == selected}});
    if (v.reason != routes::drop_reason::kept)
      left_out.emplace_back(json::object{{"target", target.name}, {"why", routes::to_string(v.reason)}});
  }
  const bool first = q.attempts.size() <= 1;
  const auto rule = q.deployed->policy->rule_name(q.plan.rule);
  return json::serialize(json::object{
      {"requested", q.asked().model},
      {"strategy", first ? "direct" : "fallback"},
      {"region", nullptr},
      {"summary", fmt::format("rule {}, attempt {}", rule, q.attempts.size())},
      {"attempt", q.attempts.size()},
      {"is_byok", false},
      {"endpoints", {{"total", available.size()}, {"available", available}}},
      {"attempts", attempts_of(q)},
      {"pipeline", json::array{json::object{
                       {"type", "route"}, {"name", rule}, {"data", {{"left_out", std::move(left_out)}}}}}}});
}

openrouter::dress_terms terms_for(const query_state& q, routes::target_index by) {
  const auto& target = q.deployed->policy->targets()[by];
  const auto& written = q.target(by).model->cost;
  openrouter::dress_terms out;
  out.id = q.router->id;
  out.provider = provider_of(q, by);
  out.prices = {target.price_input, target.price_output, written ? written->cached : std::nullopt};
  if (wants_metadata(q)) out.metadata = metadata_of(q, by);
  return out;
}

void dress_for(query_state& q, routes::target_index by) {
  auto& own = *q.router;
  own.dressed.clear();
  if (own.dressed_for == by) return;
  own.dressed_for = by;
  own.dresser.begin(terms_for(q, by));
}

std::vector<openrouter::failed_attempt> failures_of(const query_state& q) {
  std::vector<openrouter::failed_attempt> out;
  for (const auto& one : q.attempts) {
    if (one.failure == routes::error_kind::none) continue;
    out.push_back(
        {std::string(provider_of(q, one.target)), std::string(routes::to_string(one.failure)), one.status});
  }
  return out;
}

// The human part of a provider's error, wherever its dialect keeps it.
std::string message_in(std::string_view body) {
  boost::system::error_code ec;
  const auto parsed = json::parse(json::string_view(body.data(), body.size()), ec);
  if (ec || !parsed.is_object()) return "";
  const json::object* at = &parsed.as_object();
  if (const auto* error = at->if_contains("error")) {
    if (error->is_string()) return std::string(error->as_string());
    if (error->is_object()) at = &error->as_object();
  }
  const auto* message = at->if_contains("message");
  return message && message->is_string() ? std::string(message->as_string()) : "";
}

bool wishes_anything(const query_state& q) {
  return openrouter::has_own_members(q.scratch.view);
}

}  // namespace

bool is_openrouter_path(std::string_view path) {
  return path.starts_with(openrouter_prefix);
}

void enter_openrouter(query_state& q) {
  if (!is_openrouter_path(q.head.path)) return;
  q.router = std::make_unique<openrouter_query>();
  auto& own = *q.router;
  own.created = std::time(nullptr);
  own.id = generation_id(q.id, own.created);
  own.dresses = q.path.in == config::dialect::openai_chat;
}

std::optional<own_error> begin_openrouter(query_state& q) {
  auto& asked = q.scratch.view.facts;
  const bool members = wishes_anything(q);
  if (!q.router && !members && asked.model.find(':') == std::string_view::npos) return std::nullopt;
  if (!q.router) q.router = std::make_unique<openrouter_query>();
  auto& own = *q.router;
  // There the usage always comes, asked for or not.
  asked.include_usage = asked.include_usage || own.dresses;
  const auto& rules = *q.deployed->policy;
  if (members) {
    if (auto read = openrouter::read_wishes(q.scratch.view, own.wishes); !read)
      return own_error{400, "invalid_request_body", read.error().context, {}, more_retries::allowed};
  }
  const bool suffix = routes::take_suffix(rules, asked.model, own.wishes);
  if (members || suffix) asked.wishes = &own.wishes;
  if (auto wrong = routes::wrong_models(rules, asked); !wrong.empty())
    return own_error{404, "model_not_found", std::move(wrong), {}, more_retries::allowed};
  return std::nullopt;
}

openrouter::member_changes openrouter_changes(const query_state& q, routes::target_index target) {
  if (!q.router || !wishes_anything(q)) return {};
  return openrouter::changes_for(q.scratch.view, q.deployed->policy->targets()[target], *q.deployed->config);
}

bool is_dressed(const query_state& q) {
  return q.router && q.router->dresses;
}

std::string_view dressed_events(query_state& q, routes::target_index by, std::string_view before,
                                std::span<const std::string_view> ready, std::string_view after) {
  dress_for(q, by);
  auto& own = *q.router;
  own.dresser.events(before, own.dressed);
  for (const auto piece : ready) own.dresser.events(piece, own.dressed);
  own.dresser.events(after, own.dressed);
  return own.dressed;
}

std::string_view dressed_answer(query_state& q, routes::target_index by, std::string_view body) {
  dress_for(q, by);
  q.router->dresser.answer(body, q.router->dressed);
  return q.router->dressed;
}

std::string dressed_error(const query_state& q, const own_error& what) {
  openrouter::error_terms terms{.status = what.status,
                                .code = what.code,
                                .message = what.message,
                                .model = q.asked().model,
                                .excluded_by = what.by,
                                .previous = failures_of(q)};
  if (what.retry_after)
    terms.retry_after = static_cast<std::uint64_t>((what.retry_after->count() + 999) / 1000);
  std::string metadata;
  if (wants_metadata(q) && what.status != 500) metadata = metadata_of(q, routes::none_index);
  terms.metadata = metadata;
  return openrouter::error_body(terms);
}

std::string dressed_failure(const query_state& q, routes::target_index by) {
  auto message = message_in(q.failed_body);
  if (message.empty()) message = "Provider returned error";
  std::string metadata;
  if (wants_metadata(q)) metadata = metadata_of(q, by);
  return openrouter::error_body({.status = q.failed_status == 200 ? 502 : q.failed_status,
                                 .kind = q.failed_kind,
                                 .message = message,
                                 .provider = provider_of(q, by),
                                 .raw = q.failed_body,
                                 .previous = failures_of(q),
                                 .metadata = metadata});
}

std::string dressed_break(const query_state& q, std::string_view code, std::string_view message) {
  const bool committed = q.so_far.has_value();
  std::string metadata;
  if (wants_metadata(q)) metadata = metadata_of(q, q.answered_by);
  openrouter::error_terms terms{.status = 502,
                                .kind = routes::error_kind::broken,
                                .code = code,
                                .message = message,
                                .previous = failures_of(q),
                                .metadata = metadata};
  if (q.answered_by != routes::none_index) terms.provider = provider_of(q, q.answered_by);
  return openrouter::error_event(q.router->id, committed ? q.so_far->created : 0,
                                 committed ? std::string_view(q.so_far->model) : q.asked().model, terms);
}

}  // namespace nearfar::gateway
