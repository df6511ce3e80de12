#include "routes/policy_diff.hpp"

#include "tests/unit/routes/make.hpp"

#include <fmt/format.h>

using namespace nearfar::routes;
using namespace nearfar::routes::test;
namespace config = nearfar::config;

namespace {

// "changed rule a when.battery: < 20% -> < 30% (3 -> 3)", a line each.
std::string written(const char* before, const char* after) {
  config::diagnostics found;
  const auto a = config::parse_yaml(before, found);
  const auto b = config::parse_yaml(after, found);
  REQUIRE(a);
  REQUIRE(b);
  std::string out;
  for (const auto& c : written_changes(*a, *b)) {
    constexpr const char* kinds[] = {"added", "removed", "moved", "changed"};
    out += fmt::format("{} {} {}: {} -> {} ({} -> {})\n", kinds[static_cast<int>(c.is)], c.subject, c.field,
                       c.before, c.after, c.old_line, c.new_line);
  }
  return out;
}

config::configuration house(double below) {
  auto c = three_tiers();
  auto battery = rule("battery", when("battery", {number(config::compare_op::less, below)}));
  battery.prefer = {{tiers({tier::remote})}};
  c.rules = {battery};
  return c;
}

constexpr std::int64_t some_day = 1'800'000'000;

}  // namespace

TEST_CASE("a changed field is told with both values and lines", "[routes]") {
  CHECK(written("rules:\n  - name: a\n    when: {battery: \"< 20%\"}\n",
                "rules:\n\n  - name: a\n    when: {battery: \"< 30%\"}\n") ==
        "changed rule a when.battery: < 20% -> < 30% (3 -> 4)\n");
}

TEST_CASE("comments, the order of keys and the writing of numbers are no change", "[routes]") {
  CHECK(written("a: 8k\nb: {c: 1, d: [x, y]}\n", "# new\nb:\n  d: [x, y]\n  c: 1\na: 8000\n").empty());
  CHECK(written("a: 1GiB\n", "a: 1024MiB\n").empty());
  CHECK(written("a: [x, y]\n", "a: [y, x]\n") == "changed a : [x, y] -> [y, x] (1 -> 1)\n");
}

TEST_CASE("what came, went and moved is told by its name", "[routes]") {
  CHECK(written("rules: [{name: a}, {name: b}, {name: c}]\n", "rules: [{name: c}, {name: a}, {name: d}]\n") ==
        "removed rule b :  ->  (1 -> 0)\n"
        "added rule d :  ->  (0 -> 1)\n"
        "moved rule c : 3 -> 1 (1 -> 1)\n");
  CHECK(written("guards: [{name: a}, {name: b}]\n", "guards: [{name: b}, {name: a}]\n").empty());
  CHECK(written("providers: {p: {models: {a: {quality: 1}}}}\n",
                "providers: {p: {models: {a: {quality: 2}, b: {}}}}\n") ==
        "changed target p/a quality: 1 -> 2 (1 -> 1)\n"
        "added target p/b :  -> {} (0 -> 1)\n");
  CHECK(written("version: 1\n", "version: 1\nguards: [{name: a}]\n") == "added guard a :  ->  (0 -> 2)\n");
}

TEST_CASE("only cells with another answer are in a diff of answers", "[routes][P6]") {
  const auto before = good(house(20));
  const auto after = good(house(30));
  const auto made = changed_answers(*before, *after, some_day);
  CHECK(made.facts == names{"battery"});
  CHECK(made.asked == 4);
  CHECK(made.changed == 1);
  REQUIRE(made.rows.size() == 1);
  CHECK(made.rows[0].values == names{">= 20%, < 30%"});
  CHECK(made.rows[0].before == "phone/small");
  CHECK(made.rows[0].rule_before == "none");
  CHECK(made.rows[0].after == "cloud/large");
  CHECK(made.rows[0].rule_after == "battery");
}

TEST_CASE("a policy has no difference to itself, nor to one with another name for a rule", "[routes]") {
  const auto one = good(house(20));
  auto renamed = house(20);
  renamed.rules[0].name = "low";
  CHECK(changed_answers(*one, *one, some_day).changed == 0);
  CHECK(changed_answers(*one, *good(renamed), some_day).changed == 0);
}

TEST_CASE("a name that is gone and a context that shrank are changed answers", "[routes]") {
  auto less = house(20);
  less.models.push_back(name("local", {"phone/small"}));
  auto more = house(20);
  const auto gone = changed_answers(*good(less), *good(more), some_day);
  REQUIRE(gone.rows.size() == 2);  // below 20% another rule answered
  CHECK(gone.rows[0].after == "no such name");
  CHECK(gone.rows[1].after == "no such name");

  more.providers[0].models[0].context = 4'000;
  const auto shrank = changed_answers(*good(house(20)), *good(more), some_day);
  REQUIRE_FALSE(shrank.rows.empty());
  CHECK(shrank.facts == names{"battery", "input_tokens"});
  CHECK(shrank.rows[0].values[1] == "> 4000, <= 8000");
}

TEST_CASE("the rows of a diff hold every changed combination once, in as few rows as say it",
          "[routes][P6]") {
  auto less = house(20);
  auto wall = guard("no-bills", when("metered", {flag(true)}));
  wall.deny = {tiers({tier::remote})};
  wall.unless = when("key", {word("travel")});
  less.guards = {wall};
  auto more = less;
  more.rules[0] = house(30).rules[0];
  const auto made = changed_answers(*good(less), *good(more), some_day);
  CHECK(made.facts == names{"metered", "key", "battery"});
  std::uint64_t cells = 0;
  for (const auto& row : made.rows) cells += row.cells;
  CHECK(cells == made.changed);
  // Behind the wall nothing changed but for who is exempt.
  CHECK(made.changed == 4);
  REQUIRE(made.rows.size() == 2);
  for (const auto& row : made.rows) {
    CHECK(row.values[2] == ">= 20%, < 30%");
    CHECK(row.before == "phone/small");
    CHECK(row.after == "cloud/large");
  }
}

TEST_CASE("too many combinations are asked near an ordinary query only, and it is said", "[routes]") {
  CHECK(changed_answers(*good(house(20)), *good(house(30)), some_day, 4).varied == 0);
  auto wide = house(20);
  wide.rules.push_back(rule("net", when("network", {word("offline")})));
  wide.rules.push_back(rule("hot", when("thermal", {word("critical")})));
  auto wider = wide;
  wider.rules[0] = house(30).rules[0];
  const auto near = changed_answers(*good(wide), *good(wider), some_day, 30);
  CHECK(near.varied == 1);
  CHECK(near.asked == 1 + 3 + 3 + 4);
  CHECK(near.changed == 1);
  policy_diff d;
  d.answers = near;
  CHECK(to_text(d).find("at most 1 of battery, network, thermal away from an ordinary query") !=
        std::string::npos);
}
