#include "providers/http/deadline.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

using namespace nearfar::providers;
using namespace std::chrono_literals;

namespace {

struct queue {
  asio::io_context io{1};
  deadline_queue deadlines{io.get_executor()};
};

}  // namespace

TEST_CASE("deadlines fire in the order of their times, whatever the order they were set in") {
  queue q;
  std::string fired;
  deadline a(q.deadlines, [&] { fired += 'a'; });
  deadline b(q.deadlines, [&] { fired += 'b'; });
  const auto now = std::chrono::steady_clock::now();
  a.set(now + 4ms);
  b.set(now + 2ms);
  q.io.run();
  CHECK(fired == "ba");
  CHECK(!a.is_set());
}

TEST_CASE("a deadline that was moved fires once, at its new time") {
  queue q;
  std::string fired;
  deadline later(q.deadlines, [&] { fired += 'l'; });
  deadline sooner(q.deadlines, [&] { fired += 's'; });
  deadline between(q.deadlines, [&] { fired += 'b'; });
  const auto now = std::chrono::steady_clock::now();
  later.set(now + 1ms);
  later.set(now + 6ms);
  between.set(now + 4ms);
  sooner.set(now + 1h);
  sooner.set(now + 2ms);
  q.io.run();
  CHECK(fired == "sbl");
}

TEST_CASE("a dropped or dead deadline never fires, not even when it was due") {
  queue q;
  std::string fired;
  std::optional<deadline> dead;
  deadline dropped(q.deadlines, [&] { fired += 'x'; });
  deadline first(q.deadlines, [&] {
    fired += 'f';
    dropped.drop();
    dead.reset();
  });
  dead.emplace(q.deadlines, [&] { fired += 'x'; });
  const auto past = std::chrono::steady_clock::now() - 1s;
  first.set(past - 1s);
  dropped.set(past);
  dead->set(past);
  CHECK(fired.empty());
  q.io.run();
  CHECK(fired == "f");
}

TEST_CASE("a handler may set its own deadline again, also to the past") {
  queue q;
  int times = 0;
  std::optional<deadline> d;
  d.emplace(q.deadlines, [&] {
    if (++times < 3) d->set(std::chrono::steady_clock::now() - 1s);
  });
  d->set_after(0s);
  q.io.run();
  CHECK(times == 3);
}

TEST_CASE("a handler may destroy its own deadline") {
  queue q;
  int times = 0;
  auto d = std::make_unique<std::optional<deadline>>();
  d->emplace(q.deadlines, [&] {
    ++times;
    d->reset();
  });
  (*d)->set_after(0s);
  q.io.run();
  CHECK(times == 1);
}

TEST_CASE("with no deadline set the loop has nothing to wait for", "[P8]") {
  queue q;
  deadline d(q.deadlines, [] {});
  CHECK(q.io.run() == 0);
  q.io.restart();
  d.set_after(0s);
  q.io.run();
  q.io.restart();
  CHECK(q.io.run() == 0);
}

TEST_CASE("at rest the loop waits neither for dropped deadlines nor for moved ones that were dropped",
          "[P8]") {
  queue q;
  bool fired = false;
  deadline kept(q.deadlines, [&] { fired = true; });
  {
    deadline dropped(q.deadlines, [] { FAIL("it was dropped"); });
    deadline moved(q.deadlines, [] { FAIL("it was moved and dropped"); });
    dropped.set_after(1h);
    moved.set_after(1h);
    moved.set_after(2h);
    kept.set_after(3h);
    dropped.drop();
    moved.drop();
    CHECK(!moved.is_set());
    q.deadlines.rest();  // one is still set
    kept.drop();
    q.deadlines.rest();
    q.io.run();
  }
  q.io.restart();
  kept.set_after(0s);
  q.io.run();
  CHECK(fired);
}

TEST_CASE("a deadline that is moved to later again and again wakes the loop at its first time only") {
  queue q;
  int fired = 0;
  deadline clock(q.deadlines, [&] { ++fired; });
  const auto now = std::chrono::steady_clock::now();
  for (int i = 1; i <= 1000; ++i) clock.set(now + i * 10us);
  CHECK(q.io.run() <= 2);
  CHECK(fired == 1);
}

TEST_CASE("a deadline may outlive its queue") {
  asio::io_context io{1};
  std::optional<deadline_queue> queue(io.get_executor());
  deadline d(*queue, [] { FAIL("fired without a queue"); });
  d.set_after(0s);
  queue.reset();
  io.run();
  d.set_after(0s);
  d.drop();
}

TEST_CASE("a thousand deadlines, moved and dropped at random, fire in order") {
  queue q;
  std::mt19937 random(7);
  const auto base = std::chrono::steady_clock::now() - 1h;
  std::vector<std::chrono::steady_clock::time_point> fired;
  std::vector<std::unique_ptr<deadline>> all;
  std::vector<std::chrono::steady_clock::time_point> at(1000);
  for (std::size_t i = 0; i < at.size(); ++i) {
    all.push_back(std::make_unique<deadline>(q.deadlines, [&, i] { fired.push_back(at[i]); }));
  }
  std::size_t left = 0;
  for (int round = 0; round < 5; ++round) {
    for (std::size_t i = 0; i < at.size(); ++i) {
      if (random() % 4 == 0) {
        all[i]->drop();
      } else {
        at[i] = base + std::chrono::milliseconds(random() % 100'000);
        all[i]->set(at[i]);
      }
    }
  }
  for (const auto& d : all) left += d->is_set() ? 1 : 0;
  q.io.run();
  CHECK(fired.size() == left);
  CHECK(std::is_sorted(fired.begin(), fired.end()));
}
