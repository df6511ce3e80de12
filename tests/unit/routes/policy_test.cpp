#include "routes/policy.hpp"

#include "config/glob.hpp"
#include "routes/compile.hpp"
#include "routes/given_facts.hpp"
#include "routes/targets_compiler.hpp"
#include "tests/unit/routes/make.hpp"

#include <fmt/format.h>

using namespace nearfar::routes;
using namespace nearfar::routes::test;
namespace config = nearfar::config;

namespace {

names resolved(const policy& p, std::string_view name) {
  names out;
  for (const auto t : p.resolve(name)) out.push_back(p.targets()[t].name);
  return out;
}

// A model id at two providers, one with a name of its own, and globs.
config::configuration many_names() {
  auto c = three_tiers();
  auto max = model("qwen/qwen3-max");
  max.as = "qwen3-max";
  c.providers.push_back(provider("router", tier::remote, {max, model("large")}));
  c.models = {name("auto", {"local", "qwen3-max"}),
              name("local", {"phone/small", "homelab/middle"}),
              name("large", {"router/large"}),
              name("claude-*", {"cloud/large"}),
              name("claude-haiku-*", {"homelab/middle"}),
              name("*", {"auto"})};
  return c;
}

}  // namespace

TEST_CASE("a name resolves to the first of its readings", "[routes]") {
  const auto p = good(many_names());
  CHECK(resolved(*p, "large") == names{"router/large"});  // the exact entry before the model id
  CHECK(resolved(*p, "cloud/large") == names{"cloud/large"});
  CHECK(resolved(*p, "router/qwen/qwen3-max") == names{"router/qwen3-max"});
  CHECK(resolved(*p, "router/qwen3-max") == names{"router/qwen3-max"});
  CHECK(resolved(*p, "qwen/qwen3-max") == names{"router/qwen3-max"});
  CHECK(resolved(*p, "qwen3-max") == names{"router/qwen3-max"});
  CHECK(resolved(*p, "claude-haiku-4") == names{"homelab/middle"});  // the longest glob
  CHECK(resolved(*p, "claude-opus") == names{"cloud/large"});
  CHECK(resolved(*p, "anything") == names{"phone/small", "homelab/middle", "router/qwen3-max"});
  CHECK(resolved(*p, "Large") == resolved(*p, "*"));  // case-sensitive: only the last glob takes it
  CHECK(resolved(*p, "").empty());
  const auto listed = p->public_names();
  CHECK(names(listed.begin(), listed.end()) == names{"auto", "local", "large"});
}

TEST_CASE("a model id means every provider that has it, in the order of the file", "[routes]") {
  auto c = many_names();
  c.models.clear();
  const auto p = good(c);
  CHECK(resolved(*p, "large") == names{"cloud/large", "router/large"});
  CHECK(resolved(*p, "nobody").empty());
}

TEST_CASE("a name inside its own list means the model of that name", "[routes]") {
  auto c = three_tiers();
  c.models = {name("large", {"large", "phone/small"})};
  CHECK(resolved(*good(c), "large") == names{"cloud/large", "phone/small"});
}

TEST_CASE("names that lead back to themselves are an error", "[routes]") {
  auto c = three_tiers();
  c.models = {name("a", {"b"}), name("b", {"c", "phone/small"}), name("c", {"a"})};
  const auto made = compile(c);
  CHECK(made.value == nullptr);
  CHECK(has_code(made.found, "R004"));
}

TEST_CASE("the same name by two ways is no cycle and gives each target once", "[routes]") {
  auto c = three_tiers();
  c.models = {name("a", {"b", "c"}), name("b", {"base"}), name("c", {"base", "cloud/large"}),
              name("base", {"phone/small"})};
  CHECK(resolved(*good(c), "a") == names{"phone/small", "cloud/large"});
}

TEST_CASE("an entry that stands for nothing is an error", "[routes]") {
  auto c = three_tiers();
  c.models[0].entries.emplace_back("cloud/typo");
  const auto made = compile(c);
  CHECK(made.value == nullptr);
  CHECK(has_code(made.found, "R003"));
}

TEST_CASE("an entry of a provider that lists its own models is only a warning", "[routes]") {
  auto c = three_tiers();
  c.providers[1].discover = true;
  c.models[0].entries.emplace_back("homelab/later");
  const auto made = compile(c);
  CHECK(made.value != nullptr);
  CHECK(has_code(made.found, "R014"));
  CHECK_FALSE(made.found.has_errors());
}

TEST_CASE("a name whose entries nobody has listed is told apart from a name that nobody knows",
          "[routes][P5]") {
  auto c = three_tiers();
  c.providers[1].discover = true;
  c.models.push_back(name("later", {"homelab/later"}));
  scene s(good(c));
  s.asked.model = "later";
  CHECK(s.refused().status == 404);
  CHECK(s.refused().message ==
        "The model `later` has no target: its providers have not listed what it names.");
  situation at(*s.rules);
  REQUIRE(give_text(at, "model=later").taken);
  CHECK(check_model(at).problem == "model `later` has no target");
  s.asked.model = "latr";
  CHECK(s.refused().message == "The model `latr` does not exist: no name, target or model is called so.");
}

TEST_CASE("more targets than a plan can hold are an error", "[routes]") {
  auto c = three_tiers();
  for (std::size_t i = 0; i < max_candidates; ++i) {
    c.providers[1].models.push_back(model(fmt::format("m{}", i)));
  }
  c.models = {name("many", {})};
  for (std::size_t i = 0; i < max_candidates; ++i)
    c.models[0].entries.push_back(fmt::format("homelab/m{}", i));
  const auto fits = compile(c);
  REQUIRE(fits.value != nullptr);
  CHECK(fits.value->resolve("many").size() == max_candidates);
  c.models[0].entries.emplace_back("phone/small");
  CHECK(has_code(compile(c).found, "R005"));
}

TEST_CASE("more guards or rules than a trace can hold are an error", "[routes]") {
  auto c = three_tiers();
  for (std::size_t i = 0; i < max_guards; ++i) c.guards.push_back(guard("g", {}));
  for (std::size_t i = 0; i < max_rules; ++i) c.rules.push_back(rule("r", when("tag", {word("x")})));
  CHECK(compile(c).value != nullptr);
  c.guards.push_back(guard("one-more", {}));
  CHECK(has_code(compile(c).found, "R006"));
  c.guards.pop_back();
  c.rules.push_back(rule("one-more"));
  CHECK(has_code(compile(c).found, "R006"));
}

TEST_CASE("two targets of one name are an error", "[routes]") {
  auto c = three_tiers();
  auto twin = model("other");
  twin.as = "large";
  c.providers[2].models.push_back(twin);
  CHECK(has_code(compile(c).found, "R012"));
}

TEST_CASE("a selector that names nothing is an error and no silent hole", "[routes][P3]") {
  auto c = three_tiers();
  auto g = guard("g", {});
  g.deny = {one_provider("clowd")};
  c.guards = {g};
  CHECK(has_code(compile(c).found, "R007"));
  c.guards[0].deny = {one_target("cloud/larg")};
  CHECK(has_code(compile(c).found, "R007"));
  config::selector s;
  s.models = {"larg"};
  c.guards[0].deny = {s};
  CHECK(has_code(compile(c).found, "R007"));
  s.models = {"large"};
  c.guards[0].deny = {s};
  CHECK(compile(c).value != nullptr);
}

TEST_CASE("a guard that a client escapes by raising its privacy is an error", "[routes][P3]") {
  auto c = three_tiers();
  const auto compiles = [&](config::condition cond, std::optional<config::condition> unless = {}) {
    auto g = guard("g", std::move(cond));
    g.unless = std::move(unless);
    g.deny = {tiers({tier::remote})};
    c.guards = {g};
    return !has_code(compile(c).found, "R008");
  };
  CHECK(compiles(when("privacy", {word("private")})));
  CHECK(compiles(when("privacy", {word("private"), word("internal")})));
  CHECK_FALSE(compiles(when("privacy", {word("public")})));
  CHECK_FALSE(compiles(when("privacy", {word("internal")})));
  CHECK(compiles(negate(when("privacy", {word("public")}))));
  CHECK_FALSE(compiles(negate(when("privacy", {word("private")}))));
  CHECK_FALSE(compiles({}, when("privacy", {word("private")})));
  CHECK(compiles({}, when("privacy", {word("public")})));
  c.guards[0].when = when("privacy", {word("public")});
  c.guards[0].advisory = true;
  CHECK_FALSE(has_code(compile(c).found, "R008"));
}

TEST_CASE("prices: device and free cost nothing, the rest is what the file says or unknown", "[routes][P4]") {
  auto c = three_tiers();
  c.providers[0].models[0].cost = config::price{9.0, 9.0, {}, {}, false, {}};
  c.providers.push_back(provider("other", tier::remote, {model("priceless-model")}));
  c.providers.push_back(provider("lan-box", tier::self_hosted, {model("own-model")}));
  const auto p = good(c);
  const auto& t = p->targets();
  CHECK(t[0].price_input == 0.0);
  CHECK(t[1].price_output == 0.0);
  CHECK(t[2].price_output == 15.0);
  CHECK_FALSE(t[3].price_input);
  CHECK_FALSE(t[4].price_input);
}

TEST_CASE("loopback and unix sockets need no link", "[routes]") {
  CHECK(is_loopback("http://127.0.0.1:8080/v1"));
  CHECK(is_loopback("http://127.9.9.9"));
  CHECK(is_loopback("http://localhost:11434"));
  CHECK(is_loopback("http://[::1]:8080/v1"));
  CHECK(is_loopback("unix:/run/llama.sock"));
  CHECK_FALSE(is_loopback("http://192.168.1.20:8000"));
  CHECK_FALSE(is_loopback("http://localhost.example.com"));
  CHECK_FALSE(is_loopback("http://[fe80::1]:8080"));
  CHECK_FALSE(is_loopback("http://example.com/127.0.0.1"));
}

TEST_CASE("globs", "[routes]") {
  CHECK(config::glob_match("*", ""));
  CHECK(config::glob_match("a*b*c", "a-b-b-c"));
  CHECK_FALSE(config::glob_match("a*b", "a-b-c"));
  CHECK_FALSE(config::glob_match("", "a"));
  CHECK(config::glob_match("gpt-*", "gpt-"));
}

TEST_CASE("what nobody sensed is what if_unsensed says", "[routes]") {
  auto c = three_tiers();
  config::fact_config metered;
  metered.name = "metered";
  metered.if_unsensed = false;
  config::fact_config thermal;
  thermal.name = "thermal";
  thermal.if_unsensed = std::string("fair");
  config::fact_config worn;
  worn.name = "worn";
  worn.type = config::fact_type::boolean;
  config::fact_config room;
  room.name = "room";
  room.type = config::fact_type::name;
  room.if_unsensed = std::string("hall");
  c.facts = {metered, worn, thermal, room};
  const auto p = good(c);
  const auto& f = p->unsensed();
  CHECK(f.metered == false);
  CHECK_FALSE(f.roaming);
  CHECK(f.thermal == thermal_state::fair);
  CHECK(f.network == network_state::online);
  const auto declared = p->declared_facts();
  CHECK(names(declared.begin(), declared.end()) == names{"worn", "room"});
  REQUIRE(f.declared.size() == 2);
  CHECK(std::holds_alternative<std::monostate>(f.declared[0]));
  CHECK(std::get<std::string>(f.declared[1]) == "hall");
  c.facts[0].if_unsensed = std::string("no");
  CHECK(has_code(compile(c).found, "R002"));
  c.facts = {};
  c.facts.resize(1);
  c.facts[0].name = "tag";
  CHECK(has_code(compile(c).found, "R001"));
}

TEST_CASE("zones of windows are listed once, in order of appearance", "[routes]") {
  auto c = three_tiers();
  const auto in = [](const char* zone) { return when("time", {config::time_window{0, 60, zone}}); };
  c.rules = {rule("a", in("Europe/Berlin")), rule("b", in("Asia/Tokyo")), rule("c", in("Europe/Berlin")),
             rule("d", when("weekday", {word("mon America/Lima")}))};
  const auto p = good(c);
  const auto zones = p->zones();
  CHECK(names(zones.begin(), zones.end()) == names{"Europe/Berlin", "Asia/Tokyo", "America/Lima"});
}

TEST_CASE("a place that bears an error from the reader is not reported again", "[routes]") {
  auto c = three_tiers();
  c.models[0].entries.emplace_back("typo");
  c.models[0].entry_marks.assign(4, config::mark{9, 3, 4});
  compiled out;
  out.found.error("P031", {9, 3, 4}, "seen already");
  out.value = policy::compile(std::make_shared<config::configuration>(c), out.found);
  CHECK(out.value == nullptr);
  CHECK(out.found.all().size() == 1);
}

TEST_CASE("an `until` that is no point in time is an error", "[routes]") {
  auto c = three_tiers();
  c.rules = {rule("r")};
  c.rules[0].until = "soon";
  CHECK(has_code(compile(c).found, "R009"));
}
