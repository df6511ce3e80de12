#include "providers/device/supervisor.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>

using namespace nearfar::providers;
using namespace std::chrono_literals;
using nearfar::routes::instant;
using nearfar::routes::millis;
using action = device_action_kind;
using event = device_event_kind;

namespace {

constexpr auto never = instant::max();

supervisor_settings short_settings() {
  supervisor_settings s;
  s.keep = 10s;
  s.health_every = 50ms;
  s.term_grace = 2s;
  s.backoff_min = 500ms;
  s.backoff_max = 4s;
  s.load_limit = 5s;
  s.wait_backoff = 1s;
  return s;
}

// A supervisor with hands to feed it and a clock that moves by hand.
struct bench {
  supervisor machine{short_settings()};
  instant now{1h};
  std::vector<device_action> last;

  std::vector<action> feed(event kind, std::string detail = {}) {
    last.clear();
    machine.feed({kind, std::move(detail)}, now, last);
    std::vector<action> kinds;
    for (const auto& a : last) {
      if (a.kind != action::log) kinds.push_back(a.kind);
    }
    return kinds;
  }
  std::vector<action> wait(millis time, event kind, std::string detail = {}) {
    now += time;
    return feed(kind, std::move(detail));
  }
  // To the moment it asked for.
  std::vector<action> wake() {
    REQUIRE(machine.wake_at() != never);
    now = std::max(now, machine.wake_at());
    return feed(event::timer);
  }
  std::string told() const {
    for (const auto& a : last) {
      if (a.kind == action::tell_failed) return a.detail;
    }
    return {};
  }
  void make_ready() {
    feed(event::wanted);
    feed(event::spawned);
    wake();
    REQUIRE(feed(event::healthy) == std::vector{action::tell_ready});
    REQUIRE(machine.state() == device_state::ready);
  }
  void make_idle() {
    make_ready();
    feed(event::released);
  }
  // Fails to load once more, after the pause.
  void fail_loading() {
    REQUIRE(feed(event::wanted) == std::vector{action::spawn});
    feed(event::spawned);
    feed(event::exited, "exit status 1");
    feed(event::released);
    REQUIRE(machine.state() == device_state::failed);
  }
};

using none = std::vector<action>;

}  // namespace

TEST_CASE("nothing happens until somebody wants it", "[device][P8]") {
  bench b;
  CHECK(b.machine.state() == device_state::stopped);
  CHECK(b.machine.wake_at() == never);
  CHECK(b.feed(event::timer) == none{});
  CHECK(b.feed(event::released) == none{});
  CHECK(b.feed(event::evict) == none{});
  CHECK(b.feed(event::hung) == none{});
  CHECK(b.machine.state() == device_state::stopped);
}

TEST_CASE("the first query starts it, health makes it ready and wakes who waits", "[device][P1]") {
  bench b;
  CHECK(b.feed(event::wanted) == std::vector{action::spawn});
  CHECK(b.machine.state() == device_state::starting);
  CHECK(b.machine.wake_at() == never);
  CHECK(b.feed(event::wanted) == none{});
  CHECK(b.feed(event::spawned) == none{});
  CHECK(b.machine.has_process());
  CHECK(b.machine.wake_at() == b.now + 10ms);
  CHECK(b.wake() == std::vector{action::check_health});
  CHECK(b.feed(event::unhealthy, "refused") == none{});
  CHECK(b.machine.wake_at() > b.now);
  CHECK(b.wake() == std::vector{action::check_health});
  CHECK(b.feed(event::healthy) == std::vector{action::tell_ready});
  CHECK(b.machine.state() == device_state::ready);
  CHECK(b.machine.busy() == 2);
  CHECK(b.machine.wake_at() == never);
}

TEST_CASE("checks while loading grow rarer, up to the limit", "[device]") {
  bench b;
  b.feed(event::wanted);
  b.feed(event::spawned);
  const auto began = b.now;
  millis last_pause{0};
  while (b.now < began + 2s) {
    const auto before = b.now;
    REQUIRE(b.wake() == std::vector{action::check_health});
    const auto pause = std::chrono::duration_cast<millis>(b.now - before);
    CHECK(pause >= last_pause);
    CHECK(pause <= 50ms);
    last_pause = pause;
    b.feed(event::unhealthy, "status 503");
  }
  CHECK(last_pause == 50ms);
}

TEST_CASE("only one health check is under way at a time", "[device]") {
  bench b;
  b.make_ready();
  CHECK(b.feed(event::hung) == std::vector{action::check_health});
  CHECK(b.feed(event::hung) == none{});
  CHECK(b.feed(event::healthy) == none{});
  CHECK(b.machine.state() == device_state::ready);
  CHECK(b.feed(event::hung) == std::vector{action::check_health});
}

TEST_CASE("a query to a ready server is served at once", "[device]") {
  bench b;
  b.make_idle();
  CHECK(b.wait(3s, event::wanted) == std::vector{action::tell_ready});
  CHECK(b.machine.wake_at() == never);
  CHECK(b.machine.busy() == 1);
}

TEST_CASE("it is unloaded when idle for its time and no earlier", "[device][P8]") {
  bench b;
  b.make_idle();
  CHECK(b.machine.wake_at() == b.now + 10s);
  CHECK(b.wait(9s, event::timer) == none{});
  CHECK(b.machine.state() == device_state::ready);
  CHECK(b.wait(1s, event::timer) == std::vector{action::close_connections, action::send_term});
  CHECK(b.machine.state() == device_state::stopping);
  CHECK(b.wait(10ms, event::exited, "exit status 0") == none{});
  CHECK(b.machine.state() == device_state::stopped);
  CHECK(b.machine.failures() == 0);
  CHECK(b.machine.wake_at() == never);
}

TEST_CASE("a busy server is never unloaded and never evicted", "[device]") {
  bench b;
  b.make_ready();
  CHECK(b.wait(24h, event::timer) == none{});
  CHECK(b.feed(event::evict) == none{});
  CHECK(b.machine.state() == device_state::ready);
  b.feed(event::released);
  CHECK(b.feed(event::evict) == std::vector{action::close_connections, action::send_term});
}

TEST_CASE("a load that somebody waits for is not evicted, one that nobody waits for is", "[device]") {
  bench b;
  b.feed(event::wanted);
  b.feed(event::spawned);
  CHECK(b.feed(event::evict) == none{});
  b.feed(event::released);
  CHECK(b.machine.state() == device_state::starting);
  CHECK(b.feed(event::evict) == std::vector{action::close_connections, action::send_term});
  CHECK(b.machine.state() == device_state::stopping);
}

TEST_CASE("a load goes on when its query gives up, and is idle when it is done", "[device]") {
  bench b;
  b.feed(event::wanted);
  b.feed(event::spawned);
  b.feed(event::released);
  b.wake();
  b.feed(event::healthy);
  CHECK(b.machine.state() == device_state::ready);
  CHECK(b.machine.wake_at() == b.now + 10s);
}

TEST_CASE("a start that still waits for memory ends with its last query", "[device]") {
  bench b;
  b.feed(event::wanted);
  b.feed(event::wanted);
  b.feed(event::released);
  CHECK(b.machine.state() == device_state::starting);
  b.feed(event::released);
  CHECK(b.machine.state() == device_state::stopped);
  // Too late: nobody wants it any more.
  CHECK(b.feed(event::spawned) == std::vector{action::send_kill});
  CHECK(b.machine.state() == device_state::stopping);
  b.feed(event::exited, "signal 9");
  CHECK(b.machine.state() == device_state::stopped);
}

TEST_CASE("a failed spawn tells who waits and pauses before the next", "[device][P1]") {
  bench b;
  b.feed(event::wanted);
  CHECK(b.feed(event::spawn_failed, "no such file") == std::vector{action::tell_failed});
  CHECK(b.told() == "no such file");
  CHECK(b.machine.state() == device_state::failed);
  CHECK(b.machine.retry_at() == b.now + 500ms);
}

TEST_CASE("a crash while loading tells who waits, with the reason", "[device][P1]") {
  bench b;
  b.feed(event::wanted);
  b.feed(event::spawned);
  CHECK(b.feed(event::exited, "exit status 1: bad model") == std::vector{action::tell_failed});
  CHECK(b.told() == "ended while loading: exit status 1: bad model");
  CHECK(b.machine.last_failure() == b.told());
  CHECK(b.machine.state() == device_state::failed);
  CHECK_FALSE(b.machine.has_process());
}

TEST_CASE("a crash alone restarts nothing", "[device][P8]") {
  bench b;
  b.make_idle();
  CHECK(b.feed(event::exited, "signal 9") == std::vector{action::close_connections, action::tell_failed});
  CHECK(b.machine.state() == device_state::failed);
  CHECK(b.machine.wake_at() == never);
}

TEST_CASE("the first restart of a server that had been ready needs no pause", "[device][P1]") {
  bench b;
  b.make_ready();
  b.feed(event::exited, "signal 11");
  b.feed(event::released);
  CHECK(b.feed(event::wanted) == std::vector{action::spawn});
}

TEST_CASE("a server that breaks at every query is started ever more rarely", "[device]") {
  bench b;
  std::vector<millis> pauses;
  for (int i = 0; i < 6; ++i) {
    b.make_ready();
    b.feed(event::exited, "signal 11");
    b.feed(event::released);
    pauses.push_back(std::chrono::duration_cast<millis>(b.machine.retry_at() - b.now));
    b.now = b.machine.retry_at();
  }
  CHECK(pauses == std::vector<millis>{0ms, 1s, 2s, 4s, 4s, 4s});
}

TEST_CASE("failures are forgotten when a query ends on a living server", "[device]") {
  bench b;
  b.fail_loading();
  b.now = b.machine.retry_at();
  b.make_ready();
  CHECK(b.machine.failures() == 1);
  b.feed(event::released);
  CHECK(b.machine.failures() == 0);
}

TEST_CASE("loading failures back off exponentially up to the limit", "[device]") {
  bench b;
  std::vector<millis> pauses;
  for (int i = 0; i < 6; ++i) {
    b.fail_loading();
    pauses.push_back(std::chrono::duration_cast<millis>(b.machine.retry_at() - b.now));
    b.now = b.machine.retry_at();
  }
  CHECK(pauses == std::vector<millis>{500ms, 1s, 2s, 4s, 4s, 4s});
}

TEST_CASE("the backoff does not overflow after very many failures", "[device]") {
  bench b;
  for (int i = 0; i < 100; ++i) {
    b.fail_loading();
    CHECK(b.machine.retry_at() > b.now);
    CHECK(b.machine.retry_at() <= b.now + 4s);
    b.now = b.machine.retry_at();
  }
}

TEST_CASE("a query waits through a short pause and starts it when the pause is over", "[device][P1]") {
  bench b;
  b.fail_loading();
  CHECK(b.wait(100ms, event::wanted) == none{});
  CHECK(b.machine.state() == device_state::failed);
  // The supervisor must ask to be woken, or the query would wait for ever.
  REQUIRE(b.machine.wake_at() == b.machine.retry_at());
  CHECK(b.wake() == std::vector{action::spawn});
  CHECK(b.machine.state() == device_state::starting);
}

TEST_CASE("a query does not wait through a long pause: it moves on", "[device][P1]") {
  bench b;
  for (int i = 0; i < 3; ++i) {
    b.fail_loading();
    b.now = b.machine.retry_at();
  }
  b.fail_loading();
  CHECK(b.wait(100ms, event::wanted) == std::vector{action::tell_failed});
  CHECK(b.told() == "ended while loading: exit status 1");
  b.feed(event::released);
  // But as the pause ends, one may wait again.
  b.now = b.machine.retry_at() - 200ms;
  CHECK(b.feed(event::wanted) == none{});
  CHECK(b.wake() == std::vector{action::spawn});
}

TEST_CASE("a query that leaves during the pause starts nothing", "[device][P8]") {
  bench b;
  b.fail_loading();
  b.feed(event::wanted);
  b.feed(event::released);
  b.now = b.machine.retry_at();
  CHECK(b.feed(event::timer) == none{});
  CHECK(b.machine.state() == device_state::failed);
}

TEST_CASE("a server that answers nothing is checked, killed, and started again for the next",
          "[device][P1]") {
  bench b;
  b.make_ready();
  CHECK(b.feed(event::hung) == std::vector{action::check_health});
  b.feed(event::released);
  CHECK(b.wait(2s, event::unhealthy, "no answer") ==
        std::vector{action::close_connections, action::send_kill, action::tell_failed});
  CHECK(b.machine.state() == device_state::stopping);
  CHECK(b.feed(event::wanted) == none{});
  CHECK(b.feed(event::exited, "signal 9") == none{});
  CHECK(b.machine.state() == device_state::failed);
  CHECK(b.machine.last_failure() == "hangs: no answer");
  CHECK(b.wake() == std::vector{action::spawn});
}

TEST_CASE("a release while a hang is checked does not count as a success", "[device]") {
  bench b;
  b.fail_loading();
  b.now = b.machine.retry_at();
  b.make_ready();
  b.feed(event::hung);
  b.feed(event::released);
  CHECK(b.machine.failures() == 1);
}

TEST_CASE("loading for too long is a failure, found by a check and not by the clock", "[device]") {
  bench b;
  b.feed(event::wanted);
  b.feed(event::spawned);
  SECTION("a check after the limit fails") {
    b.wait(6s, event::timer);
    CHECK(b.feed(event::unhealthy, "status 503") ==
          std::vector{action::close_connections, action::send_kill, action::tell_failed});
    CHECK(b.told() == "not ready in time: status 503");
    b.feed(event::exited, "signal 9");
    CHECK(b.machine.state() == device_state::failed);
    CHECK(b.machine.failures() == 1);
  }
  SECTION("the machine slept in the meantime and the model is there") {
    CHECK(b.wait(8h, event::timer) == std::vector{action::check_health});
    CHECK(b.feed(event::healthy) == std::vector{action::tell_ready});
  }
}

TEST_CASE("a query that comes while it stops gets a new process after the exit", "[device][P1]") {
  bench b;
  b.make_idle();
  b.wake();
  REQUIRE(b.machine.state() == device_state::stopping);
  CHECK(b.feed(event::wanted) == none{});
  CHECK(b.feed(event::exited, "exit status 0") == std::vector{action::spawn});
  CHECK(b.machine.state() == device_state::starting);
}

TEST_CASE("a query that came while it stops and left again gets none", "[device][P8]") {
  bench b;
  b.make_idle();
  b.wake();
  b.feed(event::wanted);
  b.feed(event::released);
  CHECK(b.feed(event::exited, "exit status 0") == none{});
  CHECK(b.machine.state() == device_state::stopped);
}

TEST_CASE("a server that heeds no SIGTERM gets SIGKILL after its grace, once", "[device]") {
  bench b;
  b.make_idle();
  b.wake();
  CHECK(b.machine.wake_at() == b.now + 2s);
  CHECK(b.wait(1999ms, event::timer) == none{});
  CHECK(b.wait(1ms, event::timer) == std::vector{action::send_kill});
  CHECK(b.machine.wake_at() == never);
  CHECK(b.wait(10s, event::timer) == none{});
  b.feed(event::exited, "signal 9");
  CHECK(b.machine.state() == device_state::stopped);
  CHECK(b.machine.failures() == 0);
}

TEST_CASE("shutdown stops a ready server, busy or not, and is final", "[device]") {
  bench b;
  b.make_ready();
  CHECK(b.feed(event::shutdown) ==
        std::vector{action::tell_failed, action::close_connections, action::send_term});
  CHECK(b.feed(event::shutdown) == none{});
  CHECK(b.wake() == std::vector{action::send_kill});
  CHECK(b.feed(event::exited, "signal 9") == none{});
  CHECK(b.machine.state() == device_state::stopped);
  CHECK(b.feed(event::wanted) == std::vector{action::tell_failed});
  CHECK(b.machine.state() == device_state::stopped);
}

TEST_CASE("shutdown wakes who waits, in every state", "[device]") {
  bench b;
  SECTION("while it waits for memory") {
    b.feed(event::wanted);
    CHECK(b.feed(event::shutdown) == std::vector{action::tell_failed});
    CHECK(b.machine.state() == device_state::stopped);
  }
  SECTION("while it loads") {
    b.feed(event::wanted);
    b.feed(event::spawned);
    CHECK(b.feed(event::shutdown) ==
          std::vector{action::tell_failed, action::close_connections, action::send_term});
  }
  SECTION("while it stops and is wanted again") {
    b.make_idle();
    b.wake();
    b.feed(event::wanted);
    CHECK(b.feed(event::shutdown) == std::vector{action::tell_failed});
    CHECK(b.feed(event::exited, "exit status 0") == none{});
    CHECK(b.machine.state() == device_state::stopped);
  }
  SECTION("during the pause after a failure") {
    b.fail_loading();
    b.feed(event::wanted);
    CHECK(b.feed(event::shutdown) == std::vector{action::tell_failed});
    CHECK(b.machine.wake_at() == never);
    CHECK(b.machine.state() == device_state::stopped);
  }
}

TEST_CASE("a hang found before shutdown does not delay the end", "[device]") {
  bench b;
  b.make_ready();
  b.feed(event::hung);
  b.feed(event::unhealthy, "no answer");
  b.feed(event::shutdown);
  CHECK(b.feed(event::exited, "signal 9") == none{});
  CHECK(b.machine.state() == device_state::stopped);
}

TEST_CASE("health answers of no concern change nothing", "[device]") {
  bench b;
  CHECK(b.feed(event::healthy) == none{});
  CHECK(b.feed(event::unhealthy, "refused") == none{});
  CHECK(b.machine.state() == device_state::stopped);
  b.make_idle();
  b.wake();
  CHECK(b.feed(event::healthy) == none{});
  CHECK(b.feed(event::unhealthy, "refused") == none{});
  CHECK(b.machine.state() == device_state::stopping);
}

TEST_CASE("a shorter idle time of a reload counts from the last use", "[device]") {
  bench b;
  b.make_idle();
  b.machine.change_keep(2s);
  CHECK(b.machine.wake_at() == b.now + 2s);
  b.wait(1s, event::wanted);
  b.machine.change_keep(1s);
  CHECK(b.machine.wake_at() == never);
}

TEST_CASE("every state has a name", "[device]") {
  CHECK(to_string(device_state::stopped) == "stopped");
  CHECK(to_string(device_state::starting) == "starting");
  CHECK(to_string(device_state::ready) == "ready");
  CHECK(to_string(device_state::stopping) == "stopping");
  CHECK(to_string(device_state::failed) == "failed");
}
