// Reloads under load: no query dropped, none sees a mix of two policies, broken files change nothing.
// NEARFAR_RELOADS (200 for the full run) and NEARFAR_RELOAD_QUERIES_PER_S make it longer;
// NEARFAR_RELOAD_P99=1 also holds p99 to twice that of the same run without reloads, on a quiet machine.
#include "tests/integration/gateway_under_test.hpp"

#include <fmt/format.h>
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <set>
#include <thread>

namespace nearfar::tests {
namespace {

constexpr std::string_view to_device = "  auto: [phone/small]\n  long: [phone/small]\n";
constexpr std::string_view to_home = "  auto: [homelab/medium]\n  long: [homelab/medium]\n";
constexpr unsigned askers = 8;
constexpr unsigned long_streams = 40;

unsigned from_environment(const char* name, unsigned otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : static_cast<unsigned>(std::strtoul(text, nullptr, 10));
}

struct seen {
  std::mutex lock;
  std::vector<double> milliseconds;
  std::set<std::pair<std::string, std::string>> pairs;  // policy, target
  std::uint64_t wrong = 0;
  std::string first_wrong;

  double p99() {
    if (milliseconds.empty()) return 0;
    const auto at = milliseconds.begin() + static_cast<std::ptrdiff_t>(milliseconds.size() * 99 / 100);
    std::nth_element(milliseconds.begin(), at, milliseconds.end());
    return *at;
  }
};

// Asks at a steady pace on a kept connection until told to stop.
void ask_on(const gateway_under_test& gw, const std::atomic<bool>& stop, std::chrono::microseconds pace,
            seen& out) {
  auto client = gw.client();
  client.set_deadline(millis{60'000});
  const auto request = support::post("/v1/chat/completions", chat("auto"));
  auto next = std::chrono::steady_clock::now();
  while (!stop.load()) {
    std::this_thread::sleep_until(next);
    const auto began = std::chrono::steady_clock::now();
    client.send(request);
    const auto a = client.read_answer();
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - began;
    next = std::max(next + pace, began);
    const std::string target(a.field("x-nearfar-target"));
    const bool right = a.status == 200 && a.complete &&
                       answer_text(a) == default_text(target == "phone/small" ? "device" : "self_hosted");
    const std::lock_guard hold(out.lock);
    out.milliseconds.push_back(took.count());
    out.pairs.emplace(a.field("x-nearfar-policy"), target);
    if (!right && out.wrong++ == 0) out.first_wrong = fmt::format("{} {} {}", a.status, target, a.body);
  }
}

// Runs `meanwhile` under load.
template <class Meanwhile>
void under_load(const gateway_under_test& gw, seen& out, Meanwhile meanwhile) {
  const std::chrono::microseconds pace{1'000'000ULL * askers /
                                       from_environment("NEARFAR_RELOAD_QUERIES_PER_S", 100)};
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < askers; ++i) {
    threads.emplace_back([&] {
      try {
        ask_on(gw, stop, pace, out);
      } catch (const std::exception& e) {
        const std::lock_guard hold(out.lock);
        if (out.wrong++ == 0) out.first_wrong = e.what();
      }
    });
  }
  meanwhile();
  stop.store(true);
  for (auto& thread : threads) thread.join();
}

void save(const std::string& path, std::string_view text) {
  std::ofstream(path + ".new") << text;
  std::filesystem::rename(path + ".new", path);
}

// Good and broken in turn; the good ones lead to one target and to another, in turn.
void reload_often(const gateway_under_test& gw, unsigned times) {
  const auto device = gw.text_with(to_device);
  const auto home = gw.text_with(to_home);
  for (unsigned i = 0; i < times; ++i) {
    const bool good = i % 2 == 0;
    const auto& text = i % 4 == 0 ? home : device;
    const auto name = fmt::format("nearfar_policy_reload_total{{result=\"{}\"}}", good ? "ok" : "failed");
    const auto before = gw.metric(name);
    save(gw.path(), good ? text : text + "rulez: []\n");
    if (!gw.metric_reaches(name, before + 1)) FAIL("reload " << i << " did not come");
  }
}

TEST_CASE("reloads under load drop no query and mix no policies", "[P6]") {
  const auto reloads = from_environment("NEARFAR_RELOADS", 40);
  policy_text policy;
  policy.from_file = true;
  policy.models = to_device;
  policy.threads = 2;
  policy.attempts = "first_token: 60s, stall: 60s";
  policy.answer = "{device: 60s, self_hosted: 60s, remote: 60s}";
  gateway_under_test gw(policy);
  behaviour slow;
  slow.tokens = 40 + reloads;
  slow.token_delay = millis{200};
  gw.device.push(slow, long_streams);
  std::vector<raw_client> streams;
  std::vector<http_answer> heads;
  for (unsigned i = 0; i < long_streams; ++i) {
    streams.push_back(gw.client());
    streams.back().set_deadline(millis{60'000});
    streams.back().send(support::post("/v1/chat/completions", chat_stream("long")));
    heads.push_back(streams.back().read_head());
  }
  const std::string first(heads.front().field("x-nearfar-policy"));

  seen quiet;
  under_load(gw, quiet, [] { std::this_thread::sleep_for(std::chrono::seconds{3}); });
  CHECK(quiet.pairs.size() == 1);
  CHECK(quiet.wrong == 0);

  seen busy;
  under_load(gw, busy, [&] { reload_often(gw, reloads); });
  INFO(busy.first_wrong);
  CHECK(busy.wrong == 0);
  // One target for each policy: nobody saw the targets of one under the name of the other.
  std::map<std::string, std::string> target_by_policy(busy.pairs.begin(), busy.pairs.end());
  CHECK(target_by_policy.size() == 2);
  CHECK(busy.pairs.size() == target_by_policy.size());

  unsigned whole = 0;
  for (unsigned i = 0; i < long_streams; ++i) {
    streams[i].read_body(heads[i]);
    if (heads[i].complete && heads[i].field("x-nearfar-policy") == first &&
        answer_text(heads[i]) == default_text("device", slow.tokens))
      ++whole;
  }
  CHECK(whole == long_streams);
  std::printf("%u reloads: %zu queries, p99 %.2f ms; without: %zu queries, p99 %.2f ms\n", reloads,
              busy.milliseconds.size(), busy.p99(), quiet.milliseconds.size(), quiet.p99());
  if (from_environment("NEARFAR_RELOAD_P99", 0) != 0) CHECK(busy.p99() <= 2 * quiet.p99());
}

}  // namespace
}  // namespace nearfar::tests
