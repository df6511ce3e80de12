// Many slow streams at once: none lost. NEARFAR_STREAMS and NEARFAR_STREAM_SECONDS make it longer.
#include "tests/integration/gateway_under_test.hpp"

#include <fmt/format.h>
#include <catch2/catch_test_macros.hpp>

#include <poll.h>
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <thread>

namespace nearfar::tests {
namespace {

unsigned from_environment(const char* name, unsigned otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : static_cast<unsigned>(std::strtoul(text, nullptr, 10));
}

std::uint64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::uint64_t pages = 0;
  file >> pages >> pages;
  return pages * 4096;
}

// Three descriptors a stream live in this process: client, gateway, double; and the gateway's other end.
void allow_descriptors(unsigned streams) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 4ULL * streams + 256);
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

TEST_CASE("hundreds of slow streams run at once and none is lost", "[P1]") {
  const auto streams = from_environment("NEARFAR_STREAMS", 300);
  const auto seconds = from_environment("NEARFAR_STREAM_SECONDS", 3);
  allow_descriptors(streams);
  policy_text policy;
  policy.attempts = "first_token: 60s, stall: 60s";
  gateway_under_test gw(policy);
  behaviour b;
  b.tokens = 5 * seconds;
  b.token_delay = millis{200};
  gw.device.set_default(b);
  CHECK(gw.ask(chat_stream("near")).status == 200);
  const auto resident_before = resident_bytes();
  std::vector<raw_client> clients;
  for (unsigned i = 0; i < streams; ++i) {
    clients.push_back(gw.client());
    clients.back().set_deadline(millis{60'000});
    clients.back().send(
        support::post("/v1/chat/completions", chat_stream("near", fmt::format("question {}", i))));
  }
  REQUIRE(gw.device.wait([&](const auto& c) { return c.requests == streams + 1; }, millis{60'000}));
  const auto resident_during = resident_bytes();
  unsigned whole = 0;
  for (auto& client : clients) {
    const auto a = client.read_answer();
    if (a.complete && answer_text(a) == default_text("device", b.tokens) &&
        a.body.ends_with("data: [DONE]\n\n"))
      ++whole;
  }
  CHECK(whole == streams);
  CHECK(gw.device.counters().broken == 0);
  CHECK(gw.device.counters().cancelled == 0);
  // Client, gateway and double together: an upper bound for the gateway.
  const auto each = (resident_during - std::min(resident_before, resident_during)) / streams;
  std::printf("%u streams for %u s: %llu bytes resident for each in client, gateway and double together\n",
              streams, seconds, static_cast<unsigned long long>(each));
}

}  // namespace
}  // namespace nearfar::tests
