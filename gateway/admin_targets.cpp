#include "gateway/admin_targets.hpp"

#include "gateway/core.hpp"
#include "gateway/log.hpp"
#include "gateway/utc_text.hpp"
#include "providers/dialects/openai_chat/request_writer.hpp"
#include "providers/os/clock.hpp"

#include <boost/json.hpp>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ctime>

namespace nearfar::gateway {

namespace {

namespace json = boost::json;
using providers::openai_chat::append_json_string;
using switch_kind = target_registry::switch_kind;

constexpr double longest = 30.0 * 24 * 3600;

std::string_view name_of(routes::breaker_state state) {
  switch (state) {
    case routes::breaker_state::closed:
      return "closed";
    case routes::breaker_state::open:
      return "open";
    case routes::breaker_state::half_open:
      return "half_open";
  }
  return "";
}

std::string_view name_of(routes::park_reason reason) {
  switch (reason) {
    case routes::park_reason::none:
      return "none";
    case routes::park_reason::rate_limited:
      return "rate_limited";
    case routes::park_reason::auth:
      return "auth";
    case routes::park_reason::exhausted:
      return "exhausted";
    case routes::park_reason::not_installed:
      return "not_installed";
  }
  return "";
}

std::string_view name_of(switch_kind kind) {
  return kind == switch_kind::off ? "off" : "last";
}

std::int64_t seconds(routes::instant from, routes::instant to) {
  return std::chrono::ceil<std::chrono::seconds>(to - from).count();
}

std::string wall_clock(std::int64_t seconds_from_now) {
  return utc_text(std::time(nullptr) + seconds_from_now);
}

simple_answer list(const core& on) {
  const auto now = providers::boot_now();
  std::string out = "[";
  for (const auto& target : on.shared.registry.all(*on.deployed, now)) {
    if (out.size() > 1) out += ',';
    out += "{\"target\":";
    append_json_string(out, target.target);
    out += fmt::format(",\"absent\":{},\"breaker\":\"{}\",\"parked\":\"{}\",\"failure_share\":{:.3f}",
                       target.absent, name_of(target.breaker),
                       name_of(target.parked.holds(now) ? target.parked.reason : routes::park_reason::none),
                       target.failure_share);
    if (now < target.off_until) out += fmt::format(",\"off_s\":{}", seconds(now, target.off_until));
    if (now < target.last_until) out += fmt::format(",\"last_s\":{}", seconds(now, target.last_until));
    if (target.first_token) out += fmt::format(",\"first_token_ms\":{}", target.first_token->count());
    if (target.tokens_per_second)
      out += fmt::format(",\"tokens_per_second\":{:.1f}", *target.tokens_per_second);
    out += '}';
  }
  out += ']';
  return {200, "application/json", std::move(out), {}};
}

std::string text_of(const json::object& in, std::string_view key) {
  const auto* found = in.if_contains(json::string_view(key.data(), key.size()));
  return found && found->is_string() ? std::string(found->as_string()) : std::string();
}

bool is_known(const deployment& of, std::string_view name) {
  return std::any_of(of.targets.begin(), of.targets.end(),
                     [&](const auto& t) { return t.name == name || t.from->name == name; });
}

simple_answer unknown_name(const deployment& of, std::string_view name) {
  std::string known;
  for (const auto& provider : of.config->providers) known += (known.empty() ? "" : ", ") + provider.name;
  return simple_error(
      404, "unknown_target",
      fmt::format("`{}` is no target and no provider of the policy in force; providers: {}", name, known));
}

simple_answer switched_answer(const core& on) {
  std::string out = "{\"switched\":[";
  bool first = true;
  for (const auto& one : switched_now(on)) {
    if (!first) out += ',';
    first = false;
    out += one;
  }
  return {200, "application/json", out + "]}", {}};
}

simple_answer switch_on(core& on, const std::string& name) {
  if (!on.shared.registry.switch_back(name)) {
    return simple_error(404, "not_switched", fmt::format("`{}` is neither off nor last", name));
  }
  log_event(log_level::info, "switched back by hand", name);
  return switched_answer(on);
}

simple_answer put_switch(core& on, const json::object& wanted, const std::string& name) {
  const auto kind = text_of(wanted, "switch");
  if (kind != "off" && kind != "last")
    return simple_error(400, "invalid_switch", "`switch` takes \"off\" or \"last\"");
  const auto* given = wanted.if_contains("for_s");
  const double duration = given && given->is_number() ? given->to_number<double>() : -1;
  if (!(duration > 0 && duration <= longest)) {
    return simple_error(
        400, "expiry_required",
        "`for_s` takes seconds, more than 0 and at most 2592000 (30 days): a switch always ends by itself");
  }
  const auto until =
      providers::boot_now() + routes::millis(static_cast<std::int64_t>(std::ceil(duration * 1000)));
  on.shared.registry.switch_by_hand(name, kind == "off" ? switch_kind::off : switch_kind::last, until);
  log_event(log_level::warning, "switched by hand",
            fmt::format("{} {} until {}", name, kind, wall_clock(static_cast<std::int64_t>(duration))));
  return switched_answer(on);
}

}  // namespace

std::vector<std::string> switched_now(const core& on) {
  const auto now = providers::boot_now();
  std::vector<std::string> out;
  for (const auto& one : on.shared.registry.switched(now)) {
    auto& text = out.emplace_back("{\"name\":");
    append_json_string(text, one.name);
    const auto left = seconds(now, one.until);
    text += fmt::format(",\"switch\":\"{}\",\"until\":\"{}\",\"seconds_left\":{}}}", name_of(one.kind),
                        wall_clock(left), left);
  }
  return out;
}

simple_answer answer_targets(core& on, const request_head& head, std::string_view body) {
  if (head.method == "GET" || head.method == "HEAD") return list(on);
  if (head.method != "PUT" && head.method != "DELETE") {
    return simple_error(405, "method_not_allowed", "GET, PUT or DELETE /admin/targets");
  }
  boost::system::error_code ec;
  const auto parsed = json::parse(json::string_view(body.data(), body.size()), ec);
  const auto name = !ec && parsed.is_object() ? text_of(parsed.as_object(), "name") : std::string();
  if (name.empty()) {
    return simple_error(
        400, "invalid_switch",
        R"(the body must be a JSON object such as {"name": "openrouter", "switch": "off", "for_s": 7200})");
  }
  // What is gone from the policy may still be switched back.
  if (head.method == "DELETE") return switch_on(on, name);
  if (!is_known(*on.deployed, name)) return unknown_name(*on.deployed, name);
  return put_switch(on, parsed.as_object(), name);
}

}  // namespace nearfar::gateway
