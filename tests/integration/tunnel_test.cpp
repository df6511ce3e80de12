// A real link goes down in the middle of an answer, and the answer goes on from the device.
#include "tests/integration/gateway_under_test.hpp"
#include "tests/support/network_namespace.hpp"
#include "tests/support/test_certificate.hpp"

#include <fmt/format.h>
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <random>

namespace nearfar::tests {
namespace {

using support::network_namespace;
using support::two_machines;
using clock = std::chrono::steady_clock;

constexpr std::string_view behind_the_route = "10.99.0.2";
constexpr unsigned words_said = 30;
constexpr int runs = 5;  // bench/faults does a hundred, with a real model

behaviour saying(millis between) {
  behaviour b;
  for (unsigned i = 0; i < words_said; ++i) b.script.push_back(fmt::format("{}{}", i == 0 ? "" : " ", i));
  b.token_delay = between;
  return b;
}

std::string all_words() {
  std::string out;
  for (const auto& word : saying({}).script) out += word;
  return out;
}

// The device's double is on the gateway's machine, the remote one behind the link.
struct tunnel {
  tunnel() {
    std::string name = "/tmp/nearfar-test-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
    folder = name;
    const auto shown = support::make_test_certificate(folder, fmt::format("IP:{}", behind_the_route));
    {
      const network_namespace::visit there(machines.far);
      remote.emplace(support::double_options{.name = "cloud",
                                             .host = std::string(behind_the_route),
                                             .certificate = shown.certificate,
                                             .private_key = shown.private_key});
    }
    here.emplace(machines.near);
    policy_text policy;
    policy.attempts = "connect: 20s, first_token: 60s, stall: 60s";
    policy.continuation = "{kind: restart}";
    policy.models = "  auto: [cloud/huge, phone/small]\n";
    policy.rule = "prefer: [remote, device]";
    policy.providers = fmt::format(
        "  cloud:\n    tier: remote\n    preset: openai-compatible\n    url: {}\n"
        "    models: {{huge: {{context: 64k, price: free}}}}\n    tls: {{ca_file: {}}}\n",
        remote->url(), shown.certificate);
    gw.emplace(policy);
    gw->device.set_default(saying({}));
  }
  ~tunnel() {
    gw.reset();
    here.reset();
    remote.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }

  bool network_is(std::string_view state) const {
    const auto wanted = fmt::format(R"("network":"{}")", state);
    return eventually(
        [&] { return gw->admin("GET", "/admin/facts").body.find(wanted) != std::string::npos; });
  }

  std::string folder;
  two_machines machines;
  std::optional<support::upstream_double> remote;
  std::optional<network_namespace::visit> here;
  std::optional<gateway_under_test> gw;
};

// Streams an answer whose link dies after so many words; the longest silence that the client heard.
std::chrono::milliseconds silence_of_one(tunnel& on, unsigned cut_after) {
  auto client = on.gw->client();
  client.set_deadline(millis{60'000});
  client.send(support::post("/v1/chat/completions", chat_stream("auto")));
  CHECK(client.read_head().status == 200);
  std::string body;
  unsigned events = 0;
  auto last = clock::now();
  std::chrono::milliseconds longest{0};
  while (const auto event = client.read_event()) {
    if (events > 0) {
      longest = std::max(longest, std::chrono::duration_cast<std::chrono::milliseconds>(event->at - last));
    }
    last = event->at;
    body += "data: " + event->data + "\n\n";
    if (++events == cut_after) on.machines.link_down();
  }
  INFO(body);
  CHECK(client.body_complete());
  CHECK(body.ends_with("data: [DONE]\n\n"));
  CHECK(body.find("\"error\"") == std::string::npos);
  CHECK(support::text_of(body) == all_words());
  return longest;
}

TEST_CASE("a link that goes down mid-answer costs no query, and coming up needs no restart", "[P1][P2]") {
  if (const auto why = two_machines::refusal(); !why.empty()) SKIP(why);
  tunnel on;
  std::mt19937 random(7);
  std::vector<std::chrono::milliseconds> silences;
  for (int run = 0; run < runs; ++run) {
    on.remote->set_default(saying(millis{30}));
    const auto cut_after = std::uniform_int_distribution<unsigned>(2, words_said - 10)(random);
    INFO("run " << run << ", cut after event " << cut_after);
    const auto before = on.gw->device.counters().requests;
    silences.push_back(silence_of_one(on, cut_after));
    CHECK(on.gw->device.counters().requests == before + 1);
    on.machines.link_up();
    REQUIRE(on.network_is("online"));
    on.remote->set_default(saying({}));
    const auto next = on.gw->ask(chat_stream("auto"));
    CHECK(answer_text(next) == all_words());
    CHECK(next.field("x-nearfar-target") == "cloud/huge");
    CHECK(next.field("x-nearfar-attempts") == "1");
  }
  std::sort(silences.begin(), silences.end());
  const auto median = silences[silences.size() / 2];
  WARN("longest silence, median of " << runs << ": " << median.count() << " ms");
  // Milliseconds on an idle machine; no clock of the policy ends it, and those are 20 s and more.
  CHECK(median < std::chrono::seconds(8));
  CHECK(on.gw->metric_reaches("nearfar_continued_answers_total", runs));
  CHECK(on.gw->metric("nearfar_broken_streams_total") == 0);
}

}  // namespace
}  // namespace nearfar::tests
