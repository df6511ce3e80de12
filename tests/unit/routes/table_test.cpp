#include "routes/table.hpp"

#include "tests/unit/routes/make.hpp"

using namespace nearfar::routes;
using namespace nearfar::routes::test;
namespace config = nearfar::config;

namespace {

std::shared_ptr<const policy> house() {
  auto c = three_tiers();
  c.tags = {"voice"};
  auto home = guard("home", when("privacy", {word("private")}));
  home.allow = {tiers({tier::device, tier::self_hosted})};
  c.guards = {home};
  auto offline = rule("offline", when("network", {word("offline"), word("portal")}));
  offline.only = {tiers({tier::device, tier::self_hosted})};
  auto battery = rule("battery", when("battery", {number(config::compare_op::less, 20)}));
  battery.prefer = {{tiers({tier::remote})}};
  auto night = rule("night", when("time", {config::time_window{22 * 60, 6 * 60, "Europe/Berlin"}}));
  night.prefer = {{tiers({tier::self_hosted})}};
  c.rules = {offline, battery, night};
  return good(c);
}

policy_table table(const std::shared_ptr<const policy>& rules, const std::vector<std::string>& by,
                   table_detail detail = table_detail::first_target) {
  const policy* one = rules.get();
  std::vector<fact_axis> axes;
  for (const auto& fact : by) axes.push_back(axis_of(fact, {&one, 1}));
  situation base(*rules);
  base.give("model", std::string("auto"));
  return make_table(base, axes, detail);
}

std::vector<std::string> texts(const fact_axis& axis) {
  std::vector<std::string> out;
  for (const auto& v : axis.values) out.push_back(v.text);
  return out;
}

fact_axis axis(const std::shared_ptr<const policy>& rules, std::string_view fact) {
  const policy* one = rules.get();
  return axis_of(fact, {&one, 1});
}

}  // namespace

TEST_CASE("an axis holds the choices of a fact and the intervals that the policy mentions", "[routes]") {
  const auto rules = house();
  CHECK(texts(axis(rules, "network")) == names{"online", "degraded", "portal", "offline"});
  CHECK(texts(axis(rules, "metered")) == names{"true", "false", "unknown"});
  CHECK(texts(axis(rules, "battery")) == names{"< 20%", ">= 20%", "unknown"});
  CHECK(texts(axis(rules, "tag")) == names{"voice", "none"});
  CHECK(texts(axis(rules, "time")) == names{"06:00-22:00", "22:00-06:00"});
  CHECK(texts(axis(rules, "input_tokens")) ==
        names{"<= 8000", "> 8000, <= 32000", "> 32000, <= 200000", "> 200000"});
  CHECK(axis(rules, "netwrk").values.empty());
}

TEST_CASE("the value of an interval lies inside it", "[routes]") {
  auto c = three_tiers();
  using config::compare_op;
  c.rules = {
      rule("a", when("battery", {number(compare_op::between, 10, 20), number(compare_op::greater, 50)})),
      rule("b", when("battery", {number(compare_op::equal, 0), number(compare_op::less_equal, 100)}))};
  const auto rules = good(c);
  const auto battery = axis(rules, "battery");
  CHECK(texts(battery) ==
        names{"0%", "> 0%, < 10%", "10%..20%", "> 20%, <= 50%", "> 50%, <= 100%", "unknown"});
  CHECK(std::get<double>(battery.values[0].value) == 0);
  CHECK(std::get<double>(battery.values[1].value) == 5);
  CHECK(std::get<double>(battery.values[2].value) == 10);
  CHECK(std::get<double>(battery.values[3].value) == 35);
}

TEST_CASE("neighbouring intervals are told as one", "[routes]") {
  const auto tokens = axis(house(), "input_tokens");
  const std::vector<std::size_t> low{0, 1};
  const std::vector<std::size_t> apart{0, 3};
  CHECK(tokens.describe(low) == "<= 32000");
  CHECK(tokens.describe(apart) == "<= 8000 or > 200000");
}

TEST_CASE("a table joins rows of one answer", "[routes][P6]") {
  const auto made = table(house(), {"network", "privacy"});
  CHECK(made.combinations == 12);
  REQUIRE(made.rows.size() == 2);
  CHECK(made.rows[0].values == names{"online or degraded", "any"});
  CHECK(made.rows[0].target == "phone/small");
  CHECK(made.rows[0].rule == "none");
  CHECK(made.rows[1].values == names{"portal or offline", "any"});
  CHECK(made.rows[1].rule == "offline");
}

TEST_CASE("a table of whole orders tells more rows apart", "[routes]") {
  const auto made = table(house(), {"privacy"}, table_detail::whole_order);
  REQUIRE(made.rows.size() == 2);
  CHECK(made.rows[0].values == names{"public or internal"});
  CHECK(made.rows[0].order == names{"phone/small", "homelab/middle", "cloud/large"});
  CHECK(made.rows[1].order == names{"phone/small", "homelab/middle"});
}

TEST_CASE("a table agrees with evaluate in every cell", "[routes][P6]") {
  const auto rules = house();
  const policy* one = rules.get();
  std::vector<fact_axis> axes;
  for (const char* fact : {"battery", "network", "privacy", "time", "input_tokens"})
    axes.push_back(axis_of(fact, {&one, 1}));
  situation base(*rules);
  base.give("model", std::string("auto"));
  std::size_t seen = 0;
  for_each_cell(axes, base, [&](const cell& at) {
    situation fresh(*rules);
    fresh.give("model", std::string("auto"));
    for (std::size_t i = 0; i < at.size(); ++i) fresh.give(axes[i].fact, axes[i].values[at[i]].value);
    CHECK(ask(fresh) == ask(base));
    ++seen;
  });
  CHECK(seen == cells_in(axes));
  CHECK(seen == 3 * 4 * 3 * 2 * 4);
}

TEST_CASE("near cells are as many as counted", "[routes]") {
  const auto rules = house();
  const policy* one = rules.get();
  std::vector<fact_axis> axes;
  for (const char* fact : {"battery", "network", "privacy"}) axes.push_back(axis_of(fact, {&one, 1}));
  for (std::size_t changed = 0; changed <= 3; ++changed) {
    situation s(*rules);
    std::uint64_t seen = 0;
    for_each_near_cell(axes, {0, 0, 0}, changed, s, [&](const cell&) { ++seen; });
    CHECK(seen == near_cells_in(axes, changed));
  }
  CHECK(near_cells_in(axes, 3) == cells_in(axes));
}

TEST_CASE("a table is text in columns and JSON", "[routes]") {
  const auto made = table(house(), {"privacy"});
  CHECK(to_text(made, table_detail::first_target) ==
        "privacy  target       rule\n"
        "any      phone/small  none\n");
  CHECK(to_json(made) ==
        R"({"model":"auto","revision":"0123456789ab","by":["privacy"],"combinations":3,"rows":[)"
        R"({"facts":{"privacy":"any"},"target":"phone/small","rule":"none","order":["phone/small"]}]})");
}
