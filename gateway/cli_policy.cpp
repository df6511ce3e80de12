#include "gateway/cli_policy.hpp"

#include "config/load.hpp"
#include "config/suggest.hpp"
#include "config/zones.hpp"
#include "gateway/cli_facts.hpp"
#include "gateway/cli_simulate.hpp"
#include "gateway/decision_log.hpp"
#include "routes/condition_text.hpp"
#include "routes/explanation.hpp"
#include "routes/json_text.hpp"
#include "routes/policy_tests.hpp"
#include "routes/replay.hpp"
#include "routes/table.hpp"
#include "routes/why_not.hpp"

#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>

#include <unistd.h>

namespace nearfar::gateway {
namespace {

enum exit_code : int { ok = 0, findings = 1, usage_or_io = 2 };

struct policy_command {
  std::string file;
  std::string other_file;
  std::string why_not;
  std::vector<std::string> by;
  fact_flags facts;
  std::string id;
  std::string log;
  bool json = false;
  bool full = false;
};

// ---- test -------------------------------------------------------------------------------------

std::string json_failure(const routes::test_failure& f) {
  return fmt::format(R"({{"message":{},"help":{}}})", routes::json_string(f.message),
                     routes::json_string(f.help));
}

std::string json_result(const routes::test_result& r) {
  auto failures = r.failures;
  if (!r.mistake.empty()) failures.push_back({r.mistake, r.mistake_help});
  return fmt::format(R"({{"name":{},"passed":{},"line":{},"target":{},"rule":{},"failures":{}}})",
                     routes::json_string(r.test->name), r.passed(), r.test->where.line,
                     routes::json_string(r.target), routes::json_string(r.rule),
                     routes::json_array(failures, json_failure));
}

void print_result(const config::configuration& from, const routes::test_result& r) {
  fmt::print("{}  {}  {}\n", r.passed() ? "pass" : "FAIL", r.test->name,
             routes::place_text(from, r.test->where));
  const auto say = [](const std::string& message, const std::string& help) {
    fmt::print("      {}\n", message);
    if (!help.empty()) fmt::print("      {}\n", help);
  };
  for (const auto& f : r.failures) say(f.message, f.help);
  if (!r.mistake.empty()) say(r.mistake, r.mistake_help);
}

int test(const policy_command& c) {
  const auto file = read_policy(c.file);
  if (!file.policy) return file.exit;
  std::vector<routes::test_result> results;
  for (const auto& one : file.read->tests) results.push_back(routes::run_policy_test(*file.policy, one));
  const auto passed = std::count_if(results.begin(), results.end(), [](const auto& r) { return r.passed(); });
  const auto failed = static_cast<std::ptrdiff_t>(results.size()) - passed;
  if (c.json) {
    fmt::print("{{\"file\":{},\"passed\":{},\"failed\":{},\"tests\":{}}}\n", routes::json_string(c.file),
               passed, failed, routes::json_array(results, json_result));
  } else {
    for (const auto& r : results) print_result(*file.read, r);
    if (results.empty()) fmt::print("{} has no tests\n", c.file);
    if (!results.empty()) fmt::print("\n{} passed, {} failed\n", passed, failed);
  }
  return failed == 0 ? ok : findings;
}

// ---- explain ----------------------------------------------------------------------------------

int why_not(const policy_command& c, const routes::situation& at) {
  const auto answer = routes::explain_why_not(at, c.why_not);
  if (answer.is == routes::why_not::state::unknown_target) {
    const auto legal = routes::target_names(at.rules());
    const auto help = config::suggestion(c.why_not, std::span<const std::string>(legal));
    fmt::print(stderr, "nearfar: no target is called `{}`{}{}\n", c.why_not, help.empty() ? "" : ": ", help);
    return usage_or_io;
  }
  fmt::print("{}", c.json ? routes::to_json(answer) + "\n" : routes::to_text(answer));
  return ok;
}

int print_explanation(const policy_command& c, const routes::evaluation_input& in) {
  routes::plan p;
  const auto why = std::make_unique<routes::trace>();
  routes::evaluate(in, p, *why);
  const auto told = routes::explained(in, p, *why);
  fmt::print("{}", c.json ? routes::to_json(told) + "\n" : routes::to_text(told));
  return ok;
}

// What the policy of the file makes of a query that was recorded, whatever policy was in force then.
int explain_recorded(const policy_command& c, const routes::policy& rules) {
  auto logs = c.log.empty() ? decision_log::files_in(rules.configuration().server.state)
                            : std::vector<std::string>{c.log};
  if (logs.empty()) {
    fmt::print(stderr, "nearfar: there is no decision log in {}; name one with --log FILE\n",
               rules.configuration().server.state);
    return usage_or_io;
  }
  routes::decision_record record;
  if (!find_decision(logs, c.id, record)) return usage_or_io;
  routes::replay again(rules, [](const std::string& zone, std::int64_t at) {
    return zone.empty() ? std::optional(config::machine_offset(at)) : config::zone_offset(zone, at);
  });
  for (const auto& fact : again.missing_facts(record)) {
    fmt::print(stderr,
               "nearfar: the record does not hold `{}`, which this policy asks for; taken as not given\n",
               fact);
  }
  if (record.policy != rules.revision()) {
    fmt::print(stderr, "nearfar: the query was decided under revision {}, this is {}\n", record.policy,
               rules.revision());
  }
  const auto in = again.input(record);
  if (c.why_not.empty()) return print_explanation(c, in);
  routes::situation at(rules);
  at.begin_at(in);
  return why_not(c, at);
}

int explain(const policy_command& c) {
  const auto file = read_policy(c.file);
  if (!file.policy) return file.exit;
  if (!c.id.empty()) return explain_recorded(c, *file.policy);
  routes::situation at(*file.policy);
  if (!apply(c.facts, unsaid_time::now, at)) return usage_or_io;
  if (!c.why_not.empty()) return why_not(c, at);
  return print_explanation(c, at.input());
}

// ---- table ------------------------------------------------------------------------------------

bool make_axes(const policy_command& c, const routes::policy& rules, std::vector<routes::fact_axis>& into) {
  const routes::policy* one = &rules;
  for (const auto& fact : c.by) {
    into.push_back(routes::axis_of(fact, {&one, 1}));
    if (!into.back().values.empty()) continue;
    const auto legal = routes::facts_known({&one, 1});
    auto help = config::suggestion(fact, std::span<const std::string>(legal));
    if (fact == "header") help = "name one, as `header:x-app`";
    fmt::print(stderr, "nearfar: unknown fact `{}`{}{}\n", fact, help.empty() ? "" : ": ", help);
    return false;
  }
  if (routes::cells_in(into) <= routes::max_table_cells) return true;
  fmt::print(stderr, "nearfar: more than {} combinations: name fewer facts\n", routes::max_table_cells);
  return false;
}

int table(const policy_command& c) {
  const auto file = read_policy(c.file);
  if (!file.policy) return file.exit;
  routes::situation base(*file.policy);
  if (!apply(c.facts, unsaid_time::monday_noon, base)) return usage_or_io;
  std::vector<routes::fact_axis> by;
  if (!make_axes(c, *file.policy, by)) return usage_or_io;
  const auto detail = c.full ? routes::table_detail::whole_order : routes::table_detail::first_target;
  const auto made = routes::make_table(std::move(base), by, detail);
  if (c.json) {
    fmt::print("{}\n", routes::to_json(made));
    return ok;
  }
  fmt::print("model {}   revision {}   {} combinations, {} answers\n\n{}", made.model, made.revision,
             made.combinations, made.rows.size(), routes::to_text(made, detail));
  return ok;
}

int diff(const policy_command& c) {
  return diff_policies(c.file, c.other_file, c.json);
}

bool read_text(const std::string& file, std::string& into) {
  std::error_code failed;
  if (!std::filesystem::is_regular_file(file, failed) || access(file.c_str(), R_OK) != 0) {
    const char* why = !std::filesystem::exists(file, failed)            ? "no such file"
                      : !std::filesystem::is_regular_file(file, failed) ? "not a file"
                                                                        : "permission denied";
    fmt::print(stderr, "nearfar: cannot read {}: {}\n", file, why);
    return false;
  }
  std::ifstream in(file, std::ios::binary);
  into.assign(std::istreambuf_iterator<char>(in), {});
  return true;
}

}  // namespace

policy_file read_policy(const std::string& file) {
  policy_file out;
  if (!read_text(file, out.text)) {
    out.exit = usage_or_io;
    return out;
  }
  auto loaded = config::load_file(file);
  if (loaded.value) {
    auto bare = std::make_shared<config::configuration>(*loaded.value);
    bare->tests.clear();
    out.policy = routes::policy::compile(std::move(bare), loaded.found);
  }
  if (!out.policy) {
    fmt::print(stderr, "{}", loaded.found.render(config::diagnostics::style::plain));
    out.exit = findings;
    return out;
  }
  out.read = std::move(loaded.value);
  return out;
}

void add_policy_commands(CLI::App& app, std::function<int()>& chosen) {
  const auto add = [&](const char* name, const char* about, int (*run)(const policy_command&)) {
    auto values = std::make_shared<policy_command>();
    CLI::App* command = app.add_subcommand(name, about);
    command->add_flag("--json", values->json, "The result as JSON");
    command->callback([values, run, &chosen] { chosen = [values, run] { return run(*values); }; });
    return std::pair(command, values.get());
  };
  const auto file_of = [](const auto& made) {
    made.first->add_option("FILE", made.second->file, "Configuration")->required()->type_name("");
  };

  const auto testing = add("test", "Run the tests of a configuration: 0 all pass, 1 one fails", test);
  file_of(testing);

  const auto explaining = add("explain", "Where a query would go, and why", explain);
  file_of(explaining);
  add_fact_flags(*explaining.first, explaining.second->facts);
  explaining.first
      ->add_option("--why-not", explaining.second->why_not,
                   "What is in the way of this target, and the one fact that would change it")
      ->type_name("TARGET");
  explaining.first->add_option("--id", explaining.second->id, "A recorded query instead of made-up facts")
      ->type_name("ID");
  explaining.first
      ->add_option("--log", explaining.second->log,
                   "Decision log with that query (default: those of the state folder)")
      ->type_name("FILE");

  const auto tabling = add("table", "The policy as a matrix of answers", table);
  file_of(tabling);
  tabling.first->add_option("--by", tabling.second->by, "Facts, as network,privacy,tag")
      ->required()
      ->delimiter(',')
      ->type_name("FACTS");
  tabling.first->add_flag("--full", tabling.second->full, "The whole order, not the first target alone");
  add_fact_flags(*tabling.first, tabling.second->facts);

  const auto diffing =
      add("diff", "What changed between two configurations, and whose answers: 0 nothing, 1 something", diff);
  diffing.first->add_option("OLD", diffing.second->file, "Configuration")->required()->type_name("");
  diffing.first->add_option("NEW", diffing.second->other_file, "Configuration")->required()->type_name("");
}

}  // namespace nearfar::gateway
