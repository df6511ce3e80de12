// Every fact and every operator on it: true, false, and what it says of a fact that nobody knows.
#include "routes/situation.hpp"
#include "tests/unit/routes/make.hpp"

#include <array>
#include <string>
#include <utility>
#include <vector>

using namespace nearfar::routes;
using namespace nearfar::routes::test;
namespace config = nearfar::config;
using config::compare_op;

namespace {

// A policy of one rule, and one situation of it.
class asker {
 public:
  explicit asker(config::condition c) : rules_(good(with(std::move(c)))), situation_(*rules_) {
    REQUIRE(situation_.give("model", std::string("auto")) == situation::outcome::taken);
  }

  truth operator()(std::string_view fact, const given_value& value) {
    INFO(fact);
    REQUIRE(situation_.give(fact, value) == situation::outcome::taken);
    evaluate(situation_.input(), plan_, why_);
    REQUIRE(why_.rules_seen == 1);
    CHECK((plan_.rule == 0) == (why_.rules[0] == truth::yes));  // unknown does not match
    CHECK(why_.guards[0] == why_.rules[0]);
    // but a guard applies
    // (a dialect that the targets do not serve leaves nobody, whatever the guard says)
    if (fact != "dialect") CHECK((plan_.size == 0) == (why_.rules[0] != truth::no));
    return why_.rules[0];
  }

 private:
  static config::configuration with(config::condition c) {
    auto made = three_tiers();
    for (const auto& [name, type] :
         std::array<std::pair<const char*, config::fact_type>, 3>{{{"worn", config::fact_type::boolean},
                                                                   {"noise", config::fact_type::number},
                                                                   {"room", config::fact_type::name}}}) {
      config::fact_config fact;
      fact.name = name;
      fact.type = type;
      made.facts.push_back(fact);
    }
    auto wall = guard("wall", c);
    wall.deny = {tiers({tier::device, tier::self_hosted, tier::remote})};
    wall.advisory = true;
    made.guards = {wall};
    made.rules = {rule("one", std::move(c))};
    return made;
  }

  std::shared_ptr<const policy> rules_;
  situation situation_;
  plan plan_;
  trace why_;
};

given_value text(const char* word) {
  return std::string(word);
}

// Sensed facts and declared ones are unknown while nobody says; what a client leaves out is simply not so.
truth of_nothing(const fact_info* row) {
  return row == nullptr || row->source == fact_source::sensor ? truth::unknown : truth::no;
}

bool may_be_missing(const fact_info* row) {
  return row == nullptr || row->source == fact_source::sensor || row->id == fact_id::deadline ||
         row->id == fact_id::first_token_budget || row->id == fact_id::tag || row->id == fact_id::key ||
         row->id == fact_id::team;
}

void check_flag(const std::string& fact, const fact_info* row) {
  for (const bool wanted : {true, false}) {
    asker ask(when(fact, {flag(wanted)}));
    CHECK(ask(fact, wanted) == truth::yes);
    CHECK(ask(fact, !wanted) == truth::no);
    if (may_be_missing(row)) CHECK(ask(fact, std::monostate{}) == of_nothing(row));
  }
}

void check_choice(const std::string& fact, const fact_info& row) {
  for (const auto wanted : row.choices) {
    asker ask(when(fact, {word(std::string(wanted))}));
    for (const auto value : row.choices)
      CHECK(ask(fact, std::string(value)) == (value == wanted ? truth::yes : truth::no));
    if (may_be_missing(&row)) CHECK(ask(fact, std::monostate{}) == truth::unknown);
  }
}

void check_number(const std::string& fact, const fact_info* row) {
  struct operation {
    compare_op op;
    std::array<bool, 3> at;  // of 10, 20 and 30, against 20, or 20 to 25
  };
  for (const auto& [op, at] : std::array<operation, 6>{{{compare_op::less, {true, false, false}},
                                                        {compare_op::less_equal, {true, true, false}},
                                                        {compare_op::greater, {false, false, true}},
                                                        {compare_op::greater_equal, {false, true, true}},
                                                        {compare_op::equal, {false, true, false}},
                                                        {compare_op::between, {false, true, false}}}}) {
    INFO("operator " << static_cast<int>(op));
    // A bucket is searched for among hashes, to a hundredth.
    if (row != nullptr && row->id == fact_id::bucket && op != compare_op::less && op != compare_op::greater)
      continue;
    asker ask(when(fact, {number(op, 20, 25)}));
    for (std::size_t i = 0; i < at.size(); ++i) {
      if (row != nullptr && row->id == fact_id::bucket && i == 1) continue;
      CHECK(ask(fact, 10.0 * static_cast<double>(i + 1)) == (at[i] ? truth::yes : truth::no));
    }
    if (may_be_missing(row)) CHECK(ask(fact, std::monostate{}) == of_nothing(row));
  }
}

void check_text(const std::string& fact, const fact_info* row) {
  // A model name must be known to have a plan at all.
  const bool model = row != nullptr && row->id == fact_id::model;
  const auto* right = model ? "auto" : "right";
  const auto* wrong = model ? "phone/small" : "wrong";
  for (const auto& wanted :
       {std::string(right), std::string(right).substr(0, 2) + "*", "*" + std::string(right).substr(2)}) {
    INFO(wanted);
    asker ask(when(fact, {word(wanted)}));
    CHECK(ask(fact, text(right)) == truth::yes);
    CHECK(ask(fact, text(wrong)) == truth::no);
    if (may_be_missing(row)) CHECK(ask(fact, std::monostate{}) == of_nothing(row));
  }
}

void check_clock(const std::string& fact, const config::test_value& wanted, const char* right,
                 const char* wrong) {
  asker ask(when(fact, {wanted}));
  CHECK(ask(fact, text(right)) == truth::yes);
  CHECK(ask(fact, text(wrong)) == truth::no);
}

void check_header() {
  for (const bool prefix : {false, true}) {
    asker ask(when("header", {config::header_test{"x-app", "glasses", prefix}}));
    CHECK(ask("header:X-App", text("glasses")) == truth::yes);
    CHECK(ask("header:x-app", text("glasses-2")) == (prefix ? truth::yes : truth::no));
    CHECK(ask("header:x-app", text("phone")) == truth::no);
    CHECK(ask("header:x-app", std::monostate{}) == truth::no);
  }
}

}  // namespace

TEST_CASE("every fact answers every operator with yes, no and, where it can be so, unknown", "[routes][P3]") {
  REQUIRE(known_facts().size() == 28);
  for (const auto& row : known_facts()) {
    const std::string fact(row.name);
    INFO(fact);
    switch (row.shape) {
      case fact_shape::flag:
        check_flag(fact, &row);
        break;
      case fact_shape::choice:
        check_choice(fact, row);
        break;
      case fact_shape::number:
        check_number(fact, &row);
        break;
      case fact_shape::text:
        check_text(fact, &row);
        break;
      case fact_shape::window:
        check_clock(fact, config::time_window{22 * 60, 6 * 60, "Europe/Berlin"}, "23:30", "21:59");
        break;
      case fact_shape::weekday:
        check_clock(fact, word("fri-mon Europe/Berlin"), "sun", "tue");
        check_clock(fact, word("fri-mon"), "sun", "tue");
        break;
      case fact_shape::header:
        check_header();
        break;
    }
  }
}

TEST_CASE("declared facts answer like the known ones, and are unknown until somebody says", "[routes][P3]") {
  check_flag("worn", nullptr);
  check_number("noise", nullptr);
  check_text("room", nullptr);
}
