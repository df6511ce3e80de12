// The configuration reader and the compiler behind it: any text gives either a policy or errors that point
// into it, and a policy answers for every name it lists.
#include "tests/fuzz/targets.hpp"

#include "config/load.hpp"
#include "routes/policy.hpp"
#include "routes/situation.hpp"

#include <string>

namespace nearfar::fuzz {

namespace {

void answers_for_every_name(const routes::policy& rules) {
  routes::plan plan;
  routes::trace why;
  for (const auto& name : rules.public_names()) {
    routes::situation asked(rules);
    require(asked.give("model", std::string(name)) == routes::situation::outcome::taken,
            "a listed name is taken");
    routes::evaluate(asked.input(), plan, why);
    require(plan.size <= why.candidates, "a plan holds candidates only");
    if (plan.size == 0)
      require(!routes::explain_empty(rules, asked.input().asked, plan, why).message.empty(),
              "a refusal says why");
  }
}

}  // namespace

void config(std::string_view bytes) {
  if (bytes.size() > 64 * 1024) return;
  auto loaded = nearfar::config::load_text(std::string{bytes}, "fuzz.yaml", "/");
  require((loaded.value == nullptr) == loaded.found.has_errors(), "a configuration or errors, never both");
  for (const auto& each : loaded.found.all()) {
    require(!each.code.empty() && !each.message.empty(), "a finding has a code and says what");
    require(each.where.line >= 0 && each.where.column >= 0 && each.where.length >= 0, "its place is a place");
  }
  require(
      loaded.found.all().empty() || !loaded.found.render(nearfar::config::diagnostics::style::plain).empty(),
      "findings can be shown");
  if (!loaded.value) return;
  const auto policy = routes::policy::compile(loaded.value, loaded.found);
  require(policy != nullptr || loaded.found.has_errors(), "a policy or errors");
  if (policy) answers_for_every_name(*policy);
}

}  // namespace nearfar::fuzz
