// One query on its way through its attempts, for the tests.
#pragma once

#include "routes/attempt_sequence.hpp"
#include "tests/unit/routes/make.hpp"

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace nearfar::routes::test {

inline error seen(error_kind kind, std::string context = "said so", int status = 0,
                  std::optional<millis> retry_after = {}) {
  auto e = make_error(kind, std::move(context));
  e.status = status;
  e.retry_after = retry_after;
  return e;
}

// A query under way: a plan, a sequence and a clock of its own.
struct run : scene {
  explicit run(config::configuration c = three_tiers(), std::optional<millis> deadline = {},
               retry_budget* retries = nullptr)
      : scene(good(std::move(c))) {
    evaluate();
    sequence.emplace(*rules, out, now, deadline, retries);
  }

  step next() { return sequence->next(in()); }

  // The next attempt must go there; sleeps as told before it.
  step expect(std::string_view target) {
    auto s = next();
    for (int i = 0; s.kind == step_kind::wait && i < 100; ++i) {
      now += s.delay;
      s = next();
    }
    INFO(s.message);
    REQUIRE(s.kind == step_kind::attempt);
    CHECK(rules->targets()[s.target].name == target);
    return s;
  }

  void fail(std::string_view target, const error& e) { sequence->failed(find(target), e, now); }
  void expect_and_fail(std::string_view target, const error& e) {
    expect(target);
    fail(target, e);
  }

  step expect_end(int status, std::string_view code) {
    const auto s = next();
    CHECK(s.kind == step_kind::give_up);
    CHECK(s.status == status);
    CHECK(s.code == code);
    return s;
  }

  std::optional<attempt_sequence> sequence;
};

inline config::configuration only(std::initializer_list<const char*> entries) {
  auto c = three_tiers();
  c.models[0].entries.assign(entries.begin(), entries.end());
  return c;
}

inline config::configuration with_total(config::configuration c, unsigned total) {
  config::attempts_entry e;
  e.name = "default";
  e.total = total;
  c.attempts = {e};
  return c;
}

inline bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace nearfar::routes::test
