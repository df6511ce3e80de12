#include "providers/io.hpp"

#include <boost/asio/steady_timer.hpp>

#include <catch2/catch_test_macros.hpp>

#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace nearfar::providers;
using namespace std::chrono_literals;

task<int> ready(int value) {
  co_return value;
}

task<std::unique_ptr<int>> moved(int value) {
  auto out = std::make_unique<int>(co_await ready(value));
  co_return out;
}

task<void> fails() {
  (void)co_await ready(1);
  throw std::runtime_error("broken");
}

task<bool> nap(std::chrono::milliseconds time) {
  timer clock(co_await asio::this_coro::executor, time);
  const auto [ec] = co_await clock.async_wait(use_result);
  co_return !ec;
}

// Notes when it goes.
struct witness {
  std::vector<std::string>* notes;
  std::string name;
  witness(std::vector<std::string>& to, std::string as) : notes(&to), name(std::move(as)) {}
  witness(const witness&) = delete;
  ~witness() { notes->push_back(name); }
};

task<void> waits_for_ever(std::vector<std::string>& notes) {
  const witness inner(notes, "inner");
  timer clock(co_await asio::this_coro::executor, std::chrono::hours(1));
  (void)co_await clock.async_wait(use_result);
  notes.emplace_back("answered");
}

task<void> around(std::vector<std::string>& notes) {
  const witness outer(notes, "outer");
  co_await waits_for_ever(notes);
}

task<long> many_at_once(int rounds) {
  long sum = 0;
  for (int i = 0; i < rounds; ++i) sum += co_await ready(1);
  co_return sum;
}

}  // namespace

TEST_CASE("a task gives its value to whoever awaits it, and its exception") {
  asio::io_context io{1};
  int got = 0;
  bool slept = false;
  std::string why;
  spawn(
      io,
      [](int& to, bool& nap_ended, std::string& failure) -> task<void> {
        to = *co_await moved(7);
        nap_ended = co_await nap(1ms);
        try {
          co_await fails();
        } catch (const std::runtime_error& e) {
          failure = e.what();
        }
      }(got, slept, why),
      [](const std::exception_ptr& e) { CHECK(!e); });
  io.run();
  CHECK(got == 7);
  CHECK(slept);
  CHECK(why == "broken");
}

TEST_CASE("what escapes a spawned task is its handler's, never inside spawn itself") {
  asio::io_context io{1};
  std::vector<std::string> notes;
  asio::post(io, [&] {
    spawn(io, fails(), [&](const std::exception_ptr& e) { notes.emplace_back(e ? "failed" : "ended"); });
    notes.emplace_back("spawned");
  });
  io.run();
  CHECK(notes == std::vector<std::string>{"spawned", "failed"});
}

TEST_CASE("a spawned task begins at once inside its loop") {
  asio::io_context io{1};
  bool begun = false;
  bool seen = false;
  asio::post(io, [&] {
    spawn(io, [](bool& flag) -> task<void> {
      flag = true;
      (void)co_await nap(1ms);
    }(begun));
    seen = begun;
  });
  io.run();
  CHECK(seen);
}

TEST_CASE("a loop that ends destroys the tasks that wait in it, inside out") {
  std::vector<std::string> notes;
  {
    asio::io_context io{1};
    spawn(io, around(notes), [&](const std::exception_ptr&) { notes.emplace_back("handler"); });
    io.run_for(5ms);
    CHECK(notes.empty());
  }
  CHECK(notes == std::vector<std::string>{"inner", "outer"});
}

TEST_CASE(
    "a task that was never begun is destroyed with its loop, and one that nobody awaits with its owner") {
  std::vector<std::string> notes;
  const auto holding = [](std::unique_ptr<witness>) -> task<void> { co_return; };
  {
    asio::io_context io{1};
    spawn(io, holding(std::make_unique<witness>(notes, "spawned")));
  }
  {
    const auto unawaited = holding(std::make_unique<witness>(notes, "owned"));
  }
  CHECK(notes == std::vector<std::string>{"spawned", "owned"});
}

TEST_CASE("calls that are ready at once need no stack") {
  asio::io_context io{1};
  long sum = 0;
  spawn(io, [](long& to) -> task<void> { to = co_await many_at_once(1'000'000); }(sum));
  io.run();
  CHECK(sum == 1'000'000);
}

TEST_CASE("a task is spawned from another thread") {
  asio::io_context io{1};
  const auto work = asio::make_work_guard(io);
  std::thread::id ran;
  bool ended = false;
  std::thread loop([&] { io.run(); });
  const auto expected = loop.get_id();
  spawn(
      io,
      [](std::thread::id& to) -> task<void> {
        (void)co_await nap(1ms);
        to = std::this_thread::get_id();
      }(ran),
      [&](const std::exception_ptr&) {
        ended = true;
        io.stop();
      });
  loop.join();
  CHECK(ended);
  CHECK(ran == expected);
}

TEST_CASE("frames of every size are aligned, and may end on another thread") {
  std::vector<std::pair<void*, std::size_t>> taken;
  for (std::size_t size = 1; size < 12'000; size += 61) {
    taken.emplace_back(take_frame(size), size);
    CHECK(reinterpret_cast<std::uintptr_t>(taken.back().first) % __STDCPP_DEFAULT_NEW_ALIGNMENT__ == 0);
    std::fill_n(static_cast<unsigned char*>(taken.back().first), size, static_cast<unsigned char>(size));
  }
  for (const auto& [at, size] : taken)
    CHECK(static_cast<unsigned char*>(at)[size - 1] == static_cast<unsigned char>(size));
  std::thread([&] {
    for (const auto& [at, size] : taken) give_frame(at, size);
  }).join();
}
