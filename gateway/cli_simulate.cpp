#include "gateway/cli_simulate.hpp"

#include "config/moment.hpp"
#include "config/zones.hpp"
#include "gateway/cli_policy.hpp"
#include "gateway/decision_reader.hpp"
#include "routes/simulate.hpp"

#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include <cstdint>
#include <cstdio>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

namespace nearfar::gateway {
namespace {

struct simulate_command {
  std::vector<std::string> logs;
  std::string policy;
  std::string model;
  std::string key;
  std::string since;
  std::vector<std::string> fail_if;
  bool json = false;
};

std::optional<std::int32_t> offset_of(const std::string& zone, std::int64_t at) {
  return zone.empty() ? config::machine_offset(at) : config::zone_offset(zone, at);
}

// 0: everything. Nullopt: no moment.
std::optional<std::int64_t> since_ms(const std::string& text) {
  if (text.empty()) return std::numeric_limits<std::int64_t>::min();
  const auto moment = config::parse_moment(text);
  if (!moment) return std::nullopt;
  return *moment * 1000;
}

int judge(const simulate_command& c, const routes::simulation_report& report) {
  int code = 0;
  for (const auto& limit : c.fail_if) {
    const auto broken = routes::exceeds(report, limit);
    if (!broken) {
      fmt::print(
          stderr,
          "nearfar: --fail-if `{}` is not of the form moved>10%, refused>0, cost>5% or undecidable>0\n",
          limit);
      return 2;
    }
    if (*broken) {
      fmt::print(stderr, "nearfar: {} holds\n", limit);
      code = 1;
    }
  }
  return code;
}

int simulate(const simulate_command& c) {
  const auto since = since_ms(c.since);
  if (!since) {
    fmt::print(stderr, "nearfar: --since `{}` is no moment such as 2026-11-22T08:00+01:00\n", c.since);
    return 2;
  }
  const auto file = read_policy(c.policy);
  if (!file.policy) return file.exit;
  const auto run = std::make_unique<routes::simulation>(*file.policy, offset_of);
  for (const auto& log : c.logs) {
    const auto wrong = read_decisions(log, [&](routes::decision_record& one) {
      const bool wanted = one.unix_ms >= *since && (c.model.empty() || one.model == c.model) &&
                          (c.key.empty() || one.key == c.key);
      if (wanted) run->add(one);
      return true;
    });
    if (!wrong.empty()) {
      fmt::print(stderr, "nearfar: {}\n", wrong);
      return 2;
    }
  }
  const auto report = run->report();
  fmt::print("{}", c.json ? routes::to_json(report) + "\n" : routes::to_text(report));
  return judge(c, report);
}

}  // namespace

bool find_decision(const std::string& log, const std::string& id, routes::decision_record& out) {
  bool found = false;
  const auto wrong = read_decisions(log, [&](routes::decision_record& one) {
    if (one.id == id) {
      out = one;
      out.bind();
      found = true;
    }
    return true;
  });
  if (!wrong.empty()) {
    fmt::print(stderr, "nearfar: {}\n", wrong);
    return false;
  }
  if (!found) fmt::print(stderr, "nearfar: {} has no query {}\n", log, id);
  return found;
}

void add_simulate_command(CLI::App& app, std::function<int()>& chosen) {
  const auto c = std::make_shared<simulate_command>();
  auto* command = app.add_subcommand("simulate", "replay recorded decisions under another policy");
  command
      ->add_option("--log", c->logs,
                   "decision log, e.g. STATE/decisions.jsonl; several allowed, oldest first")
      ->required();
  command->add_option("--policy", c->policy, "the policy to try")->required();
  command->add_option("--model", c->model, "only queries for this model name");
  command->add_option("--key", c->key, "only queries of this key");
  command->add_option("--since", c->since, "only queries from this moment on, RFC 3339");
  command->add_option("--fail-if", c->fail_if,
                      "exit 1 when it holds: moved>10%, refused>0, cost>5%, undecidable>0");
  command->add_flag("--json", c->json, "print one JSON object");
  command->callback([c, &chosen] { chosen = [c] { return simulate(*c); }; });
}

}  // namespace nearfar::gateway
