// What is recorded of a decision, read back, is the decision again: on disk, in simulate, in shadow.
#include "config/load.hpp"
#include "config/zones.hpp"
#include "gateway/decision_log.hpp"
#include "gateway/decision_reader.hpp"
#include "gateway/shadow.hpp"
#include "routes/decision_record.hpp"
#include "routes/limits.hpp"
#include "routes/simulate.hpp"
#include "routes/situation.hpp"

#include <catch2/catch_test_macros.hpp>

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>

using namespace nearfar;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view live = R"(version: 1
tags: [voice, batch]
facts:
  worn: {type: bool}
providers:
  phone: {tier: device, preset: llama-server, url: "http://127.0.0.1:1", models: {small: {context: 4k}}}
  lab: {tier: self_hosted, preset: vllm, url: "http://127.0.0.1:2", models: {big: {price: free, quality: 1100}}}
  far:
    tier: remote
    preset: openai-compatible
    url: "https://far.example"
    key: client
    models: {best: {price: {input: 3 USD/M, output: 15 USD/M}, quality: 1300}}
models:
  auto: [phone/small, lab/big, far/best]
guards:
  - {name: private-stays-home, when: {privacy: private}, allow: {tier: [device, self_hosted]}}
  - {name: no-roaming-bills, when: {metered: true}, deny: {tier: remote}}
rules:
  - {name: voice, when: {tag: voice}, prefer: [device], order: latency}
  - {name: late, when: {time: "22:00-06:00 Europe/Berlin"}, prefer: [lab/big]}
  - {name: glasses, when: {header: {x-app: "glasses*"}}, prefer: [remote]}
  - {name: default, prefer: [remote], order: balanced}
limits:
  - {name: daily-spend, of: cost, max: 5 USD, per: day}
  - {name: bursts, of: requests, max: 60, per: minute, then: {deny: {tier: remote}}}
)";

std::string changed() {
  std::string out(live);
  const std::string from = "prefer: [remote], order: balanced";
  out.replace(out.find(from), from.size(), "prefer: [self_hosted], order: listed");
  return out;
}

std::shared_ptr<const routes::policy> policy_of(std::string text) {
  auto loaded = config::load_text(std::move(text), "test.yaml", "/");
  INFO(loaded.found.render(config::diagnostics::style::plain));
  REQUIRE(loaded.value);
  auto policy = routes::policy::compile(loaded.value, loaded.found);
  INFO(loaded.found.render(config::diagnostics::style::plain));
  REQUIRE(policy);
  return policy;
}

std::optional<std::int32_t> offset_of(const std::string& zone, std::int64_t at) {
  return zone.empty() ? config::machine_offset(at) : config::zone_offset(zone, at);
}

// A query with everything that evaluate reads, made by chance.
struct made_up {
  routes::query asked;
  routes::facts seen;
  std::vector<routes::header_view> headers;
  std::vector<routes::declared_value> declared;
  std::vector<std::int32_t> zones;
  std::vector<routes::target_snapshot> targets;
  std::int64_t unix_ms = 0;
  std::uint64_t seed = 0;
  std::optional<routes::client_wishes> wishes;
};

constexpr routes::instant at{5000s};

class chance {
 public:
  explicit chance(unsigned seed) : engine_(seed) {}
  unsigned below(unsigned n) { return std::uniform_int_distribution<unsigned>(0, n - 1)(engine_); }
  bool maybe() { return below(2) == 0; }

 private:
  std::mt19937 engine_;
};

routes::client_wishes make_wishes(chance& by) {
  routes::client_wishes out;
  if (by.maybe()) out.models = {"lab/big", "auto"};
  if (by.below(3) == 0) out.order = {"Far", "a \"quoted\" slug"};
  if (by.below(4) == 0) out.only = {"self_hosted", "phone"};
  if (by.below(4) == 0) out.ignore = {"lab/big"};
  out.fallbacks = by.maybe();
  out.no_retention = by.below(5) == 0;
  out.free_only = by.below(5) == 0;
  out.across_models = by.maybe();
  if (by.below(5) == 0) out.required = routes::parameter_bit("seed");
  if (by.below(5) == 0) out.quantizations = routes::quantization_bits("unknown");
  if (by.below(3) == 0) out.sort = config::order_by::throughput;
  if (by.below(4) == 0) out.max_price_output = 0.25 + static_cast<double>(by.below(20));
  if (by.below(4) == 0) out.max_price_input = static_cast<double>(by.below(5));
  if (by.below(4) == 0) out.min_throughput = static_cast<double>(by.below(80));
  if (by.below(4) == 0) out.max_latency = routes::millis(by.below(1500));
  return out;
}

made_up make(chance& by, const routes::policy& rules) {
  made_up out;
  out.asked.model = "auto";
  out.asked.stream = by.maybe();
  out.asked.tools = by.below(5) == 0;
  out.asked.input_tokens = by.below(6000);
  out.asked.output_tokens = by.below(500);
  out.asked.conversation = by.below(1'000'000);
  out.asked.privacy = static_cast<config::privacy_level>(by.below(3));
  if (by.below(3) == 0) out.asked.tag = by.maybe() ? "voice" : "batch";
  if (by.below(3) == 0) out.asked.key_tiers = static_cast<std::uint8_t>(1 + by.below(7));
  out.asked.own_credential = by.maybe();
  if (by.below(3) == 0) out.wishes = make_wishes(by);
  if (by.below(6) == 0) out.asked.key_tiers = static_cast<std::uint8_t>(by.below(8));
  out.asked.own_credential = by.maybe();
  out.seen.network = static_cast<routes::network_state>(by.below(4));
  if (by.below(3) > 0) out.seen.metered = by.maybe();
  if (by.maybe()) out.seen.battery = by.below(100);
  if (by.below(3) == 0) out.headers.push_back({"X-App", by.maybe() ? "glasses-2" : "phone"});
  if (by.maybe()) out.declared.emplace_back(by.maybe());
  out.declared.resize(rules.declared_facts().size());
  out.unix_ms = 1'795'000'000'000 + static_cast<std::int64_t>(by.below(86'400)) * 1000;
  out.targets.resize(rules.targets().size());
  for (auto& target : out.targets) {
    if (by.below(6) == 0) {
      target.breaker_admits = false;
      target.breaker_reopens = at + 3s;
    }
    if (by.below(8) == 0) target.parked = {routes::park_reason::rate_limited, at + 9s};
    if (by.maybe()) target.first_token = routes::millis(by.below(2000));
    if (by.maybe()) target.tokens_per_second = by.below(100) + 1;
    if (by.below(9) == 0) target.absent = true;
    if (by.below(9) == 0) target.over_limit = static_cast<std::uint16_t>(by.below(2));
    if (by.below(20) == 0) target.over_limit = routes::key_budget_limit;
  }
  out.seed = by.below(1000);
  return out;
}

routes::evaluation_input input_of(made_up& one, const routes::policy& rules) {
  one.seen.now.unix_seconds = one.unix_ms / 1000;
  one.zones.clear();
  for (const auto& zone : rules.zones())
    one.zones.push_back(*config::zone_offset(zone, one.seen.now.unix_seconds));
  one.seen.zone_offsets = one.zones;
  one.seen.headers = one.headers;
  one.seen.declared = one.declared;
  one.asked.wishes = one.wishes ? &*one.wishes : nullptr;
  return {rules, one.asked, one.seen, one.targets, at, one.seed};
}

struct decided {
  routes::plan plan;
  routes::trace why;
  std::string first;
};

decided decide(const routes::evaluation_input& in) {
  decided out;
  routes::evaluate(in, out.plan, out.why);
  const auto answer = routes::answer_of(out.plan, out.why);
  out.first = !answer.order.empty()
                  ? in.rules.targets()[answer.order.front()].name
                  : std::string(out.plan.size == 0 ? routes::refused_place : routes::held_back_place);
  return out;
}

std::string record(made_up& one, const routes::policy& rules, const std::string& id) {
  const auto in = input_of(one, rules);
  const auto what = decide(in);
  std::string line;
  routes::append_decision(line, in, id, one.unix_ms, routes::headers_read(rules));
  routes::recorded_outcome outcome;
  outcome.end = what.plan.size == 0 ? "refused" : "complete";
  outcome.status = what.plan.size == 0 ? 403 : 200;
  for (const auto index : routes::answer_of(what.plan, what.why).order) {
    outcome.order.push_back(rules.targets()[index].name);
  }
  outcome.rule = rules.rule_name(what.plan.rule);
  routes::append_outcome(line, outcome);
  return line;
}

struct temporary_folder {
  temporary_folder() {
    std::string name = "/tmp/nearfar-decisions-XXXXXX";
    path = ::mkdtemp(name.data());
  }
  ~temporary_folder() { std::filesystem::remove_all(path); }
  std::string path;
};

}  // namespace

TEST_CASE("a record replayed under its own policy gives the same plan") {
  const auto rules = policy_of(std::string(live));
  chance by(1);
  routes::replay again(*rules, offset_of);
  for (int i = 0; i < 2000; ++i) {
    auto one = make(by, *rules);
    const auto line = record(one, *rules, fmt::format("q{}", i));
    const auto then = decide(input_of(one, *rules));
    routes::decision_record back;
    std::string why;
    REQUIRE(gateway::read_decision(line, back, why));
    REQUIRE(again.missing_facts(back).empty());
    const auto now = decide(again.input(back));
    INFO(line);
    REQUIRE(now.plan.size == then.plan.size);
    for (std::size_t at_place = 0; at_place < then.plan.size; ++at_place) {
      REQUIRE(now.plan.order[at_place] == then.plan.order[at_place]);
    }
    REQUIRE(now.plan.rule == then.plan.rule);
    REQUIRE(now.first == then.first);
  }
}

TEST_CASE("the matrix of simulate is what evaluate answers when fed the same records") {
  const auto old_rules = policy_of(std::string(live));
  const auto new_rules = policy_of(changed());
  chance by(2);
  routes::simulation run(*new_rules, offset_of);
  std::map<std::pair<std::string, std::string>, std::uint64_t> expected;
  for (int i = 0; i < 2000; ++i) {
    auto one = make(by, *old_rules);
    const auto line = record(one, *old_rules, fmt::format("q{}", i));
    ++expected[{decide(input_of(one, *old_rules)).first, decide(input_of(one, *new_rules)).first}];
    routes::decision_record back;
    std::string why;
    REQUIRE(gateway::read_decision(line, back, why));
    run.add(back);
  }
  const auto report = run.report();
  CHECK(report.queries == 2000);
  CHECK(report.undecidable == 0);
  CHECK(report.matrix == expected);
  CHECK(report.moved > 0);
  CHECK(report.examples.size() == routes::simulation::most_examples);
  CHECK(routes::exceeds(report, "moved>0") == true);
  CHECK(routes::exceeds(report, "moved>100%") == false);
  CHECK_FALSE(routes::exceeds(report, "moved above 3").has_value());
}

TEST_CASE("queries that move where a price is not known are in no sum, and counted") {
  const auto rules = policy_of(std::string(live));
  auto text = changed();
  const std::string price = "price: free, ";
  text.erase(text.find(price), price.size());
  const auto unpriced = policy_of(text);
  chance by(2);
  routes::simulation run(*unpriced, offset_of);
  for (int i = 0; i < 200; ++i) {
    auto one = make(by, *rules);
    routes::decision_record back;
    std::string why;
    REQUIRE(gateway::read_decision(record(one, *rules, fmt::format("q{}", i)), back, why));
    run.add(back);
  }
  const auto report = run.report();
  CHECK(report.moved_unpriced > 0);
  CHECK(report.moved_unpriced <= report.moved);
  CHECK(routes::to_text(report).find(fmt::format("without {} that moved", report.moved_unpriced)) !=
        std::string::npos);
}

TEST_CASE("a fact that was not recorded but is read now is undecidable, and shown") {
  const auto rules = policy_of(std::string(live));
  auto text = std::string(live);
  text.replace(text.find("x-app"), 5, "x-new");
  const auto asks_more = policy_of(text);
  chance by(3);
  auto one = make(by, *rules);
  routes::decision_record back;
  std::string why;
  REQUIRE(gateway::read_decision(record(one, *rules, "q"), back, why));
  routes::simulation run(*asks_more, offset_of);
  run.add(back);
  CHECK(run.report().undecidable == 1);
  CHECK(run.report().missing.at("header:x-new") == 1);
  CHECK(routes::to_text(run.report()).find("header:x-new") != std::string::npos);
}

TEST_CASE("the record holds no text but the headers that the policy asks for") {
  const auto rules = policy_of(std::string(live));
  chance by(4);
  auto one = make(by, *rules);
  one.headers = {{"authorization", "Bearer sk-secret"}, {"X-App", "glasses-1"}};
  const auto line = record(one, *rules, "q");
  CHECK(line.find("sk-secret") == std::string::npos);
  CHECK(line.find("glasses-1") != std::string::npos);
}

TEST_CASE("the log rotates, keeps so many files, and loses nothing that fits") {
  const temporary_folder folder;
  config::configuration settings;
  settings.decisions.emplace();
  settings.decisions->size = 1000;
  settings.decisions->files = 3;
  gateway::decision_log log(folder.path);
  CHECK_FALSE(log.on());
  log.configure(settings);
  REQUIRE(log.on());
  for (int i = 0; i < 12; ++i) {
    log.write(std::string(300, static_cast<char>('a' + i)));
    log.flush();
  }
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path)) {
    CHECK(entry.file_size() <= 1000);
    ++files;
  }
  CHECK(files == 3);
  std::ifstream newest(log.file());
  std::string first;
  std::getline(newest, first);
  CHECK(first == std::string(300, 'j'));
  CHECK(log.lost() == 0);
}

TEST_CASE("a log that cannot be written loses lines, counts them, and stops nobody") {
  config::configuration settings;
  settings.decisions.emplace();
  gateway::decision_log log("/nowhere/at/all");
  log.configure(settings);
  log.write("{}");
  log.flush();
  CHECK(log.lost() == 1);
}

TEST_CASE("a shadow policy judges what the live one decided") {
  const temporary_folder folder;
  const auto rules = policy_of(std::string(live));
  const auto next = folder.path + "/next.yaml";
  std::ofstream(next) << changed();
  std::string why;
  const auto beside = gateway::load_shadow(next, why);
  REQUIRE(beside);
  const auto new_rules = policy_of(changed());
  chance by(5);
  std::uint64_t differ = 0;
  for (int i = 0; i < 300; ++i) {
    auto one = make(by, *rules);
    beside->judge(record(one, *rules, "q"));
    const auto was = decide(input_of(one, *rules));
    const auto is = decide(input_of(one, *new_rules));
    const bool both_none = was.first.front() == '(' && is.first.front() == '(';
    if (!both_none && was.first != is.first) ++differ;
  }
  CHECK(beside->counts().differ == differ);
  CHECK(beside->counts().agree == 300 - differ);
  CHECK(differ > 0);
  CHECK_FALSE(gateway::load_shadow(folder.path + "/none.yaml", why));
  CHECK_FALSE(why.empty());
}

TEST_CASE("damage in a log is named by its line; half a last line is not damage") {
  const temporary_folder folder;
  const auto rules = policy_of(std::string(live));
  chance by(6);
  auto one = make(by, *rules);
  const auto line = record(one, *rules, "q");
  const auto file = folder.path + "/log.jsonl";
  unsigned seen = 0;
  const auto count = [&](routes::decision_record&) {
    ++seen;
    return true;
  };
  std::ofstream(file) << line << "\n" << line.substr(0, 40);
  CHECK(gateway::read_decisions(file, count).empty());
  CHECK(seen == 1);
  std::ofstream(file) << line << "\n" << "garbage\n" << line << "\n";
  CHECK(gateway::read_decisions(file, count).find(":2:") != std::string::npos);
}
