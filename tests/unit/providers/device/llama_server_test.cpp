// The tier with the real llama-server and the tiny model.
#include "providers/device/device_tier.hpp"
#include "tests/unit/providers/device/tier_helper.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <set>
#include <thread>

using namespace nearfar;
using namespace nearfar::tests;
using namespace std::chrono_literals;
using providers::device_state;
using providers::device_tier;
using routes::error_kind;

extern char** environ;

namespace {

// Where it is, or the test's end: a missing server fails unless somebody said that there is none.
std::string required_server() {
  if (const char* none = std::getenv("NEARFAR_NO_LLAMA"); none != nullptr && std::string(none) == "1") {
    SKIP("NEARFAR_NO_LLAMA=1");
  }
  auto found = llama_server();
  if (found.empty()) {
    FAIL(
        "no llama-server: run scripts/fetch-llama-server build/device, or set NEARFAR_LLAMA_SERVER, or set "
        "NEARFAR_NO_LLAMA=1 to go without");
  }
  return found;
}

int pid_of(const device_tier& tier, const std::string& target) {
  return status_of(tier, target)->pid;
}

device_state state_of(const device_tier& tier, const std::string& target) {
  return status_of(tier, target)->state;
}

long resident_kib(int pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("VmRSS:")) return std::atol(line.c_str() + 6);
  }
  return 0;
}

// On a loaded machine a stopped process runs on until each of its threads has seen the signal.
bool is_stopped(int pid) {
  for (const auto& task : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task")) {
    std::ifstream in(task.path() / "stat");
    std::string line;
    std::getline(in, line);
    const auto end = line.rfind(')');
    if (end == std::string::npos || line.compare(end, 3, ") T") != 0) return false;
  }
  return true;
}

// Room for one tiny model and not for two.
constexpr std::uint64_t budget_for_one = 100ULL << 20;

}  // namespace

TEST_CASE("the first query starts the model and gets its answer over the unix socket",
          "[device][llama][P1]") {
  temp_folder folder;
  device_tier tier(tier_options(folder.path()));
  tier.configure({phone(required_server())});
  CHECK(state_of(tier, "phone/a") == device_state::stopped);
  auto lease = acquire(tier, "phone/a", 20s);
  INFO(lease.error().context);
  REQUIRE(lease);
  CHECK(lease->where().kind == providers::transport::unix_socket);
  CHECK(state_of(tier, "phone/a") == device_state::ready);
  CHECK(status_of(tier, "phone/a")->busy == 1);
  const auto answer = chat(lease->where().host, "How do I say thank you in Mandarin?");
  CHECK(answer.find("谢谢") != std::string::npos);
  CHECK(answer.find("\"model\":\"a\"") != std::string::npos);
  struct stat about{};
  REQUIRE(::stat(std::filesystem::path(lease->where().host).parent_path().c_str(), &about) == 0);
  CHECK((about.st_mode & 0777) == 0700);
}

TEST_CASE("a warm model is given at once and shared by many queries of many cores", "[device][llama]") {
  temp_folder folder;
  device_tier tier(tier_options(folder.path()));
  tier.configure({phone(required_server())});
  std::vector<std::thread> cores;
  std::atomic<int> answered{0};
  std::mutex gate;
  std::set<std::string> sockets;
  for (int i = 0; i < 4; ++i) {
    cores.emplace_back([&] {
      for (int k = 0; k < 10; ++k) {
        auto lease = acquire(tier, "phone/a", 20s);
        if (!lease) continue;
        if (k == 0 && chat(lease->where().host, "hello").empty()) continue;
        ++answered;
        const std::lock_guard lock(gate);
        sockets.insert(lease->where().host);
      }
    });
  }
  for (auto& core : cores) core.join();
  CHECK(answered == 40);
  CHECK(sockets.size() == 1);  // one process for all
  CHECK(eventually([&] { return status_of(tier, "phone/a")->busy == 0; }));
}

TEST_CASE("a killed server is there again for the next query", "[device][llama][P1]") {
  temp_folder folder;
  device_tier tier(quick(tier_options(folder.path())));
  tier.configure({phone(required_server())});
  auto first = acquire(tier, "phone/a", 20s);
  REQUIRE(first);
  const int old = pid_of(tier, "phone/a");
  const auto old_socket = first->where().host;
  ::kill(old, SIGKILL);
  REQUIRE(eventually([&] { return pid_of(tier, "phone/a") != old; }));
  CHECK(status_of(tier, "phone/a")->last_failure == "ended unasked: signal 9 (Killed)");
  auto second = acquire(tier, "phone/a", 20s);
  REQUIRE(second);
  CHECK(pid_of(tier, "phone/a") != old);
  CHECK(second->where().host != old_socket);
  CHECK_FALSE(std::filesystem::exists(old_socket));
  CHECK_FALSE(chat(second->where().host, "hello").empty());
  // The complaint about the dead process does not touch the living one.
  first->hung();
  first.release();
  CHECK(status_of(tier, "phone/a")->busy == 1);
}

TEST_CASE("a server that hangs is found by a complaint, killed and started again", "[device][llama][P1]") {
  temp_folder folder;
  device_tier tier(quick(tier_options(folder.path())));
  tier.configure({phone(required_server())});
  auto first = acquire(tier, "phone/a", 20s);
  REQUIRE(first);
  const int old = pid_of(tier, "phone/a");
  ::kill(old, SIGSTOP);
  REQUIRE(eventually([&] { return is_stopped(old); }));
  first->hung();
  first.release();
  REQUIRE(eventually([&] { return !is_alive(old); }));
  auto second = acquire(tier, "phone/a", 20s);
  REQUIRE(second);
  CHECK(pid_of(tier, "phone/a") != old);
  CHECK_FALSE(chat(second->where().host, "hello").empty());
}

TEST_CASE("a complaint about a server that answers /health changes nothing", "[device][llama]") {
  temp_folder folder;
  device_tier tier(quick(tier_options(folder.path())));
  tier.configure({phone(required_server())});
  auto lease = acquire(tier, "phone/a", 20s);
  REQUIRE(lease);
  const int pid = pid_of(tier, "phone/a");
  lease->hung();
  std::this_thread::sleep_for(400ms);  // longer than health_time
  CHECK(pid_of(tier, "phone/a") == pid);
  CHECK(state_of(tier, "phone/a") == device_state::ready);
}

TEST_CASE("an idle model is unloaded, a busy one is not", "[device][llama][P8]") {
  temp_folder folder;
  device_tier tier(tier_options(folder.path()));
  auto p = phone(required_server());
  p.runtime->keep = 300ms;
  tier.configure({p});
  auto lease = acquire(tier, "phone/a", 20s);
  REQUIRE(lease);
  const int pid = pid_of(tier, "phone/a");
  std::this_thread::sleep_for(600ms);
  CHECK(is_alive(pid));
  lease.release();
  CHECK(eventually([&] { return !is_alive(pid); }));
  CHECK(eventually([&] { return state_of(tier, "phone/a") == device_state::stopped; }));
  CHECK(status_of(tier, "phone/a")->failures == 0);
  auto again = acquire(tier, "phone/a", 20s);
  CHECK(again);
}

TEST_CASE("the memory budget holds one model: the idle one makes room", "[device][llama]") {
  temp_folder folder;
  device_tier tier(tier_options(folder.path()));
  auto p = phone(required_server(), {"a", "b"});
  p.runtime->memory = budget_for_one;
  tier.configure({p});
  {
    auto lease = acquire(tier, "phone/a", 20s);
    REQUIRE(lease);
  }
  const int a = pid_of(tier, "phone/a");
  auto other = acquire(tier, "phone/b", 20s);
  REQUIRE(other);
  CHECK_FALSE(is_alive(a));
  CHECK(state_of(tier, "phone/a") == device_state::stopped);
  CHECK(state_of(tier, "phone/b") == device_state::ready);
}

TEST_CASE("a busy model is never evicted: the other waits for its end", "[device][llama]") {
  temp_folder folder;
  device_tier tier(tier_options(folder.path()));
  auto p = phone(required_server(), {"a", "b"});
  p.runtime->memory = budget_for_one;
  tier.configure({p});
  auto busy = acquire(tier, "phone/a", 20s);
  REQUIRE(busy);
  const int a = pid_of(tier, "phone/a");
  auto refused = acquire(tier, "phone/b", 300ms);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == error_kind::not_ready);
  CHECK(is_alive(a));

  std::thread ends([&] {
    eventually([&] { return status_of(tier, "phone/b")->busy == 1; });
    busy.release();
  });
  auto waited = acquire(tier, "phone/b", 20s);
  ends.join();
  CHECK(waited);
  CHECK_FALSE(is_alive(a));
}

TEST_CASE("without a budget two models stand side by side", "[device][llama]") {
  temp_folder folder;
  device_tier tier(tier_options(folder.path()));
  tier.configure({phone(required_server(), {"a", "b"})});
  auto a = acquire(tier, "phone/a", 20s);
  auto b = acquire(tier, "phone/b", 20s);
  REQUIRE(a);
  REQUIRE(b);
  CHECK(a->where().host != b->where().host);
  CHECK(tier.all().size() == 2);
}

TEST_CASE("a reload keeps unchanged servers and replaces changed ones when they are free",
          "[device][llama][P6]") {
  temp_folder folder;
  device_tier tier(tier_options(folder.path()));
  auto p = phone(required_server(), {"a", "b"});
  tier.configure({p});
  auto a = acquire(tier, "phone/a", 20s);
  auto b = acquire(tier, "phone/b", 20s);
  REQUIRE(a);
  REQUIRE(b);
  const int pid_a = pid_of(tier, "phone/a");
  const int pid_b = pid_of(tier, "phone/b");
  p.models[1].context = 512;
  p.runtime->keep = 20min;
  tier.configure({p});
  CHECK(pid_of(tier, "phone/a") == pid_a);
  // The query in flight ends on the server it began with; the next one gets the new one.
  CHECK_FALSE(chat(b->where().host, "hello").empty());
  auto next = acquire(tier, "phone/b", 20s);
  REQUIRE(next);
  CHECK(next->where().host != b->where().host);
  CHECK(is_alive(pid_b));
  b.release();
  CHECK(eventually([&] { return !is_alive(pid_b); }));
  // What is configured no more goes too.
  a.release();
  p.models.erase(p.models.begin());
  tier.configure({p});
  CHECK(eventually([&] { return !is_alive(pid_a); }));
  CHECK(eventually([&] { return tier.all().size() == 1; }));
}

TEST_CASE("the server dies with the gateway, even after SIGKILL", "[device][llama]") {
  temp_folder folder;
  const auto server = required_server();
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, ends[1], STDOUT_FILENO);
  const char* words[] = {"gateway", "hold-a-model", server.c_str(), folder.path().c_str(), nullptr};
  pid_t gateway = 0;
  REQUIRE(::posix_spawn(&gateway, "/proc/self/exe", &files, nullptr, const_cast<char* const*>(words),
                        environ) == 0);
  posix_spawn_file_actions_destroy(&files);
  ::close(ends[1]);
  std::string text;
  for (char c; ::read(ends[0], &c, 1) == 1 && c != '\n';) text += c;
  ::close(ends[0]);
  const int pid = std::atoi(text.c_str());
  REQUIRE(pid > 0);
  REQUIRE(is_alive(pid));

  ::kill(gateway, SIGKILL);
  CHECK(eventually([&] { return !is_alive(pid); }, 1s));
  ::waitpid(gateway, nullptr, 0);

  // The next gateway sweeps the folder that the killed one could not.
  device_tier tier(tier_options(folder.path()));
  tier.configure({phone(server)});
  auto lease = acquire(tier, "phone/a", 20s);
  REQUIRE(lease);
  const std::filesystem::directory_iterator left(folder.path() + "/run");
  CHECK(std::distance(begin(left), end(left)) == 1);
}

TEST_CASE("the end of the tier leaves no process and no socket, busy or not", "[device][llama]") {
  temp_folder folder;
  std::vector<int> pids;
  device_tier::lease outlives;
  {
    device_tier tier(tier_options(folder.path()));
    tier.configure({phone(required_server(), {"a", "b"})});
    auto a = acquire(tier, "phone/a", 20s);
    auto b = acquire(tier, "phone/b", 20s);
    REQUIRE(a);
    REQUIRE(b);
    b.release();
    outlives = std::move(*a);
    for (const auto& s : tier.all()) pids.push_back(s.pid);
  }
  REQUIRE(pids.size() == 2);
  for (const int pid : pids) CHECK_FALSE(is_alive(pid));
  CHECK(std::filesystem::is_empty(folder.path() + "/run"));
}

TEST_CASE("a state folder too long for a socket's path is no obstacle", "[device][llama]") {
  temp_folder folder;
  const auto deep = folder.path() + "/" + std::string(120, 'x');
  std::filesystem::create_directory(deep);
  device_tier tier(tier_options(deep));
  tier.configure({phone(required_server())});
  auto lease = acquire(tier, "phone/a", 20s);
  REQUIRE(lease);
  CHECK_FALSE(lease->where().host.starts_with(deep));
  CHECK_FALSE(chat(lease->where().host, "hello").empty());
}

TEST_CASE("a file that is no model is told in llama-server's words", "[device][llama]") {
  temp_folder folder;
  device_tier tier(tier_options(folder.path()));
  auto p = phone(required_server());
  p.models[0].file = folder.write_program("model.gguf", "this is no model");
  tier.configure({p});
  auto got = acquire(tier, "phone/a", 20s);
  REQUIRE_FALSE(got);
  INFO(got.error().context);
  CHECK(got.error().kind == error_kind::not_ready);
  CHECK(got.error().context.starts_with("phone/a: ended while loading: exit status 1: "));
}

TEST_CASE("how long a cold start takes", "[.][measure][llama]") {
  temp_folder folder;
  device_tier tier(tier_options(folder.path()));
  auto p = phone(required_server());
  p.runtime->keep = 1ms;
  tier.configure({p});
  std::vector<double> cold;
  std::vector<double> first_answer;
  long rss = 0;
  for (int i = 0; i < 20; ++i) {
    const auto began = std::chrono::steady_clock::now();
    auto lease = acquire(tier, "phone/a", 20s);
    const auto ready = std::chrono::steady_clock::now();
    REQUIRE(lease);
    REQUIRE_FALSE(chat(lease->where().host, "How do I say thank you in Mandarin?").empty());
    const auto answered = std::chrono::steady_clock::now();
    cold.push_back(std::chrono::duration<double, std::milli>(ready - began).count());
    first_answer.push_back(std::chrono::duration<double, std::milli>(answered - ready).count());
    rss = resident_kib(pid_of(tier, "phone/a"));
    lease.release();
    REQUIRE(eventually([&] { return state_of(tier, "phone/a") == device_state::stopped; }));
  }
  std::sort(cold.begin(), cold.end());
  std::sort(first_answer.begin(), first_answer.end());
  std::printf(
      "acquire to ready, cold: median %.1f ms, worst %.1f ms; first answer: median %.1f ms; rss %ld KiB\n",
      cold[10], cold[19], first_answer[10], rss);
}
