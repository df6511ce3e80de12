#include "gateway/cli_simulate.hpp"

#include "gateway/cli_policy.hpp"
#include "gateway/decision_reader.hpp"
#include "gateway/simulation_run.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

namespace nearfar::gateway {
namespace {

struct simulate_command {
  std::vector<std::string> logs;
  std::string policy;
  simulation_wishes wishes;
  bool json = false;
};

int simulate(const simulate_command& c) {
  if (const auto wrong = problem_with(c.wishes); !wrong.empty()) {
    fmt::print(stderr, "nearfar: --{}\n", wrong);
    return 2;
  }
  const auto file = read_policy(c.policy);
  if (!file.policy) return file.exit;
  const auto run = std::make_unique<simulation_run>(*file.policy, c.wishes);
  for (const auto& log : c.logs) {
    if (const auto wrong = run->read(log); !wrong.empty()) {
      fmt::print(stderr, "nearfar: {}\n", wrong);
      return 2;
    }
  }
  const auto report = run->report();
  fmt::print("{}", c.json ? run->to_json(report) + "\n" : routes::to_text(report));
  // What comes on standard error speaks of the report: it comes after it in a file of both, too.
  std::fflush(stdout);
  const auto broken = run->broken_limits(report);
  for (const auto& limit : broken) fmt::print(stderr, "nearfar: {} holds\n", limit);
  return broken.empty() ? 0 : 1;
}

}  // namespace

bool find_decision(const std::vector<std::string>& logs, const std::string& id,
                   routes::decision_record& out) {
  bool found = false;
  for (const auto& log : logs) {
    const auto wrong = read_decisions(log, [&](routes::decision_record& one) {
      if (one.id == id) {
        out = one;
        out.bind();
        found = true;
      }
      return !found;
    });
    if (!wrong.empty()) {
      fmt::print(stderr, "nearfar: {}\n", wrong);
      return false;
    }
    if (found) return true;
  }
  fmt::print(stderr, "nearfar: {} has no query {}\n", fmt::join(logs, ", "), id);
  return false;
}

void add_simulate_command(CLI::App& app, std::function<int()>& chosen) {
  const auto c = std::make_shared<simulate_command>();
  auto* command = app.add_subcommand("simulate", "replay recorded decisions under another policy");
  command
      ->add_option("--log", c->logs,
                   "decision log, e.g. STATE/decisions.jsonl; several allowed, oldest first")
      ->required();
  command->add_option("--policy", c->policy, "the policy to try")->required();
  command->add_option("--model", c->wishes.model, "only queries for this model name");
  command->add_option("--key", c->wishes.key, "only queries of this key");
  command->add_option("--since", c->wishes.since, "only queries from this moment on, RFC 3339");
  command->add_option("--fail-if", c->wishes.fail_if,
                      "exit 1 when it holds: moved>10%, refused>0, cost>5%, undecidable>0");
  command->add_flag("--json", c->json, "print one JSON object");
  command->callback([c, &chosen] { chosen = [c] { return simulate(*c); }; });
}

}  // namespace nearfar::gateway
