// What accounts remember: limits that come and go, keys that get a budget late, numbers beyond all sense.
#include "gateway/keys/key_file.hpp"
#include "gateway/ledger/ledger_store.hpp"
#include "tests/integration/bill_check.hpp"
#include "tests/integration/dialect_client.hpp"

#include <fmt/format.h>
#include <catch2/catch_test_macros.hpp>

#include <ctime>
#include <filesystem>
#include <fstream>

namespace nearfar::tests {
namespace {

// 20 tokens of answer at 1 USD per million cost 20,000 of the ledger's units.
policy_text costly(std::string_view limits) {
  policy_text out;
  out.remote_price = "{input: 0 USD/M, output: 1 USD/M}";
  out.models = "  far: [vendor/large]\n  near: [phone/small]\n";
  out.rule = "order: listed";
  out.attempts = "first_token: 60s, stall: 60s";
  out.answer = "{device: 60s, self_hosted: 60s, remote: 60s}";
  if (!limits.empty()) out.more = "limits:\n" + std::string(limits);
  out.from_file = true;
  return out;
}

void save(const gateway_under_test& gw, const std::string& text) {
  std::ofstream(gw.path() + ".new") << text;
  std::filesystem::rename(gw.path() + ".new", gw.path());
}

std::string without_limits(std::string text) {
  const auto at = text.find("limits:\n");
  REQUIRE(at != std::string::npos);
  const auto line = text.find('\n', at) + 1;
  return text.substr(0, at) + text.substr(text.find('\n', line) + 1);
}

int status_of(const gateway_under_test& gw, const header_list& fields = {}) {
  return ask(gw, {.model = "far"}, fields).status;
}

bool limits_say(const gateway_under_test& gw, std::string_view what) {
  return eventually([&] { return gw.admin("GET", "/admin/limits").body.find(what) != std::string::npos; });
}

TEST_CASE("a limit that was taken out and comes back counts what was spent, and counts it once", "[P4]") {
  gateway_under_test gw(costly("  - {name: spend, of: cost, max: 0.00007 USD, per: month}\n"));
  const auto with = gw.text_with(costly("").models);
  CHECK(status_of(gw) == 200);
  save(gw, without_limits(with));
  REQUIRE(gw.metric_reaches("nearfar_policy_reload_total{result=\"ok\"}", 1));
  CHECK(status_of(gw) == 200);
  save(gw, with);
  REQUIRE(gw.metric_reaches("nearfar_policy_reload_total{result=\"ok\"}", 2));
  REQUIRE(limits_say(gw, "\"used\":40000"));
  CHECK(status_of(gw) == 200);
  CHECK(status_of(gw) == 402);
}

TEST_CASE("a key that gets a budget has spent what it has spent", "[P4]") {
  auto policy = costly("");
  gateway::key_wishes anna;
  anna.name = "anna";
  policy.keys = {anna};
  gateway_under_test gw(policy);
  const header_list mine{{"x-nearfar-key", gw.key("anna")}};
  CHECK(status_of(gw, mine) == 200);
  CHECK(status_of(gw, mine) == 200);
  anna.budget = "0.00006 USD/month";
  REQUIRE(gateway::change_key(gw.key_file(), anna, std::time(nullptr)).has_value());
  INFO(gw.admin("GET", "/admin/limits").body);
  REQUIRE(limits_say(gw, "\"used\":40000"));
  REQUIRE(limits_say(gw, R"({"account":":budget/month key=anna","of":"cost","max":60000,)"));
  CHECK(status_of(gw, mine) == 200);
  CHECK(status_of(gw, mine) == 402);
  // Another period is another account: nothing says what the old one may hold.
  anna.budget = "1 USD/day";
  anna.rate = "9/minute";
  REQUIRE(gateway::change_key(gw.key_file(), anna, std::time(nullptr)).has_value());
  REQUIRE(limits_say(gw, R"({"account":":budget/month key=anna","of":"cost","max":null,)"));
  CHECK(status_of(gw, mine) == 200);
  CHECK(limits_say(gw, R"({"account":":budget/day key=anna","of":"cost","max":1000000000,)"));
  CHECK(limits_say(gw, R"({"account":":rate/minute key=anna","of":"requests","max":9,)"));
  const auto asked = gw.admin("GET", "/admin/limits?per=day");
  CHECK(asked.status == 400);
  CHECK(asked.body.find("takes no parameters") != std::string::npos);
}

TEST_CASE("what was spent while the clock was ahead counts after a start with the clock set right", "[P4]") {
  gateway_under_test gw(costly("  - {name: spend, of: cost, max: 0.00006 USD, per: month}\n"));
  CHECK(status_of(gw) == 200);
  REQUIRE(limits_say(gw, "\"used\":20000"));
  const auto now = std::time(nullptr);
  {
    // As the file stands after a day in some far year, and after the row of today.
    auto store =
        gateway::ledger_store::open(gw.folder() + "/state/ledger.db", gateway::open_mode::read_write);
    REQUIRE(store.has_value());
    REQUIRE(eventually([&] {
      const auto accounts = store->accounts(now);
      return accounts && accounts->size() == 1 && accounts->front().used == 20'000 &&
             accounts->front().reserved == 0;
    }));
    auto ahead = store->accounts(now)->front();
    ahead.in.begin += 1000LL * 86'400;
    ahead.in.end += 1000LL * 86'400;
    REQUIRE(store->add(std::span<const gateway::ledger_row>(), std::vector{ahead}));
  }
  gw.restart();
  REQUIRE(limits_say(gw, "\"used\":40000"));
  const auto told = gw.admin("GET", "/admin/limits").body;
  INFO(told);
  CHECK(status_of(gw) == 200);
  CHECK(status_of(gw) == 402);
  const auto at = told.find("\"end\":");
  REQUIRE(at != std::string::npos);
  CHECK(std::stoll(told.substr(at + 6)) < now + 32 * 86'400);
}

TEST_CASE("who asks for more than there are numbers gets no room by it", "[P4]") {
  auto policy = costly("  - {name: spend, of: cost, max: 0.13 USD, per: month}\n");
  policy.providers =
      "  lab:\n    tier: remote\n    preset: openai-compatible\n    url: {remote}\n"
      "    models: {endless: {price: {input: 100 USD/M, output: 1000 USD/M, request: 0.01 USD}}}\n";
  gateway_under_test gw(policy);
  const auto body =
      R"({"model":"endless","max_tokens":1000000000000000,"n":128,"messages":[{"role":"user","content":"hi"}]})";
  CHECK(gw.ask(body).status == 402);
  CHECK(gw.ask(body, {{"x-nearfar-max-cost-usd", "0.01"}}).status == 402);
  CHECK(gw.remote.counters().requests == 0);
  CHECK(gw.admin("GET", "/admin/limits").body.find("-9223372") == std::string::npos);
}

TEST_CASE("a state folder belongs to one gateway at a time", "[P4]") {
  gateway_under_test gw(costly(""));
  std::string why;
  CHECK(gw.another("127.0.0.1:0", why, "state") == nullptr);
  CHECK(why.find("another gateway has the state folder") != std::string::npos);
  why.clear();
  const auto apart = gw.another("127.0.0.1:0", why);
  INFO(why);
  CHECK(apart != nullptr);
}

}  // namespace
}  // namespace nearfar::tests
