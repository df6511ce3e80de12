#include "routes/policy_tests.hpp"

#include "routes/compile.hpp"
#include "routes/selectors.hpp"
#include "routes/situation.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>

namespace nearfar::routes {
namespace {

std::string names_of(const policy& rules, const std::vector<target_index>& list) {
  std::vector<std::string_view> names;
  for (const auto t : list) names.push_back(rules.targets()[t].name);
  return names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "));
}

bool is_named(const policy& rules, target_index i, std::string_view wanted) {
  const auto& t = rules.targets()[i];
  return wanted == t.name ||
         wanted == rules.configuration().providers[t.provider].name + "/" + t.upstream_model;
}

class checker {
 public:
  checker(const policy& rules, test_result& out) : rules_(rules), test_(*out.test), out_(out) {}

  void compare(const query& asked, const plan& p, const trace& why) {
    const auto came = answer_of(p, why);
    out_.target = came.order.empty() ? "none" : rules_.targets()[came.order.front()].name;
    out_.rule = rules_.rule_name(p.rule);
    if (test_.target) target(*test_.target, came, asked, p, why);
    if (test_.rule && *test_.rule != out_.rule) wrong("rule", *test_.rule, out_.rule);
    if (test_.attempts && *test_.attempts != rules_.attempts(p.attempts).name) {
      wrong("attempts", *test_.attempts, rules_.attempts(p.attempts).name);
    }
    if (!test_.plan.empty()) order(came.order);
    // What momentary filters hold back may still be tried later, so `never` looks at all of the plan.
    for (std::size_t i = 0; i < p.size && !test_.never.empty(); ++i) {
      const auto& t = rules_.targets()[p.order[i]];
      if (matches(test_.never, t, rules_.configuration()) == truth::no) continue;
      fail(fmt::format("`{}` is in the plan, though `never` forbids it", t.name), "");
    }
  }

 private:
  void target(const std::string& wanted, const answer& came, const query& asked, const plan& p,
              const trace& why) {
    const bool right = came.order.empty() ? wanted == "none" : is_named(rules_, came.order.front(), wanted);
    if (right) return;
    if (!came.order.empty()) return wrong("target", wanted, out_.target);
    if (came.held_back)
      return fail(fmt::format("expected target `{}`, but every target is out of reach", wanted), "");
    fail(fmt::format("expected target `{}`, but the query is refused", wanted),
         explain_empty(rules_, asked, p, why).message);
  }

  void order(const std::vector<target_index>& tried) {
    const auto same = [&](target_index t, const std::string& wanted) { return is_named(rules_, t, wanted); };
    if (std::equal(tried.begin(), tried.end(), test_.plan.begin(), test_.plan.end(), same)) return;
    fail(fmt::format("expected plan {}, came {}", fmt::join(test_.plan, ", "), names_of(rules_, tried)), "");
  }

  void wrong(std::string_view what, std::string_view wanted, std::string_view came) {
    fail(fmt::format("expected {} `{}`, came `{}`", what, wanted, came), "");
  }

  void fail(std::string message, std::string help) {
    out_.failures.push_back({std::move(message), std::move(help)});
  }

  const policy& rules_;
  const config::policy_test& test_;
  test_result& out_;
};

// False: the test is wrong itself.
bool prepare(const config::policy_test& test, situation& s, test_result& out) {
  const auto mistaken = [&](config::mark where, std::string what, std::string help = {}) {
    out.mistake = std::move(what);
    out.mistake_help = std::move(help);
    out.mistake_at = where;
    return false;
  };
  for (const auto& given : test.given) {
    const auto value = std::visit([](const auto& v) { return given_value{v}; }, given.value);
    switch (s.give(given.fact, value)) {
      case situation::outcome::taken:
        break;
      case situation::outcome::unfit:
        return mistaken(given.where, fmt::format("value does not fit the fact `{}`", given.fact));
      case situation::outcome::unknown_fact:
        return mistaken(given.where, fmt::format("unknown fact `{}`", given.fact));
    }
  }
  for (const auto& name : test.down) {
    if (!s.take_down(name))
      return mistaken(test.where, fmt::format("`down` names no provider and no target: `{}`", name));
  }
  if (s.model().empty())
    return mistaken(test.where, fmt::format("test `{}` gives no model", test.name), "add `model` to `given`");
  return true;
}

}  // namespace

test_result run_policy_test(const policy& rules, const config::policy_test& test) {
  test_result out;
  out.test = &test;
  situation s(rules);
  if (!prepare(test, s, out)) return out;
  plan p;
  const auto why = std::make_unique<trace>();
  const auto in = s.input();
  evaluate(in, p, *why);
  checker(rules, out).compare(in.asked, p, *why);
  return out;
}

std::vector<test_result> policy_test_results(const policy& rules) {
  std::vector<test_result> out;
  for (const auto& test : rules.configuration().tests) out.push_back(run_policy_test(rules, test));
  return out;
}

void run_policy_tests(const policy& rules, compile_log& log) {
  // A start without the network must not fail for a test of models that nobody has listed yet.
  const auto& providers = rules.configuration().providers;
  const auto unlisted = std::find_if(providers.begin(), providers.end(),
                                     [](const auto& p) { return p.discover && !p.listed_at; });
  const auto say = [&](std::string code, config::mark where, std::string message, std::string help) {
    if (unlisted == providers.end()) {
      log.error(std::move(code), where, std::move(message), std::move(help));
    } else {
      log.warning(
          std::move(code), where, std::move(message),
          fmt::format("what `{}` serves is not known yet: the test counts once it is", unlisted->name));
    }
  };
  for (const auto& result : policy_test_results(rules)) {
    if (!result.mistake.empty()) say("R011", result.mistake_at, result.mistake, result.mistake_help);
    for (const auto& one : result.failures) {
      say("R010", result.test->where, fmt::format("test `{}` failed: {}", result.test->name, one.message),
          one.help);
    }
  }
}

}  // namespace nearfar::routes
