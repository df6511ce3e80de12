// What the tools make of a limit that is reached: tests of the file, why-not, tables, diffs, replays.
#include "config/load.hpp"
#include "routes/decision_record.hpp"
#include "routes/explanation.hpp"
#include "routes/given_facts.hpp"
#include "routes/limits.hpp"
#include "routes/policy_diff.hpp"
#include "routes/policy_tests.hpp"
#include "routes/replay.hpp"
#include "routes/table.hpp"
#include "routes/why_not.hpp"
#include "tests/unit/routes/make.hpp"

#include <algorithm>

using namespace nearfar::routes;
using namespace nearfar::routes::test;
namespace config = nearfar::config;

namespace {

constexpr std::string_view house = R"(version: 1
tags: [batch]
providers:
  phone: {tier: device, preset: llama-server, url: "http://127.0.0.1:1", models: {small: {context: 4k}}}
  lab: {tier: self_hosted, preset: vllm, url: "http://127.0.0.1:2", models: {big: {price: free}}}
  far:
    tier: remote
    preset: openai-compatible
    url: "https://far.example/v1"
    key: client
    models: {best: {price: {input: 3 USD/M, output: 15 USD/M}}}
models:
  auto: [far/best, lab/big, phone/small]
limits:
  - {name: daily-spend, of: cost, max: 5 USD, per: day, by: key}
  - {name: batch-rate, of: requests, max: 60, per: minute, when: {tag: batch}, then: {deny: [phone]}}
rules:
  - {name: travel, when: {key: travel, spend: "> 2 USD"}, only: {tier: device}}
  - {name: research, when: {team: research}, prefer: [lab]}
  - {name: default}
)";

compiled load(const std::string& text) {
  auto loaded = config::load_text(text, "/etc/house.yaml", "/");
  compiled out{nullptr, std::move(loaded.found)};
  if (loaded.value) out.value = policy::compile(loaded.value, out.found);
  return out;
}

std::shared_ptr<const policy> loaded(const std::string& text = std::string(house)) {
  auto out = load(text);
  INFO(out.found.render(config::diagnostics::style::plain));
  REQUIRE(out.value);
  return out.value;
}

std::string with_test(const std::string& line) {
  return std::string(house) + "tests:\n  - {name: t, " + line + "}\n";
}

void passes(const std::string& line) {
  const auto made = load(with_test(line));
  INFO(made.found.render(config::diagnostics::style::plain));
  CHECK(made.value);
}

void fails(const std::string& line, std::string_view saying) {
  const auto made = load(with_test(line));
  const auto said = made.found.render(config::diagnostics::style::plain);
  INFO(said);
  CHECK_FALSE(made.value);
  CHECK(said.find(saying) != std::string::npos);
}

names order_of(situation& s) {
  plan p;
  trace why;
  evaluate(s.input(), p, why);
  names out;
  for (std::size_t i = 0; i < p.size; ++i) out.push_back(s.rules().targets()[p.order[i]].name);
  return out;
}

struct asked {
  asked() : rules(loaded()), at(*rules) { give("model=auto"); }
  void give(const char* fact) {
    const auto verdict = give_text(at, fact);
    INFO(verdict.problem << " " << verdict.help);
    REQUIRE(verdict.taken);
  }
  std::shared_ptr<const policy> rules;
  situation at;
};

}  // namespace

TEST_CASE("a test of the file says what happens when a limit is reached", "[routes]") {
  passes("given: {model: auto}, expect: {target: far/best}");
  passes("given: {model: auto, reached: daily-spend}, expect: {plan: [lab/big, phone/small]}");
  passes("given: {model: auto, reached: [batch-rate]}, expect: {target: far/best}");
  passes("given: {model: auto, tag: batch, reached: [batch-rate]}, expect: {plan: [far/best, lab/big]}");
  passes("given: {model: auto, tag: batch, reached: [batch-rate, daily-spend]}, expect: {plan: [lab/big]}");
  passes("given: {model: far/best, reached: daily-spend}, expect: {target: none}");
  passes("given: {model: auto, reached: []}, expect: {target: far/best}");
  fails("given: {model: far/best, reached: daily-spend}, expect: {target: far/best}",
        "no budget is left for `far/best`. Dropped: far/best (limit daily-spend of 5 USD per day for each "
        "key)");
}

TEST_CASE("a test of the file may give a key, a team and what was spent", "[routes]") {
  passes("given: {model: auto, key: travel}, expect: {target: far/best}");
  passes("given: {model: auto, key: travel, spend: 3 USD}, expect: {plan: [phone/small], rule: travel}");
  passes("given: {model: auto, team: research}, expect: {target: lab/big, rule: research}");
}

TEST_CASE("explain takes limits that are reached as it takes facts", "[routes][P5]") {
  asked q;
  CHECK(q.at.reached_text() == "none");
  q.give("reached=daily-spend");
  CHECK(order_of(q.at) == names{"lab/big", "phone/small"});
  q.give("tag=batch");
  q.give("reached=daily-spend,batch-rate");
  CHECK(q.at.reached_text() == "daily-spend,batch-rate");
  CHECK(order_of(q.at) == names{"lab/big"});
  q.give("reached=none");
  CHECK(order_of(q.at) == names{"far/best", "lab/big", "phone/small"});
  const auto wrong = give_text(q.at, "reached=daly-spend");
  CHECK_FALSE(wrong.taken);
  CHECK(wrong.problem == "no limit is called `daly-spend`");
  CHECK(wrong.help == "did you mean `daily-spend`?");
}

TEST_CASE("explain shows the limit with its place, why-not what would help", "[routes][P5]") {
  asked q;
  q.give("reached=daily-spend");
  plan p;
  trace why;
  const auto in = q.at.input();
  evaluate(in, p, why);
  const auto shown = explained(in, p, why);
  REQUIRE(shown.dropped.size() == 1);
  CHECK(shown.dropped[0].reason == "limit");
  CHECK(shown.dropped[0].text == "limit daily-spend of 5 USD per day for each key");
  CHECK(shown.dropped[0].place == "policy:15");
  CHECK_FALSE(shown.dropped[0].momentary);
  CHECK(to_text(explain_why_not(q.at, "far/best")) ==
        "limit daily-spend (policy:15) of 5 USD per day for each key has no room for it; with "
        "reached=none it "
        "would be first\n");
}

TEST_CASE("why-not says because of what a limit bears", "[routes][P5]") {
  asked q;
  q.give("tag=batch");
  q.give("reached=batch-rate");
  CHECK(to_text(explain_why_not(q.at, "phone/small")) ==
        "limit batch-rate (policy:16) of 60 requests per minute has no room for it because tag is batch; "
        "with "
        "tag=none it would be third\n");
}

TEST_CASE("a live query that was over a limit can be asked what would help", "[routes][P5]") {
  asked q;
  const auto in = q.at.input();
  std::vector<target_snapshot> targets(in.targets.begin(), in.targets.end());
  targets[2].over_limit = 0;
  targets[1].over_limit = key_rate_limit;
  situation live(*q.rules);
  live.begin_at({in.rules, in.asked, in.now_true, targets, in.now, in.seed});
  CHECK(live.reached_text() == "daily-spend");
  CHECK(order_of(live) == names{"phone/small"});
  live.give("reached", std::monostate{});
  CHECK(order_of(live) == names{"far/best", "phone/small"});  // the key's own rate is no limit of the policy
}

TEST_CASE("a table has limits for an axis", "[routes]") {
  const auto rules = loaded();
  const policy* one = rules.get();
  const auto axis = axis_of("reached", {&one, 1});
  names values;
  for (const auto& v : axis.values) values.push_back(v.text);
  CHECK(values == names{"daily-spend", "batch-rate", "none"});
  const auto plain = good(three_tiers());
  const policy* other = plain.get();
  CHECK(axis_of("reached", {&other, 1}).values.empty());
  const auto known = facts_known({&one, 1});
  CHECK(std::ranges::find(known, "reached") != known.end());
}

TEST_CASE("a diff tells what another `then` means where the limit is reached", "[routes][P6]") {
  auto text = std::string(house);
  const std::string from = "by: key}";
  text.replace(text.find(from), from.size(), "by: key, then: {deny: [lab]}}");
  const auto before = loaded();
  const auto after = loaded(text);
  const auto changes = changed_answers(*before, *after, 1'795'000'000);
  REQUIRE(changes.changed > 0);
  const auto at = std::ranges::find(changes.facts, "reached") - changes.facts.begin();
  REQUIRE(static_cast<std::size_t>(at) < changes.facts.size());
  for (const auto& row : changes.rows) CHECK(row.values[static_cast<std::size_t>(at)] == "daily-spend");
}

TEST_CASE("a limit that only one of two policies has is no error to a diff", "[routes][P6]") {
  auto text = std::string(house);
  const std::string from = "name: daily-spend";
  text.replace(text.find(from), from.size(), "name: other");
  const auto changes = changed_answers(*loaded(), *loaded(text), 1'795'000'000);
  CHECK(changes.changed > 0);
}

TEST_CASE("a replay finds limits by their names and leaves out those that are gone", "[routes]") {
  const auto rules = loaded();
  auto text = std::string(house);
  const std::string from = "  - {name: daily-spend, of: cost, max: 5 USD, per: day, by: key}\n";
  text.replace(text.find(from), from.size(), "");
  const auto without = loaded(text);

  decision_record record;
  record.model = "auto";
  record.asked.own_credential = true;
  record.bind();
  recorded_target far;
  far.name = "far/best";
  far.limit = "daily-spend";
  recorded_target phone;
  phone.name = "phone/small";
  phone.over = "key_budget";
  record.targets = {far, phone};
  const auto zones = [](const std::string&, std::int64_t) { return std::optional<std::int32_t>(0); };
  const auto order = [&](const policy& under) {
    replay again(under, zones);
    plan p;
    trace why;
    evaluate(again.input(record), p, why);
    names out;
    for (std::size_t i = 0; i < p.size; ++i) out.push_back(under.targets()[p.order[i]].name);
    return out;
  };
  CHECK(order(*rules) == names{"lab/big"});
  CHECK(order(*without) == names{"far/best", "lab/big"});
  record.asked.own_credential = false;
  CHECK(order(*without) == names{"lab/big"});
}

TEST_CASE("a record holds limits, the key's tiers and a credential of one's own", "[routes]") {
  asked q;
  q.give("reached=daily-spend");
  auto in = q.at.input();
  std::string line;
  append_decision(line, in, "q1", 0, {});
  CHECK(line.find(R"({"target":"far/best","limit":"daily-spend")") != std::string::npos);
  CHECK(line.find(R"("own_credential":true)") != std::string::npos);
  CHECK(line.find("key_tiers") == std::string::npos);
  query narrow = in.asked;
  narrow.key_tiers = 3;
  std::vector<target_snapshot> targets(in.targets.begin(), in.targets.end());
  targets[0].over_limit = unpriced_limit;
  line.clear();
  append_decision(line, {in.rules, narrow, in.now_true, targets, in.now}, "q1", 0, {});
  CHECK(line.find(R"("key_tiers":3)") != std::string::npos);
  CHECK(line.find(R"({"target":"phone/small","over":"unpriced")") != std::string::npos);
}
