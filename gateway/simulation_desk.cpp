#include "gateway/simulation_desk.hpp"

#include "config/load.hpp"
#include "gateway/admin_policy.hpp"
#include "gateway/decision_log.hpp"
#include "gateway/query_parameters.hpp"
#include "gateway/simulation_run.hpp"
#include "routes/policy.hpp"

#include <fmt/format.h>

#include <sys/resource.h>
#include <unistd.h>
#include <chrono>
#include <fstream>

namespace nearfar::gateway {

namespace {

using steady = std::chrono::steady_clock;

// A full log of the usual size takes a second or two.
constexpr std::chrono::seconds longest_run{60};
// Serving goes before trying: behind every serving core when all are busy.
constexpr int niceness = 10;

// Empty, or what is wrong with the query of the request target.
std::string read_wishes(std::string_view query, simulation_wishes& out) {
  const auto given = read_query_parameters(query);
  if (!given) return "the query holds a `%` without its two digits";
  for (const auto& [name, value] : *given) {
    if (name == "model") {
      out.model = value;
    } else if (name == "key") {
      out.key = value;
    } else if (name == "since") {
      out.since = value;
    } else if (name == "fail_if") {
      out.fail_if.push_back(value);
    } else {
      return fmt::format("unknown parameter `{}`; there are model, key, since and fail_if", name);
    }
  }
  return problem_with(out);
}

// As `nearfar simulate` reads it: a test of the file that fails is no reason not to try it.
std::shared_ptr<const routes::policy> compile(const simulation_request& what, config::diagnostics& found) {
  const auto& now = *what.in_force;
  const config::list_lookup lists = [&](const config::configuration&, const config::provider& of) {
    return config::kept_list(now.server.state, of);
  };
  auto read = config::load_text(what.policy, "the posted policy", now.folder, lists);
  found = std::move(read.found);
  if (!read.value) return nullptr;
  read.value->tests.clear();
  return routes::policy::compile(std::move(read.value), found);
}

struct open_log {
  std::string name;
  std::ifstream in;
};

// All at once, before the first is read: a rotation in between would hide one of them.
std::vector<open_log> open_all(const std::vector<std::string>& files) {
  std::vector<open_log> out;
  for (const auto& file : files) {
    std::ifstream in(file);
    if (in) out.push_back({file, std::move(in)});
  }
  return out;
}

}  // namespace

void simulation_desk::begin(simulation_request what, std::function<void(simple_answer)> done) {
  const std::lock_guard hold(lock_);
  if (stopping_) {
    done(simple_error(503, "stopping", "the gateway stops"));
    return;
  }
  if (busy_) {
    auto refused = simple_error(503, "simulation_runs", "another simulation runs; one at a time");
    refused.fields.emplace_back("retry-after", "2");
    done(std::move(refused));
    return;
  }
  if (worker_.joinable()) worker_.join();
  busy_ = true;
  worker_ = std::thread([this, what = std::move(what), done = std::move(done)] {
    // Linux: of a thread id, this thread alone.
    (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), niceness);
    auto said = answer(what);
    busy_ = false;
    done(std::move(said));
  });
}

void simulation_desk::stop() {
  stopping_ = true;
  const std::lock_guard hold(lock_);
  if (worker_.joinable()) worker_.join();
}

simple_answer simulation_desk::answer(const simulation_request& what) const {
  simulation_wishes wishes;
  if (const auto wrong = read_wishes(what.query, wishes); !wrong.empty())
    return simple_error(400, "invalid_simulation", wrong);
  config::diagnostics found;
  const auto policy = compile(what, found);
  if (!policy) return {422, "application/json", findings_json(false, found, "the policy has errors", ""), {}};
  log_.flush();
  auto logs = open_all(log_.files());
  if (logs.empty()) {
    return simple_error(409, "no_decision_log",
                        "nothing has been recorded: `decisions: {}` in the policy in force begins it");
  }
  const auto run = std::make_unique<simulation_run>(*policy, wishes);
  const auto until = steady::now() + longest_run;
  bool too_long = false;
  for (auto& log : logs) {
    const auto wrong = run->read(log.in, log.name, [&] {
      too_long = steady::now() >= until;
      return !too_long && !stopping_;
    });
    if (stopping_) return simple_error(503, "stopping", "the gateway stops");
    if (!wrong.empty()) return simple_error(500, "decision_log_damaged", wrong);
    if (too_long) {
      return simple_error(503, "simulation_too_long",
                          fmt::format("the log took more than {} s; ask for less of it with `since`, or run "
                                      "`nearfar simulate`",
                                      longest_run.count()));
    }
  }
  return {200, "application/json", run->to_json(run->report()), {}};
}

}  // namespace nearfar::gateway
