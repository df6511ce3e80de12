// The tier with scripts in the place of llama-server: everything that needs no model.
#include "providers/device/device_tier.hpp"

#include "tests/unit/providers/device/tier_helper.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <sstream>
#include <thread>

using namespace nearfar;
using namespace nearfar::tests;
using namespace std::chrono_literals;
using providers::device_state;
using providers::device_tier;
using routes::error_kind;

extern char** environ;

namespace {

// Lives, listens nowhere, heeds no SIGTERM.
constexpr const char* stubborn = "#!/bin/sh\ntrap '' TERM\nwhile :; do sleep 0.05; done\n";
constexpr const char* broken =
    "#!/bin/sh\necho 'loading' >&2\necho 'error: no such tensor' >&2\necho bye\nexit 3\n";

std::string read_all(const std::string& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

bool has_line(const std::vector<std::string>& lines, const std::string& wanted) {
  return std::find(lines.begin(), lines.end(), wanted) != lines.end();
}

int exit_status(std::vector<const char*> words) {
  words.push_back(nullptr);
  pid_t pid = 0;
  REQUIRE(::posix_spawn(&pid, "/proc/self/exe", nullptr, nullptr, const_cast<char* const*>(words.data()),
                        environ) == 0);
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

TEST_CASE("a target that is not configured is not ready", "[device]") {
  temp_folder folder;
  device_tier tier(tier_options(folder.path()));
  const auto got = acquire(tier, "phone/nothing", 1s);
  REQUIRE_FALSE(got);
  CHECK(got.error().kind == error_kind::not_ready);
  CHECK(got.error().context == "phone/nothing: not configured");
}

TEST_CASE("a model file that is not there is told as not installed, at once and without a failure",
          "[device]") {
  temp_folder folder;
  device_tier tier(tier_options(folder.path()));
  auto p = phone("/bin/true");
  p.models[0].file = "/nowhere/model.gguf";
  tier.configure({p});
  const auto got = acquire(tier, "phone/a", 30s);
  REQUIRE_FALSE(got);
  CHECK(got.error().kind == error_kind::not_ready);
  CHECK(got.error().context == "phone/a: not installed: /nowhere/model.gguf");
  CHECK(status_of(tier, "phone/a")->failures == 0);
}

TEST_CASE("a llama-server that is not there is told as not installed", "[device]") {
  temp_folder folder;
  device_tier tier(tier_options(folder.path()));
  tier.configure({phone("/nowhere/llama-server")});
  const auto got = acquire(tier, "phone/a", 30s);
  REQUIRE_FALSE(got);
  CHECK(got.error().context == "phone/a: not installed: /nowhere/llama-server");
}

TEST_CASE("a model larger than the memory budget is refused with both figures", "[device]") {
  temp_folder folder;
  device_tier tier(tier_options(folder.path()));
  auto p = phone("/bin/true");
  p.runtime->memory = 10ULL << 20;
  tier.configure({p});
  const auto got = acquire(tier, "phone/a", 30s);
  REQUIRE_FALSE(got);
  CHECK(got.error().kind == error_kind::not_ready);
  CHECK(got.error().context.find("runtime.memory gives 10 MiB") != std::string::npos);
}

TEST_CASE("a server that ends while loading is told with its status and its own reason", "[device][P1]") {
  temp_folder folder;
  device_tier tier(tier_options(folder.path()));
  tier.configure({phone(folder.write_program("server", broken))});
  const auto got = acquire(tier, "phone/a", 30s);
  REQUIRE_FALSE(got);
  CHECK(got.error().kind == error_kind::not_ready);
  CHECK(got.error().context == "phone/a: ended while loading: exit status 3: error: no such tensor");
  REQUIRE(got.error().retry_after);
  CHECK(*got.error().retry_after <= 500ms);
  const auto status = status_of(tier, "phone/a");
  REQUIRE(status);
  CHECK(status->state == device_state::failed);
  CHECK(status->failures == 1);
  CHECK(status->pid == 0);
  CHECK(status->last_lines == std::vector<std::string>{"loading", "error: no such tensor", "bye"});
}

TEST_CASE("a program that cannot be run is told with the system's reason", "[device]") {
  temp_folder folder;
  device_tier tier(tier_options(folder.path()));
  tier.configure({phone(folder.write_program("server", "#!/nowhere/interpreter\n"))});
  const auto got = acquire(tier, "phone/a", 30s);
  REQUIRE_FALSE(got);
  CHECK(got.error().context.find("exit status 127: error: cannot run ") != std::string::npos);
  CHECK(got.error().context.find("No such file or directory") != std::string::npos);
}

TEST_CASE("a query waits no longer than its clock", "[device][P1]") {
  temp_folder folder;
  device_tier tier(quick(tier_options(folder.path())));
  tier.configure({phone(folder.write_program("server", stubborn))});
  const auto got = acquire(tier, "phone/a", 100ms);
  REQUIRE_FALSE(got);
  CHECK(got.error().kind == error_kind::not_ready);
  CHECK(got.error().context == "phone/a: not ready in 100 ms");
  // The load goes on: the next query may find it ready.
  CHECK(eventually([&] { return status_of(tier, "phone/a")->busy == 0; }));
  CHECK(status_of(tier, "phone/a")->state == device_state::starting);
}

TEST_CASE("a server that never gets ready is killed at the load limit", "[device]") {
  temp_folder folder;
  auto how = quick(tier_options(folder.path()));
  how.timing.load_limit = 150ms;
  device_tier tier(how);
  tier.configure({phone(folder.write_program("server", stubborn))});
  const auto got = acquire(tier, "phone/a", 30s);
  REQUIRE_FALSE(got);
  CHECK(got.error().context.find("not ready in time") != std::string::npos);
  CHECK(eventually([&] { return status_of(tier, "phone/a")->state == device_state::failed; }));
}

TEST_CASE("stop kills a child that heeds no SIGTERM and leaves nothing behind", "[device]") {
  temp_folder folder;
  int pid = 0;
  {
    device_tier tier(quick(tier_options(folder.path())));
    tier.configure({phone(folder.write_program("server", stubborn))});
    CHECK_FALSE(acquire(tier, "phone/a", 100ms));
    pid = status_of(tier, "phone/a")->pid;
    REQUIRE(is_alive(pid));
    tier.stop();
    CHECK_FALSE(is_alive(pid));
    CHECK(tier.all().empty());
    const auto after = acquire(tier, "phone/a", 1s);
    REQUIRE_FALSE(after);
    CHECK(after.error().kind == error_kind::cancelled);
  }
  CHECK(std::filesystem::is_empty(folder.path() + "/run"));
}

TEST_CASE("stop wakes a query that waits", "[device]") {
  temp_folder folder;
  device_tier tier(quick(tier_options(folder.path())));
  tier.configure({phone(folder.write_program("server", stubborn))});
  std::thread stopper([&] {
    eventually([&] {
      const auto s = status_of(tier, "phone/a");
      return s && s->pid != 0;
    });
    tier.stop();
  });
  const auto got = acquire(tier, "phone/a", 60s);
  stopper.join();
  REQUIRE_FALSE(got);
  CHECK(got.error().kind == error_kind::cancelled);
}

namespace {

providers::task<void> acquire_and_note(device_tier& tier, std::function<void()>& slot,
                                       std::optional<error_kind>& seen) {
  const auto result = co_await tier.acquire("phone/a", 60s, &slot);
  seen = result ? error_kind::none : result.error().kind;
}

}  // namespace

TEST_CASE("a query that is cancelled ends at once and is forgotten", "[device]") {
  temp_folder folder;
  device_tier tier(quick(tier_options(folder.path())));
  tier.configure({phone(folder.write_program("server", stubborn))});
  providers::asio::io_context core(1);
  std::function<void()> slot;
  std::optional<error_kind> seen;
  providers::spawn(core.get_executor(), acquire_and_note(tier, slot, seen));
  core.poll();
  REQUIRE(slot);
  CHECK(eventually([&] { return status_of(tier, "phone/a")->busy == 1; }));
  slot();
  core.run();
  CHECK(seen == error_kind::cancelled);
  CHECK_FALSE(slot);
  CHECK(eventually([&] { return status_of(tier, "phone/a")->busy == 0; }));
}

TEST_CASE("a coroutine destroyed while it waits is forgotten", "[device]") {
  temp_folder folder;
  device_tier tier(quick(tier_options(folder.path())));
  tier.configure({phone(folder.write_program("server", stubborn))});
  std::function<void()> slot;
  std::optional<error_kind> seen;
  {
    providers::asio::io_context core(1);
    providers::spawn(core.get_executor(), acquire_and_note(tier, slot, seen));
    core.poll();
    CHECK(eventually([&] { return status_of(tier, "phone/a")->busy == 1; }));
  }
  CHECK_FALSE(seen);
  CHECK(eventually([&] { return status_of(tier, "phone/a")->busy == 0; }));
}

TEST_CASE("the child sees no keys, no descriptors of ours, a group of its own and default signals",
          "[device][P3]") {
  temp_folder folder;
  ::setenv("NEARFAR_TEST_API_KEY", "secret", 1);
  ::setenv("LLAMA_ARG_API_KEY", "secret", 1);
  const auto marker = folder.write_program("marker", "");
  const int inherited = ::open(marker.c_str(), O_RDONLY);  // no O_CLOEXEC
  const auto old = std::signal(SIGPIPE, SIG_IGN);
  device_tier tier(quick(tier_options(folder.path())));
  tier.configure({phone(folder.write_program("server", "#!/bin/sh\nexec sleep 300\n"))});
  CHECK_FALSE(acquire(tier, "phone/a", 50ms));
  std::signal(SIGPIPE, old);
  ::close(inherited);
  ::unsetenv("NEARFAR_TEST_API_KEY");
  ::unsetenv("LLAMA_ARG_API_KEY");
  const int pid = status_of(tier, "phone/a")->pid;
  const auto proc = "/proc/" + std::to_string(pid);
  REQUIRE(eventually([&] { return read_all(proc + "/comm") == "sleep\n"; }));

  const auto environment = read_all(proc + "/environ");
  CHECK(environment.find("PATH=") != std::string::npos);
  CHECK(environment.find("secret") == std::string::npos);
  const std::filesystem::directory_iterator descriptors(proc + "/fd");
  CHECK(std::distance(begin(descriptors), end(descriptors)) == 3);
  CHECK(std::filesystem::read_symlink(proc + "/fd/0") == "/dev/null");
  const auto status = read_all(proc + "/status");
  CHECK(status.find("SigBlk:\t0000000000000000") != std::string::npos);
  const auto ignored = status.find("SigIgn:\t");
  REQUIRE(ignored != std::string::npos);
  // posix_spawn of glibc ignores its two internal signals, 32 and 33, for the child.
  const auto internal = 3ULL << 31;
  CHECK((std::strtoull(status.c_str() + ignored + 8, nullptr, 16) & ~internal) == 0);
  CHECK(::getpgid(pid) == pid);
  CHECK(read_all(proc + "/oom_score_adj") == "500\n");
}

TEST_CASE("whatever the server itself started goes with it", "[device]") {
  temp_folder folder;
  const auto out = folder.path() + "/grandchild";
  const auto program =
      folder.write_program("server", "#!/bin/sh\nsleep 300 &\necho $! > " + out + "\nsleep 0.1\nexit 1\n");
  device_tier tier(quick(tier_options(folder.path())));
  tier.configure({phone(program)});
  CHECK_FALSE(acquire(tier, "phone/a", 30s));
  const int grandchild = std::atoi(read_all(out).c_str());
  REQUIRE(grandchild > 0);
  CHECK(eventually([&] { return !is_alive(grandchild); }));
}

TEST_CASE("the launcher refuses to run for a parent that is gone", "[device]") {
  CHECK(exit_status({"self", "launch-device", "1", "/bin/true"}) == 125);
  CHECK(exit_status({"self", "launch-device", "no-pid", "/bin/true"}) == 125);
  CHECK(exit_status({"self", "launch-device"}) == 2);
  const auto me = std::to_string(::getpid());
  CHECK(exit_status({"self", "launch-device", me.c_str(), "/bin/true"}) == 0);
}

TEST_CASE("the log holds no output of the child", "[device]") {
  temp_folder folder;
  std::mutex gate;
  std::vector<std::string> lines;
  auto how = quick(tier_options(folder.path()));
  how.log = [&](const std::string& level, const std::string& message) {
    const std::lock_guard lock(gate);
    lines.push_back(level + " " + message);
  };
  device_tier tier(how);
  tier.configure({phone(folder.write_program("server", broken))});
  CHECK_FALSE(acquire(tier, "phone/a", 30s));
  tier.stop();
  const std::lock_guard lock(gate);
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].starts_with("info device phone/a: started as process "));
  CHECK(lines[1] ==
        "warning device phone/a: failed: ended while loading: exit status 3: error: no such tensor");
  CHECK_FALSE(has_line(lines, "loading"));
}

TEST_CASE("llama-server is searched as configured, or on PATH, then in the state folder", "[device]") {
  temp_folder folder;
  const auto program = folder.write_program("llama-server", "#!/bin/sh\n");
  const std::string path = std::getenv("PATH");
  CHECK(providers::find_llama_server(program, "") == program);
  CHECK(providers::find_llama_server("/nowhere/x", folder.path()).empty());
  CHECK(providers::find_llama_server(folder.path(), "").empty());
  ::setenv("PATH", folder.path().c_str(), 1);
  CHECK(providers::find_llama_server(std::nullopt, "") == program);
  CHECK(providers::find_llama_server("llama-server", "") == program);
  ::setenv("PATH", "/nowhere::.", 1);
  CHECK(providers::find_llama_server(std::nullopt, "").empty());
  CHECK(providers::find_llama_server("llama-server", folder.path()).empty());
  std::filesystem::create_directory(folder.path() + "/device");
  const auto last_resort = folder.write_program("device/llama-server", "#!/bin/sh\n");
  CHECK(providers::find_llama_server(std::nullopt, folder.path()) == last_resort);
  ::setenv("PATH", path.c_str(), 1);
}
