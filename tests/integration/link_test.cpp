// Links that really go down: the gateway on one machine, a model server on another (two_machines).
#include "tests/integration/gateway_under_test.hpp"
#include "tests/support/network_namespace.hpp"
#include "tests/support/test_certificate.hpp"

#include <fmt/format.h>
#include <catch2/catch_test_macros.hpp>

#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <thread>

namespace nearfar::tests {
namespace {

using support::network_namespace;
using support::two_machines;
using clock = std::chrono::steady_clock;

constexpr std::string_view path = "/v1/chat/completions";
constexpr std::string_view behind_the_route = "10.99.0.2";

// Well below every clock of the policy, and below the 22 s of keepalive: what ends sooner was ended by the
// link. It takes some milliseconds, or up to a second where the kernel holds back news of a carrier (it
// tells them once a second at most); a loaded machine may need many times that.
constexpr millis at_once{8'000};

struct temporary_folder {
  temporary_folder() {
    std::string name = "/tmp/nearfar-test-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
    path = name;
  }
  ~temporary_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::string path;
};

// A self-hosted server on the link's own net, and a remote one behind the default route.
struct linked_gateway {
  explicit linked_gateway(bool watch_links = true)
      : good(support::make_test_certificate(files.path, fmt::format("IP:{}", behind_the_route))) {
    std::filesystem::create_directory(files.path + "/portal");
    portal = support::make_test_certificate(files.path + "/portal", "DNS:login.hotel.example");
    // The hotel's certificate is in order; it is only somebody else's.
    std::ofstream both(files.path + "/trusted.pem");
    for (const auto& file : {good.certificate, portal.certificate}) both << std::ifstream(file).rdbuf();
    both.close();
    {
      const network_namespace::visit there(machines.far);
      lan.emplace(support::double_options{.name = "lan", .host = "10.77.0.2"});
      remote_double(good);
    }
    here.emplace(machines.near);
    policy_text policy;
    policy.watch_links = watch_links;
    policy.attempts = "connect: 20s, first_token: 60s, stall: 60s";
    policy.answer = "{device: 60s, self_hosted: 60s, remote: 60s}";
    policy.models =
        "  home: [lanbox/medium]\n  far: [cloud/large]\n  near: [phone/small]\n"
        "  any: [lanbox/medium, phone/small]\n";
    policy.providers = fmt::format(
        "  lanbox:\n    tier: self_hosted\n    preset: openai-compatible\n    url: {}\n"
        "    models: {{medium: {{context: 64k, price: free}}}}\n"
        "  cloud:\n    tier: remote\n    preset: openai-compatible\n    url: {}\n    tls: {{ca_file: {}}}\n"
        "    models: {{large: {{context: 64k, price: free}}}}\n",
        lan->url(), remote->url(), files.path + "/trusted.pem");
    gw.emplace(policy);
  }
  ~linked_gateway() {
    gw.reset();
    here.reset();
  }

  void remote_double(const support::test_certificate& as, std::uint16_t port = 0) {
    remote.emplace(support::double_options{.name = "cloud",
                                           .host = std::string(behind_the_route),
                                           .port = port,
                                           .certificate = as.certificate,
                                           .private_key = as.private_key});
  }
  // Somebody else answers at the remote's address from now on.
  void become(const support::test_certificate& who) {
    const auto port = remote->port();
    remote.reset();
    const network_namespace::visit there(machines.far);
    remote_double(who, port);
  }

  std::string facts() const { return gw->admin("GET", "/admin/facts").body; }
  bool comes_to(std::string_view fact) const {
    return eventually([&] { return facts().find(fact) != std::string::npos; });
  }

  temporary_folder files;
  support::test_certificate good;
  support::test_certificate portal;
  two_machines machines;
  std::optional<support::upstream_double> lan;
  std::optional<support::upstream_double> remote;
  std::optional<network_namespace::visit> here;
  std::optional<gateway_under_test> gw;
};

void need_namespaces() {
  static const std::string why = two_machines::refusal();
  if (!why.empty()) SKIP(why);
}

// A stream that never ends by itself.
behaviour endless() {
  behaviour b;
  b.tokens = 100'000;
  b.token_delay = millis{20};
  return b;
}

// Reads a stream's first events, breaks the way with `down`, and gives back how long the client heard
// nothing of it.
template <class Down>
std::chrono::milliseconds silence_after(linked_gateway& on, std::string_view model, Down down) {
  auto client = on.gw->client();
  client.set_deadline(millis{60'000});
  client.send(support::post(path, chat_stream(model)));
  CHECK(client.read_head().status == 200);
  for (int i = 0; i < 5; ++i) REQUIRE(client.read_event().has_value());
  const auto began = clock::now();
  down();
  std::string last;
  while (const auto event = client.read_event()) last = event->data;
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(clock::now() - began);
  // Never half an answer dressed as a whole one.
  CHECK_FALSE(client.body_complete());
  CHECK(last.find("the link went down") != std::string::npos);
  return took;
}

void expect_quick(std::chrono::milliseconds took) {
  fmt::print("the stream ended {} ms after the link\n", took.count());
  CHECK(took < at_once);
}

std::uint64_t voluntary_switches() {
  std::uint64_t total = 0;
  const auto self = std::to_string(::syscall(SYS_gettid));
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    if (task.path().filename() == self) continue;
    std::ifstream status(task.path() / "status");
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with("voluntary_ctxt_switches:")) total += std::stoull(line.substr(24));
    }
  }
  return total;
}

}  // namespace

TEST_CASE("a link that goes down mid-stream breaks the stream at once, and coming up needs no restart",
          "[P1][P2]") {
  need_namespaces();
  linked_gateway on;
  on.lan->set_default(endless());
  expect_quick(silence_after(on, "home", [&] { on.machines.link_down(); }));
  CHECK(on.gw->metric("nearfar_cut_connections_total") >= 1);
  CHECK(on.facts().find(R"("network":"offline","lan":"down")") != std::string::npos);
  // Nothing waits for a timeout while it is down.
  const auto began = clock::now();
  CHECK(on.gw->ask(chat("home")).status >= 500);
  CHECK(on.gw->ask(chat("far")).status >= 400);
  CHECK(answer_text(on.gw->ask(chat("near"))) == default_text("device"));
  CHECK(clock::now() - began < at_once);
  on.lan->set_default({});
  on.machines.link_up();
  REQUIRE(on.comes_to(R"("network":"online","lan":"up")"));
  CHECK(answer_text(on.gw->ask(chat("home"))) == default_text("lan"));
  CHECK(answer_text(on.gw->ask(chat("far"))) == default_text("cloud"));
}

TEST_CASE("a carrier that is lost on the other side, where address and route stay, breaks the stream at once",
          "[P1]") {
  need_namespaces();
  linked_gateway on;
  on.remote->set_default(endless());
  expect_quick(silence_after(on, "far", [&] { on.machines.far.run("ip link set vb down"); }));
  CHECK(on.facts().find(R"("network":"offline")") != std::string::npos);
  on.remote->set_default({});
  on.machines.far.run("ip link set vb up");
  REQUIRE(on.comes_to(R"("network":"online")"));
  CHECK(answer_text(on.gw->ask(chat("far"))) == default_text("cloud"));
}

TEST_CASE("a default route that vanishes breaks what went through it and spares the neighbours", "[P1]") {
  need_namespaces();
  linked_gateway on;
  on.remote->set_default(endless());
  CHECK(on.gw->ask(chat("home")).status == 200);
  expect_quick(silence_after(on, "far", [&] { on.machines.near.run("ip route del default"); }));
  CHECK(on.facts().find(R"("network":"offline","lan":"up")") != std::string::npos);
  CHECK(on.gw->ask(chat("home")).status == 200);
  CHECK(on.lan->counters().connections == 1);
}

TEST_CASE("an address that is taken away breaks what used it", "[P1]") {
  need_namespaces();
  linked_gateway on;
  on.lan->set_default(endless());
  expect_quick(
      silence_after(on, "home", [&] { on.machines.near.run("ip address del 10.77.0.1/24 dev va"); }));
}

TEST_CASE("a link that goes down before the answer moves the query on at once", "[P1]") {
  need_namespaces();
  linked_gateway on;
  behaviour late;
  late.head_delay = millis{60'000};
  on.lan->set_default(late);
  // The rule of the fact prefers self-hosted targets.
  CHECK(on.gw->admin("PUT", "/admin/facts", R"({"worn":true})").status == 200);
  auto client = on.gw->client();
  client.set_deadline(millis{60'000});
  client.send(support::post(path, chat_stream("any")));
  REQUIRE(on.lan->wait([](const auto& c) { return c.requests == 1; }));
  const auto began = clock::now();
  on.machines.link_down();
  const auto answer = client.read_answer();
  CHECK(answer_text(answer) == default_text("device"));
  CHECK(clock::now() - began < at_once);
  CHECK(on.gw->admin("GET", "/admin/targets").body.find(R"("open")") == std::string::npos);
}

TEST_CASE("when the link comes up the remote's connection is warm before the next query") {
  need_namespaces();
  linked_gateway on;
  CHECK(on.gw->ask(chat("far")).status == 200);
  REQUIRE(on.remote->wait([](const auto& c) { return c.connections == 1 && c.completed == 1; }));
  on.machines.link_down();
  REQUIRE(on.comes_to(R"("network":"offline")"));
  on.machines.link_up();
  REQUIRE(on.remote->wait([](const auto& c) { return c.connections == 2; }, millis{30'000}));
  REQUIRE(on.comes_to(R"("network":"online")"));
  CHECK(on.remote->counters().requests == 1);
  CHECK(on.gw->ask(chat("far")).status == 200);
}

TEST_CASE("a portal makes the network a portal and breaks no provider; leaving it needs no query", "[P8]") {
  need_namespaces();
  linked_gateway on;
  CHECK(answer_text(on.gw->ask(chat("far"))) == default_text("cloud"));
  on.become(on.portal);
  CHECK(on.gw->ask(chat("far")).status >= 500);
  CHECK(on.facts().find(R"("network":"portal")") != std::string::npos);
  const auto targets = on.gw->admin("GET", "/admin/targets").body;
  CHECK(targets.find(R"("open")") == std::string::npos);
  on.become(on.good);
  REQUIRE(on.comes_to(R"("network":"online")"));
  CHECK(on.remote->counters().requests == 0);
  CHECK(answer_text(on.gw->ask(chat("far"))) == default_text("cloud"));
}

TEST_CASE("a pushed fact outranks what the link says") {
  need_namespaces();
  linked_gateway on;
  CHECK(on.gw->admin("PUT", "/admin/facts", R"({"network":"offline"})").status == 200);
  CHECK(on.gw->ask(chat("far")).status >= 400);
  CHECK(on.gw->admin("PUT", "/admin/facts", R"({"network":null})").status == 200);
  CHECK(answer_text(on.gw->ask(chat("far"))) == default_text("cloud"));
  on.machines.link_down();
  CHECK(on.comes_to(R"("inferred":{"network":"offline")"));
  CHECK(on.gw->admin("PUT", "/admin/facts", R"({"network":"degraded"})").status == 200);
  CHECK(on.comes_to(R"({"network":"degraded")"));
}

TEST_CASE("where the kernel tells nothing, a failed attempt and then a probe do", "[P1]") {
  need_namespaces();
  constexpr bool watch_links = false;
  linked_gateway on(watch_links);
  CHECK(on.gw->ask(chat("far")).status == 200);
  on.machines.near.run("ip route del default");
  // The pooled connection is as dead as the route.
  on.remote->close_idle();
  CHECK(on.gw->ask(chat("far")).status >= 500);
  REQUIRE(on.comes_to(R"("network":"offline")"));
  on.machines.near.run("ip route add default via 10.77.0.2");
  const auto asked = on.remote->counters().requests;
  REQUIRE(on.comes_to(R"("network":"online")"));
  CHECK(on.remote->counters().requests == asked);
  CHECK(answer_text(on.gw->ask(chat("far"))) == default_text("cloud"));
}

TEST_CASE("nothing wakes up while nothing happens", "[P8]") {
  need_namespaces();
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
  SKIP("ThreadSanitizer has a thread of its own that wakes up ten times a second");
#endif
#endif
  linked_gateway on;
  CHECK(on.gw->ask(chat("far")).status == 200);
  CHECK(on.gw->ask(chat_stream("home")).status == 200);
  // The one lazy wake-up behind the last dropped deadline, and the doubles', are not idleness yet.
  std::uint64_t woken = 0;
  const bool quiet = eventually([&] {
    const auto before = voluntary_switches();
    std::this_thread::sleep_for(std::chrono::seconds(3));
    woken = voluntary_switches() - before;
    return woken == 0;
  });
  INFO(woken << " wake-ups in 3 s");
  CHECK(quiet);
}

}  // namespace nearfar::tests
