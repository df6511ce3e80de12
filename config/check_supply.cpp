// Conditions on facts that nothing will ever say, or nothing has yet been told to say.
#include "config/check.hpp"
#include "config/codes.hpp"
#include "config/conditions.hpp"
#include "config/fact_table.hpp"
#include "config/supply.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace nearfar::config {

namespace {

// What a condition may come to, one bit each: no, unknown, yes.
using outcomes = std::uint8_t;
constexpr outcomes no = 1;
constexpr outcomes unknown = 2;
constexpr outcomes yes = 4;

template <class Pick>
outcomes combined(outcomes a, outcomes b, const Pick& pick) {
  outcomes out = 0;
  for (unsigned i = 0; i < 3; ++i) {
    for (unsigned j = 0; j < 3; ++j) {
      if ((a >> i & 1U) != 0 && (b >> j & 1U) != 0) out = static_cast<outcomes>(out | 1U << pick(i, j));
    }
  }
  return out;
}

outcomes of_test(const configuration& c, const fact_test& test) {
  switch (supply_of(c, test.fact)) {
    case supply::pushed:
      return unknown;
    case supply::sure:
    case supply::foreseen:
      break;
  }
  return no | unknown | yes;
}

outcomes of(const configuration& c, const condition& when) {
  switch (when.kind) {
    case condition_kind::always:
      return yes;
    case condition_kind::test:
      return of_test(c, when.test);
    case condition_kind::negate:
      return combined(of(c, when.children.front()), no, [](unsigned i, unsigned) { return 2 - i; });
    case condition_kind::all:
    case condition_kind::any:
      break;
  }
  const bool all = when.kind == condition_kind::all;
  outcomes sum = all ? yes : no;
  for (const auto& child : when.children) {
    sum = combined(sum, of(c, child),
                   [&](unsigned i, unsigned j) { return all ? std::min(i, j) : std::max(i, j); });
  }
  return sum;
}

// What holds on an ordinary day.
std::string_view usual_value(std::string_view fact) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 5> usual{{
      {"metered", "false"},
      {"roaming", "false"},
      {"battery", "100%"},
      {"charging", "true"},
      {"thermal", "nominal"},
  }};
  for (const auto& [name, value] : usual) {
    if (name == fact) return value;
  }
  return "unknown";
}

class supply_check {
 public:
  supply_check(const configuration& c, diagnostics& out) : c_(c), out_(out) {}

  void guard_when(const guard& g) {
    const auto all = of(c_, g.when);
    const auto subject = fmt::format("guard `{}`", g.name);
    walk(g.when, false, [&](const fact_test& test, bool) {
      if (supply_of(c_, test.fact) != supply::pushed) return;
      warn(test, not_pushed(test, subject,
                            (all & no) == 0 ? "the guard always applies" : "this part counts as met"));
    });
  }

  // The wall stands all the same: no warning, but whoever is meant to be exempt is not.
  void guard_unless(const guard& g) {
    const auto all = of(c_, *g.unless);
    walk(*g.unless, false, [&](const fact_test& test, bool negated) {
      if (supply_of(c_, test.fact) != supply::pushed) return;
      const auto effect = (all & yes) == 0 ? "nobody is exempt" : part(negated);
      const auto subject = fmt::format("`unless` of guard `{}`", g.name);
      const auto found = not_pushed(test, subject, effect);
      out_.note(code::nothing_supplies, test.where, found.first, found.second);
    });
  }

 private:
  using finding = std::pair<std::string, std::string>;  // message and help

  static std::string part(bool negated) {
    return negated ? "this part always holds" : "this part never holds";
  }

  static finding not_pushed(const fact_test& test, std::string_view subject, std::string_view effect) {
    return {fmt::format("{} asks for `{}`, which nothing on this machine supplies", subject, test.fact),
            fmt::format("until it is pushed to PUT /admin/facts, {}; or say what holds without: "
                        "`facts: {{{}: {{if_unsensed: {}}}}}`",
                        effect, test.fact, usual_value(test.fact))};
  }

  void warn(const fact_test& test, const finding& found) {
    out_.warning(code::nothing_supplies, test.where, found.first, found.second);
  }

  const configuration& c_;
  diagnostics& out_;
};

}  // namespace

void advise_on_supply(const configuration& c, diagnostics& out) {
  supply_check check(c, out);
  for (const auto& g : c.guards) {
    check.guard_when(g);
    if (g.unless) check.guard_unless(g);
  }
}

}  // namespace nearfar::config
