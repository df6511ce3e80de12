#include "routes/evaluate.hpp"

#include "tests/unit/routes/make.hpp"

using namespace nearfar::routes;
using namespace nearfar::routes::test;
namespace config = nearfar::config;
using config::compare_op;

namespace {

config::guard private_stays_home() {
  auto g = guard("private-stays-home", when("privacy", {word("private")}));
  g.allow = {tiers({tier::device, tier::self_hosted})};
  return g;
}

config::guard no_bills() {
  auto g = guard("no-roaming-bills", when("metered", {flag(true)}));
  g.deny = {tiers({tier::remote})};
  g.unless = when("key", {word("travel")});
  return g;
}

}  // namespace

TEST_CASE("without rules the plan is the list as written", "[routes]") {
  scene s(good(three_tiers()));
  CHECK(s.order() == names{"phone/small", "homelab/middle", "cloud/large"});
  CHECK(s.out.known_name);
  CHECK(s.out.rule == none_index);
  CHECK(s.rules->rule_name(s.out.rule) == "none");
  CHECK(s.why.candidates == 3);
}

TEST_CASE("a guard removes what is outside its allow and says which guard it was", "[routes][P3]") {
  auto c = three_tiers();
  c.guards = {private_stays_home()};
  scene s(good(c));
  CHECK(s.order().size() == 3);
  CHECK(s.why.guards[0] == truth::no);
  s.asked.privacy = config::privacy_level::private_;
  CHECK(s.order() == names{"phone/small", "homelab/middle"});
  CHECK(s.why.guards[0] == truth::yes);
  const auto v = s.verdict_on("cloud/large");
  CHECK(v.reason == drop_reason::guard_allow);
  CHECK(s.rules->guard_name(v.guard) == "private-stays-home");
}

TEST_CASE("a guard whose condition is unknown applies", "[routes][P3]") {
  auto c = three_tiers();
  c.guards = {no_bills()};
  scene s(good(c));
  CHECK(s.order() == names{"phone/small", "homelab/middle"});
  CHECK(s.why.guards[0] == truth::unknown);
  CHECK(s.verdict_on("cloud/large").reason == drop_reason::guard_deny);
  s.now_true.metered = false;
  CHECK(s.order().size() == 3);
  s.now_true.metered = true;
  CHECK(s.order().size() == 2);
}

TEST_CASE("only a certain unless lifts a guard", "[routes][P3]") {
  auto c = three_tiers();
  auto g = no_bills();
  g.unless = any({when("key", {word("travel")}), when("charging", {flag(true)})});
  c.guards = {g};
  scene s(good(c));
  s.now_true.metered = true;
  CHECK(s.order().size() == 2);
  CHECK(s.why.unlesses[0] == truth::unknown);
  s.asked.key = "travel";
  CHECK(s.order().size() == 3);
  CHECK(s.why.unlesses[0] == truth::yes);
  s.asked.key = "home";
  s.now_true.charging = false;
  CHECK(s.order().size() == 2);
  s.now_true.charging = true;
  CHECK(s.order().size() == 3);
}

TEST_CASE("deny wins over allow, within a guard and between guards", "[routes][P3]") {
  auto c = three_tiers();
  auto wide = guard("wide", {});
  wide.allow = {tiers({tier::device, tier::remote})};
  wide.deny = {one_target("cloud/large")};
  auto other = guard("other", {});
  other.deny = {one_provider("homelab")};
  c.guards = {wide, other};
  scene s(good(c));
  CHECK(s.order() == names{"phone/small"});
  CHECK(s.verdict_on("cloud/large").reason == drop_reason::guard_deny);
  CHECK(s.verdict_on("homelab/middle").reason == drop_reason::guard_allow);
}

TEST_CASE("guards give the same walls in any order", "[routes][P3]") {
  auto c = three_tiers();
  c.guards = {private_stays_home(), no_bills()};
  scene a(good(c));
  std::swap(c.guards[0], c.guards[1]);
  scene b(good(c));
  for (auto* s : {&a, &b}) {
    s->asked.privacy = config::privacy_level::private_;
    s->now_true.metered = true;
  }
  CHECK(a.order() == b.order());
}

TEST_CASE("what a target does not state counts against it in a guard", "[routes][P3]") {
  auto c = three_tiers();
  c.providers[1].region = "home";
  auto in_region = guard("in-region", {});
  config::selector home;
  home.regions = {"home"};
  in_region.allow = {home};
  c.guards = {in_region};
  CHECK(scene(good(c)).order() == names{"homelab/middle"});
  c.guards[0].allow.clear();
  config::selector elsewhere;
  elsewhere.regions = {"us"};
  c.guards[0].deny = {elsewhere};
  CHECK(scene(good(c)).order() == names{"homelab/middle"});
  config::selector remote_elsewhere = elsewhere;
  remote_elsewhere.tiers = {tier::remote};
  c.guards[0].deny = {remote_elsewhere};
  CHECK(scene(good(c)).order() == names{"phone/small", "homelab/middle"});
}

TEST_CASE("the first rule that certainly holds decides", "[routes]") {
  auto c = three_tiers();
  auto offline = rule("offline", when("network", {word("offline")}));
  offline.only = {tiers({tier::device})};
  auto metered = rule("metered", when("metered", {flag(true)}));
  metered.prefer = {{tiers({tier::remote})}};
  auto fallback = rule("default");
  fallback.prefer = {{tiers({tier::self_hosted})}, {tiers({tier::remote})}};
  c.rules = {offline, metered, fallback};
  scene s(good(c));
  CHECK(s.order() == names{"homelab/middle", "cloud/large", "phone/small"});
  CHECK(s.rules->rule_name(s.out.rule) == "default");
  CHECK(s.why.rules_seen == 3);
  CHECK(s.why.rules[1] == truth::unknown);
  s.now_true.metered = true;
  CHECK(s.order() == names{"cloud/large", "phone/small", "homelab/middle"});
  s.now_true.network = network_state::offline;
  CHECK(s.order() == names{"phone/small"});
  CHECK(s.why.rules_seen == 1);
  CHECK(s.verdict_on("cloud/large").reason == drop_reason::rule_only);
}

TEST_CASE("a nested list is one rank and the rest follow as listed", "[routes]") {
  auto c = three_tiers();
  auto r = rule("default");
  r.prefer = {{tiers({tier::remote}), tiers({tier::self_hosted})}};
  c.rules = {r};
  CHECK(scene(good(c)).order() == names{"homelab/middle", "cloud/large", "phone/small"});
}

TEST_CASE("min_quality demotes, and so does an unknown quality", "[routes]") {
  auto c = three_tiers();
  c.providers[1].models[0].quality.reset();
  auto r = rule("default");
  r.min_quality = 1'000;
  r.prefer = {{tiers({tier::device})}};
  c.rules = {r};
  CHECK(scene(good(c)).order() == names{"cloud/large", "phone/small", "homelab/middle"});
}

TEST_CASE("an unknown price fails max_price, device and free cost nothing", "[routes][P4]") {
  auto c = three_tiers();
  c.providers.push_back(provider("dear", tier::remote, {model("unpriced-model")}));
  c.models[0].entries.emplace_back("dear/unpriced-model");
  auto r = rule("default");
  r.price_cap = config::max_price{3.0, 15.0};
  c.rules = {r};
  scene s(good(c));
  CHECK(s.order() == names{"phone/small", "homelab/middle", "cloud/large"});
  CHECK(s.verdict_on("dear/unpriced-model").reason == drop_reason::max_price);
  c.rules[0].price_cap->output = 14.9;
  CHECK(scene(good(c)).order() == names{"phone/small", "homelab/middle"});
}

TEST_CASE("the attempts entry is the first that holds, with defaults from the last one named default",
          "[routes]") {
  auto c = three_tiers();
  config::attempts_entry voice;
  voice.name = "speak-now";
  voice.when = when("tag", {word("voice")});
  voice.first_token = config::token_clock{millis{700}, millis{0}};
  config::attempts_entry early;
  early.name = "default";
  early.when = when("tag", {word("batch")});
  early.total = 9;
  config::attempts_entry last;
  last.name = "default";
  last.total = 6;
  last.stall = millis{4'000};
  last.answer.remote = millis{99'000};
  c.attempts = {voice, early, last};
  scene s(good(c));
  s.asked.tag = "voice";
  s.evaluate();
  const auto& how = s.rules->attempts(s.out.attempts);
  CHECK(how.name == "speak-now");
  CHECK(how.first_token.base == millis{700});
  CHECK(how.total == 6);
  CHECK(how.stall == millis{4'000});
  CHECK(how.answer(tier::remote) == millis{99'000});
  CHECK(how.answer(tier::device) == millis{60'000});
  s.asked.tag = "batch";
  s.evaluate();
  CHECK(s.rules->attempts(s.out.attempts).total == 9);
  s.asked.tag = {};
  s.evaluate();
  CHECK(s.rules->attempts(s.out.attempts).total == 6);
}

TEST_CASE("where no attempts entry holds the project's own defaults do", "[routes]") {
  scene s(good(three_tiers()));
  s.evaluate();
  const auto& how = s.rules->attempts(s.out.attempts);
  CHECK(how.name == "default");
  CHECK(how.total == 4);
  CHECK(how.first_token_for(2'500) == millis{16'500});
}

TEST_CASE("the incapable are dropped with what they lack", "[routes]") {
  auto c = three_tiers();
  c.providers[1].models[0].can.tools = false;
  c.providers[1].models[0].can.images = true;
  c.providers[1].models[0].can.audio = true;
  c.providers[1].models[0].can.json = false;
  c.providers[1].models[0].can.stream = false;
  scene s(good(c));
  const auto reason = [&](bool query::* asks, const char* target) {
    s.asked.*asks = true;
    const auto v = s.verdict_on(target);
    s.asked.*asks = false;
    return v.reason;
  };
  CHECK(reason(&query::tools, "homelab/middle") == drop_reason::no_tools);
  CHECK(reason(&query::tools, "phone/small") == drop_reason::kept);
  CHECK(reason(&query::images, "homelab/middle") == drop_reason::kept);
  CHECK(reason(&query::images, "phone/small") == drop_reason::no_images);
  CHECK(reason(&query::images, "cloud/large") == drop_reason::kept);  // unknown, and remote
  CHECK(reason(&query::audio, "phone/small") == drop_reason::no_audio);
  CHECK(reason(&query::json, "homelab/middle") == drop_reason::no_json);
  CHECK(reason(&query::stream, "homelab/middle") == drop_reason::no_stream);
}

TEST_CASE("a context below input and requested output is too small, an unknown one passes", "[routes]") {
  auto c = three_tiers();
  c.providers[2].models[0].context.reset();
  scene s(good(c));
  s.asked.input_tokens = 7'000;
  s.asked.output_tokens = 1'000;
  CHECK(s.order().size() == 3);
  s.asked.output_tokens = 1'001;
  CHECK(s.order() == names{"homelab/middle", "cloud/large"});
  s.asked.output_tokens = ~std::uint64_t{0};  // no wrap-around
  CHECK(s.order() == names{"cloud/large"});
}

TEST_CASE("momentary filters keep a target in the plan", "[routes][P1]") {
  scene s(good(three_tiers()));
  s.targets[0].breaker_admits = false;
  s.targets[1].queue_full = true;
  s.targets[2].parked = {park_reason::rate_limited, s.now + millis{1}};
  CHECK(s.order().size() == 3);
  CHECK(s.verdict_on("phone/small").reason == drop_reason::breaker_open);
  CHECK(s.verdict_on("homelab/middle").reason == drop_reason::queue_full);
  CHECK(s.verdict_on("cloud/large").reason == drop_reason::parked);
  s.now += millis{1};
  CHECK(s.verdict_on("cloud/large").reason == drop_reason::kept);
  s.targets[2].absent = true;
  CHECK(s.verdict_on("cloud/large").reason == drop_reason::absent);
}

TEST_CASE("link facts put remote and LAN targets out of reach, never the device", "[routes][P1]") {
  auto c = three_tiers();
  auto same_host = provider("local-server", tier::self_hosted, {model("m")});
  same_host.url = "http://127.0.0.1:11434";
  c.providers.push_back(same_host);
  c.models[0].entries.emplace_back("local-server/m");
  scene s(good(c));
  const auto reasons = [&] {
    return std::array{s.verdict_on("phone/small").reason, s.verdict_on("homelab/middle").reason,
                      s.verdict_on("cloud/large").reason, s.verdict_on("local-server/m").reason};
  };
  constexpr auto kept = drop_reason::kept;
  constexpr auto gone = drop_reason::unreachable;
  for (const auto state : {network_state::offline, network_state::portal}) {
    s.now_true.network = state;
    CHECK(reasons() == std::array{kept, kept, gone, kept});
  }
  s.now_true.network = network_state::degraded;
  CHECK(reasons() == std::array{kept, kept, kept, kept});
  s.now_true.network = std::nullopt;
  s.now_true.lan = lan_state::down;
  CHECK(reasons() == std::array{kept, gone, kept, kept});
}

TEST_CASE("embeddings never change model", "[routes]") {
  auto c = three_tiers();
  c.providers.push_back(provider("twin", tier::remote, {model("small")}));
  c.models[0].entries.emplace_back("twin/small");
  scene s(good(c));
  s.asked.in = dialect::openai_embeddings;
  CHECK(s.order() == names{"phone/small", "twin/small"});
  CHECK(s.verdict_on("cloud/large").reason == drop_reason::other_model);
}

TEST_CASE("a guard or rule with until ends then", "[routes]") {
  auto c = three_tiers();
  auto g = private_stays_home();
  g.when = {};
  g.until = "2026-12-01T08:00+01:00";
  c.guards = {g};
  auto r = rule("sale");
  r.prefer = {{tiers({tier::self_hosted})}};
  r.until = "2026-12-01T07:00:00Z";
  c.rules = {r};
  scene s(good(c));
  s.now_true.now.unix_seconds = 1'796'108'399;
  CHECK(s.order() == names{"homelab/middle", "phone/small"});
  s.now_true.now.unix_seconds = 1'796'108'400;
  CHECK(s.order() == names{"phone/small", "homelab/middle", "cloud/large"});
}

TEST_CASE("an unknown name is 404", "[routes]") {
  scene s(good(three_tiers()));
  s.asked.model = "nobody";
  const auto no = s.refused();
  CHECK(no.status == 404);
  CHECK(no.code == "model_not_found");
  CHECK_FALSE(s.out.known_name);
}

TEST_CASE("nothing capable is 400 and names every target with what it lacks", "[routes][P5]") {
  auto c = three_tiers();
  c.models[0].entries = {"phone/small", "homelab/middle"};
  scene s(good(c));
  s.asked.images = true;
  const auto no = s.refused();
  CHECK(no.status == 400);
  CHECK(no.message.find("phone/small (takes no images)") != std::string::npos);
  CHECK(no.message.find("homelab/middle (takes no images)") != std::string::npos);
}

TEST_CASE("a prompt larger than every context is refused in the words agents compact on", "[routes]") {
  scene s(good(three_tiers()));
  s.asked.input_tokens = 300'000;
  const auto no = s.refused();
  CHECK(no.status == 400);
  CHECK(no.code == "context_length_exceeded");
  CHECK(no.message.find("maximum context length is 200000 tokens") != std::string::npos);
}

TEST_CASE("what guards emptied is 403 and names the guard", "[routes][P3][P5]") {
  auto c = three_tiers();
  auto g = private_stays_home();
  g.allow = {tiers({tier::device})};
  c.guards = {g};
  scene s(good(c));
  s.asked.privacy = config::privacy_level::private_;
  s.asked.input_tokens = 20'000;  // too much for the device
  const auto no = s.refused();
  CHECK(no.status == 403);
  CHECK(no.code == "guard");
  CHECK(no.message.find("cloud/large (guard private-stays-home)") != std::string::npos);
  CHECK(no.message.find("phone/small (context 8000 < 20000 + 0)") != std::string::npos);
}

TEST_CASE("what a rule emptied is 403 and names the rule", "[routes][P5]") {
  auto c = three_tiers();
  auto r = rule("cheap");
  r.only = {tiers({tier::remote})};
  r.price_cap = config::max_price{1.0, {}};
  c.rules = {r};
  scene s(good(c));
  const auto no = s.refused();
  CHECK(no.status == 403);
  CHECK(no.code == "max_price");
  CHECK(no.message.find("cheap") != std::string::npos);
  CHECK(no.message.find("phone/small (left out by `only` of the rule)") != std::string::npos);
}

TEST_CASE("the same input gives the same plan and the same trace", "[routes]") {
  auto c = three_tiers();
  c.guards = {private_stays_home(), no_bills()};
  auto r = rule("default");
  r.order = config::order_by::balanced;
  c.rules = {r};
  scene s(good(c));
  s.now_true.metered = false;
  const auto first = s.order();
  const auto verdicts = s.why.verdicts;
  for (int i = 0; i < 10; ++i) {
    CHECK(s.order() == first);
    for (std::size_t v = 0; v < s.why.candidates; ++v) {
      CHECK(s.why.verdicts[v].target == verdicts[v].target);
      CHECK(s.why.verdicts[v].reason == verdicts[v].reason);
    }
  }
}
