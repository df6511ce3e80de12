#include "gateway/admin_explain.hpp"

#include "config/redact.hpp"
#include "config/yaml_tree.hpp"
#include "config/zones.hpp"
#include "gateway/core.hpp"
#include "providers/os/clock.hpp"
#include "routes/explanation.hpp"
#include "routes/given_facts.hpp"
#include "routes/policy_diff.hpp"
#include "routes/why_not.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>

#include <ctime>
#include <memory>
#include <optional>

namespace nearfar::gateway {

namespace {

namespace json = boost::json;

simple_answer wrong(const std::string& what) {
  return simple_error(400, "invalid_facts", what);
}

std::string said(const routes::given_text& verdict) {
  return verdict.help.empty() ? verdict.problem : verdict.problem + ": " + verdict.help;
}

void set_clock(routes::situation& to) {
  const std::int64_t now = std::time(nullptr);
  std::vector<std::int32_t> offsets;
  for (const auto& zone : to.rules().zones()) offsets.push_back(config::zone_offset(zone, now).value_or(0));
  to.set_clock(now, std::move(offsets), config::machine_offset(now));
}

// Empty, or what is wrong.
std::string give(routes::situation& to, std::string_view fact, const json::value& value) {
  using outcome = routes::situation::outcome;
  if (value.is_string()) {
    const auto verdict = routes::give_text(to, fact, std::string_view(value.as_string()));
    return verdict.taken ? "" : said(verdict);
  }
  routes::given_value plain;
  if (value.is_bool()) plain = value.as_bool();
  if (value.is_number()) plain = value.to_number<double>();
  if (value.is_object() || value.is_array())
    return fmt::format("`{}` takes a boolean, a number, a text or null", fact);
  switch (to.give(fact, plain)) {
    case outcome::taken:
      return "";
    case outcome::unknown_fact:
      return fmt::format("unknown fact `{}`", fact);
    case outcome::unfit:
      return fmt::format("`{}` takes no such value", fact);
  }
  return "";
}

std::string apply(const json::object& wanted, routes::situation& to) {
  if (const auto* facts = wanted.if_contains("facts")) {
    if (!facts->is_object()) return "`facts` is an object of facts and values";
    for (const auto& [fact, value] : facts->as_object()) {
      if (auto why = give(to, fact, value); !why.empty()) return why;
    }
  }
  if (const auto* down = wanted.if_contains("down")) {
    if (!down->is_array()) return "`down` is a list of providers and targets";
    for (const auto& name : down->as_array()) {
      const auto verdict =
          routes::take_down_text(to, name.is_string() ? std::string_view(name.as_string()) : "");
      if (!verdict.taken) return said(verdict);
    }
  }
  if (to.model().empty()) to.give("model", std::string("auto"));
  const auto model = routes::check_model(to);
  return model.taken ? "" : said(model);
}

bool is_live(const json::object& wanted) {
  const auto* live = wanted.if_contains("live");
  return live == nullptr || !live->is_bool() || live->as_bool();
}

// Breakers, parks, switches and estimates of this moment over those made up; what was taken down stays so.
void overlay(shared_state& shared, const deployment& of, const routes::evaluation_input& in,
             std::vector<routes::target_snapshot>& out) {
  const auto candidates = of.policy->resolve(in.asked.model);
  shared.registry.snapshot(of, candidates, providers::boot_now(), out);
  for (const auto index : candidates) {
    if (!in.targets[index].breaker_admits) out[index].breaker_admits = false;
    if (in.targets[index].absent) out[index].absent = true;
  }
}

std::optional<config::yaml_node> tree_of(std::string text) {
  config::diagnostics ignored;
  const auto root = config::parse_yaml(text, ignored);
  config::redact(text, root ? &*root : nullptr);
  return config::parse_yaml(text, ignored);
}

}  // namespace

simple_answer explain_facts(shared_state& shared, const deployment& of, std::string_view body) {
  boost::system::error_code ec;
  const auto parsed = json::parse(json::string_view(body.data(), body.size()), ec);
  if (ec || !parsed.is_object())
    return wrong(R"(the body must be a JSON object such as {"facts": {"model": "auto", "battery": "12%"}})");
  const auto& wanted = parsed.as_object();
  const bool live = is_live(wanted);
  routes::situation at(*of.policy);
  if (live) {
    set_clock(at);
    for (const auto& [fact, value] : shared.facts.named(providers::boot_now(), of.facts))
      at.give(fact, value);
  }
  if (const auto why = apply(wanted, at); !why.empty()) return wrong(why);
  auto in = at.input();
  std::vector<routes::target_snapshot> now;
  if (live) overlay(shared, of, in, now);
  const routes::evaluation_input asked{in.rules,
                                       in.asked,
                                       in.now_true,
                                       live ? std::span<const routes::target_snapshot>(now) : in.targets,
                                       live ? providers::boot_now() : in.now,
                                       in.seed};
  if (const auto* target = wanted.if_contains("why_not"); target && target->is_string()) {
    routes::situation here(*of.policy);
    here.begin_at(asked);
    const auto answer = routes::explain_why_not(here, std::string_view(target->as_string()));
    return {200, "application/json", routes::to_json(answer), {}};
  }
  const auto why = std::make_unique<routes::trace>();
  routes::plan plan;
  routes::evaluate(asked, plan, *why);
  return {200, "application/json", routes::to_json(routes::explained(asked, plan, *why)), {}};
}

std::string diff_json(const deployment& before, std::string before_text, const deployment& after,
                      std::string after_text) {
  routes::policy_diff made;
  made.old_file = before.policy->revision();
  made.new_file = after.policy->revision();
  const auto old_tree = tree_of(std::move(before_text));
  const auto new_tree = tree_of(std::move(after_text));
  if (old_tree && new_tree) made.written = routes::written_changes(*old_tree, *new_tree);
  made.answers = routes::changed_answers(*before.policy, *after.policy, std::time(nullptr));
  return routes::to_json(made);
}

}  // namespace nearfar::gateway
