#include "routes/condition_code.hpp"

#include "routes/compile_log.hpp"
#include "routes/condition_compiler.hpp"
#include "tests/unit/routes/make.hpp"

#include <array>

using namespace nearfar::routes;
using namespace nearfar::routes::test;
namespace config = nearfar::config;
using config::compare_op;

namespace {

constexpr auto yes = truth::yes;
constexpr auto no = truth::no;
constexpr auto unknown = truth::unknown;

// Compiles one condition and asks it.
struct asker {
  query asked;
  facts now_true;
  std::vector<config::fact_config> declared;
  std::vector<std::string> zones;
  config::diagnostics found;

  truth operator()(const config::condition& c) {
    condition_code code;
    zones.clear();
    found = {};
    compile_log log(found);
    const auto root = condition_compiler(declared, code, zones, log).compile(c);
    REQUIRE_FALSE(found.has_errors());
    return code.holds(root, {asked, now_true});
  }

  bool refuses(const config::condition& c, std::string_view code_wanted) {
    condition_code code;
    found = {};
    compile_log log(found);
    condition_compiler(declared, code, zones, log).compile(c);
    return has_code(found, code_wanted);
  }
};

config::condition window(int from, int to, std::string zone) {
  return when("time", {config::time_window{from, to, std::move(zone)}});
}

}  // namespace

TEST_CASE("Kleene logic keeps unknown apart from no", "[routes]") {
  CHECK(kleene_not(yes) == no);
  CHECK(kleene_not(no) == yes);
  CHECK(kleene_not(unknown) == unknown);
  const std::array<truth, 3> values{no, unknown, yes};  // and is the lesser, or the greater in this order
  for (std::size_t a = 0; a < 3; ++a) {
    for (std::size_t b = 0; b < 3; ++b) {
      CHECK(kleene_and(values[a], values[b]) == values[std::min(a, b)]);
      CHECK(kleene_or(values[a], values[b]) == values[std::max(a, b)]);
    }
  }
}

TEST_CASE("all, any and not combine unknown tests as Kleene says", "[routes]") {
  asker ask;
  ask.now_true.metered = std::nullopt;
  const auto dim = when("metered", {flag(true)});
  const auto sure = when("privacy", {word("internal")});
  const auto wrong = when("privacy", {word("private")});
  CHECK(ask(all({})) == yes);
  CHECK(ask(any({})) == no);
  CHECK(ask(all({sure, dim})) == unknown);
  CHECK(ask(all({dim, wrong})) == no);
  CHECK(ask(any({wrong, dim})) == unknown);
  CHECK(ask(any({dim, sure})) == yes);
  CHECK(ask(negate(dim)) == unknown);
  CHECK(ask(negate(all({dim, wrong}))) == yes);
  CHECK(ask(all({any({dim, sure}), negate(wrong)})) == yes);
}

TEST_CASE("sensed choices are true, false or unknown", "[routes]") {
  asker ask;
  const auto away = when("network", {word("offline"), word("portal")});
  ask.now_true.network = network_state::portal;
  CHECK(ask(away) == yes);
  ask.now_true.network = network_state::degraded;
  CHECK(ask(away) == no);
  ask.now_true.network = std::nullopt;
  CHECK(ask(away) == unknown);

  const auto no_lan = when("lan", {word("down")});
  ask.now_true.lan = lan_state::down;
  CHECK(ask(no_lan) == yes);
  ask.now_true.lan = lan_state::up;
  CHECK(ask(no_lan) == no);
  ask.now_true.lan = std::nullopt;
  CHECK(ask(no_lan) == unknown);

  const auto hot = when("thermal", {word("serious"), word("critical")});
  ask.now_true.thermal = thermal_state::critical;
  CHECK(ask(hot) == yes);
  ask.now_true.thermal = thermal_state::fair;
  CHECK(ask(hot) == no);
  ask.now_true.thermal = std::nullopt;
  CHECK(ask(hot) == unknown);
}

TEST_CASE("sensed flags are true, false or unknown", "[routes]") {
  asker ask;
  const std::array<std::pair<const char*, sensed<bool> facts::*>, 3> flags{
      {{"metered", &facts::metered}, {"roaming", &facts::roaming}, {"charging", &facts::charging}}};
  for (const auto& [fact, member] : flags) {
    INFO(fact);
    ask.now_true.*member = true;
    CHECK(ask(when(fact, {flag(true)})) == yes);
    CHECK(ask(when(fact, {flag(false)})) == no);
    CHECK(ask(when(fact, {flag(false), flag(true)})) == yes);
    ask.now_true.*member = std::nullopt;
    CHECK(ask(when(fact, {flag(true)})) == unknown);
    CHECK(ask(when(fact, {flag(false)})) == unknown);
  }
}

TEST_CASE("battery compares in per cent and may be unknown", "[routes]") {
  asker ask;
  ask.now_true.battery = 20;
  CHECK(ask(when("battery", {number(compare_op::less, 20)})) == no);
  CHECK(ask(when("battery", {number(compare_op::less_equal, 20)})) == yes);
  CHECK(ask(when("battery", {number(compare_op::greater, 20)})) == no);
  CHECK(ask(when("battery", {number(compare_op::greater_equal, 20)})) == yes);
  CHECK(ask(when("battery", {number(compare_op::equal, 20)})) == yes);
  CHECK(ask(when("battery", {number(compare_op::between, 10, 20)})) == yes);
  CHECK(ask(when("battery", {number(compare_op::between, 21, 30), number(compare_op::less, 30)})) == yes);
  ask.now_true.battery = std::nullopt;
  CHECK(ask(when("battery", {number(compare_op::less, 20)})) == unknown);
}

TEST_CASE("privacy always has a value", "[routes]") {
  asker ask;
  ask.asked.privacy = config::privacy_level::private_;
  CHECK(ask(when("privacy", {word("private")})) == yes);
  CHECK(ask(when("privacy", {word("public"), word("internal")})) == no);
}

TEST_CASE("an absent tag, key, team or header is false and not unknown", "[routes]") {
  asker ask;
  for (const char* fact : {"tag", "key", "team", "model"}) {
    INFO(fact);
    CHECK(ask(when(fact, {word("voice")})) == no);
    CHECK(ask(when(fact, {word("*")})) == no);
  }
  CHECK(ask(when("header", {config::header_test{"x-app", "glasses", false}})) == no);
  CHECK(ask(when("deadline", {number(compare_op::less, 500)})) == no);
  CHECK(ask(when("first_token_budget", {number(compare_op::less, 500)})) == no);
}

TEST_CASE("names compare by letter and by glob", "[routes]") {
  asker ask;
  ask.asked.tag = "voice";
  ask.asked.key = "travel";
  ask.asked.team = "research";
  ask.asked.model = "claude-haiku-4";
  CHECK(ask(when("tag", {word("batch"), word("voice")})) == yes);
  CHECK(ask(when("tag", {word("Voice")})) == no);
  CHECK(ask(when("key", {word("travel")})) == yes);
  CHECK(ask(when("team", {word("sales")})) == no);
  CHECK(ask(when("model", {word("claude-haiku-*")})) == yes);
  CHECK(ask(when("model", {word("*-4")})) == yes);
  CHECK(ask(when("model", {word("claude-*-5")})) == no);
}

TEST_CASE("a header matches its value exactly or by prefix, its name in any case", "[routes]") {
  asker ask;
  const std::array<header_view, 2> sent{{{"X-App", "glasses/2"}, {"x-app", "phone"}}};
  ask.now_true.headers = sent;
  CHECK(ask(when("header", {config::header_test{"x-app", "phone", false}})) == yes);
  CHECK(ask(when("header", {config::header_test{"x-app", "glasses", false}})) == no);
  CHECK(ask(when("header", {config::header_test{"x-app", "glasses", true}})) == yes);
  CHECK(ask(when("header", {config::header_test{"x-ap", "phone", false}})) == no);
}

TEST_CASE("the query's own facts are always known", "[routes]") {
  asker ask;
  auto& q = ask.asked;
  const std::array<std::pair<const char*, bool query::*>, 5> flags{{{"tools", &query::tools},
                                                                    {"images", &query::images},
                                                                    {"audio", &query::audio},
                                                                    {"json", &query::json},
                                                                    {"stream", &query::stream}}};
  for (const auto& [fact, member] : flags) {
    INFO(fact);
    q.*member = false;
    CHECK(ask(when(fact, {flag(true)})) == no);
    CHECK(ask(when(fact, {flag(false)})) == yes);
    q.*member = true;
    CHECK(ask(when(fact, {flag(true)})) == yes);
  }
  q.input_tokens = 6'001;
  q.output_tokens = 300;
  q.body_bytes = 2'000'000;
  q.deadline_ms = 900;
  q.first_token_ms = 300;
  q.in = dialect::anthropic_messages;
  ask.now_true.spend = 4.5;
  CHECK(ask(when("input_tokens", {number(compare_op::greater, 6'000)})) == yes);
  CHECK(ask(when("output_tokens", {number(compare_op::greater, 300)})) == no);
  CHECK(ask(when("body_bytes", {number(compare_op::greater, 1e6)})) == yes);
  CHECK(ask(when("deadline", {number(compare_op::less, 1'000)})) == yes);
  CHECK(ask(when("first_token_budget", {number(compare_op::less, 200)})) == no);
  CHECK(ask(when("spend", {number(compare_op::greater_equal, 4.5)})) == yes);
  CHECK(ask(when("dialect", {word("anthropic-messages")})) == yes);
  CHECK(ask(when("dialect", {word("openai-chat")})) == no);
}

TEST_CASE("bucket is stable, spread and hangs on the conversation before the key", "[routes]") {
  query q;
  q.conversation = 42;
  const auto first = bucket_of(q);
  q.key = "travel";
  CHECK(bucket_of(q) == first);
  q.conversation = 0;
  CHECK(bucket_of(q) != first);
  unsigned low = 0;
  for (q.conversation = 1; q.conversation <= 10'000; ++q.conversation) {
    const auto b = bucket_of(q);
    REQUIRE((b >= 0 && b < 100));
    if (b < 5) ++low;
  }
  CHECK(low > 400);
  CHECK(low < 600);
}

TEST_CASE("a time window reads the clock of its zone and may go over midnight", "[routes]") {
  asker ask;
  const auto night = window(22 * 60, 6 * 60, "Europe/Berlin");
  const std::array<std::int32_t, 1> offsets{3'600};
  ask.now_true.zone_offsets = offsets;
  ask.now_true.now.unix_seconds = 20 * 3'600 + 3'599;  // 21:59:59 in the zone
  CHECK(ask(night) == no);
  ask.now_true.now.unix_seconds += 1;
  CHECK(ask(night) == yes);
  ask.now_true.now.unix_seconds = 5 * 3'600 - 1;  // 05:59:59
  CHECK(ask(night) == yes);
  ask.now_true.now.unix_seconds += 1;
  CHECK(ask(night) == no);
  CHECK(ask(window(6 * 60, 7 * 60, "Europe/Berlin")) == yes);
  ask.now_true.now.unix_seconds = -3'600 * 2;  // before the epoch: 23:00 the day before
  CHECK(ask(night) == yes);
  CHECK(ask.zones == std::vector<std::string>{"Europe/Berlin"});
}

TEST_CASE("a window whose zone has no offset is unknown", "[routes]") {
  asker ask;
  CHECK(ask(window(0, 60, "Europe/Berlin")) == unknown);
}

TEST_CASE("weekday takes names and ranges, in the machine's zone or a named one", "[routes]") {
  asker ask;
  const std::array<std::int32_t, 1> offsets{10 * 3'600};
  ask.now_true.zone_offsets = offsets;
  ask.now_true.now.unix_seconds = 4 * 86'400 - 3'600;  // Sunday 1970-01-04, 23:00 UTC
  CHECK(ask(when("weekday", {word("sun")})) == yes);
  CHECK(ask(when("weekday", {word("sat-sun")})) == yes);
  CHECK(ask(when("weekday", {word("mon-fri")})) == no);
  CHECK(ask(when("weekday", {word("fri-mon")})) == yes);
  CHECK(ask(when("weekday", {word("monday Asia/Tokyo")})) == yes);
  ask.now_true.machine_offset = 3'600;
  CHECK(ask(when("weekday", {word("mon-fri")})) == yes);
  ask.now_true.zone_offsets = {};
  CHECK(ask(when("weekday", {word("mon Asia/Tokyo")})) == unknown);
}

TEST_CASE("declared facts are read by place and unknown until somebody says", "[routes]") {
  asker ask;
  ask.declared.resize(4);
  ask.declared[0].name = "metered";  // a setting of a sensed fact takes no place
  ask.declared[1].name = "worn";
  ask.declared[1].type = config::fact_type::boolean;
  ask.declared[2].name = "noise";
  ask.declared[2].type = config::fact_type::number;
  ask.declared[3].name = "room";
  ask.declared[3].type = config::fact_type::name;
  const auto worn = when("worn", {flag(true)});
  const auto loud = when("noise", {number(compare_op::greater, 60)});
  const auto at_home = when("room", {word("kitchen"), word("bed*")});
  CHECK(ask(worn) == unknown);
  std::vector<declared_value> values(3);
  ask.now_true.declared = values;
  CHECK(ask(worn) == unknown);
  CHECK(ask(loud) == unknown);
  CHECK(ask(at_home) == unknown);
  values = {false, 61.0, std::string("bedroom")};
  ask.now_true.declared = values;
  CHECK(ask(worn) == no);
  CHECK(ask(loud) == yes);
  CHECK(ask(at_home) == yes);
  values = {true, 60.0, std::string("hall")};
  ask.now_true.declared = values;
  CHECK(ask(worn) == yes);
  CHECK(ask(loud) == no);
  CHECK(ask(at_home) == no);
}

TEST_CASE("what does not fit a fact is an error with its place", "[routes]") {
  asker ask;
  CHECK(ask.refuses(when("netwrok", {word("offline")}), "R001"));
  CHECK(ask.refuses(when("network", {word("offlin")}), "R002"));
  CHECK(ask.refuses(when("network", {flag(true)}), "R002"));
  CHECK(ask.refuses(when("metered", {word("yes")}), "R002"));
  CHECK(ask.refuses(when("battery", {word("low")}), "R002"));
  CHECK(ask.refuses(when("weekday", {word("noday")}), "R002"));
  CHECK(ask.refuses(when("time", {word("night")}), "R002"));
  CHECK(ask.refuses(when("header", {word("x")}), "R002"));
  CHECK(ask.refuses(when("tag", {flag(true)}), "R002"));
  CHECK(ask.refuses(group(config::condition_kind::negate, {}), "R002"));
}
