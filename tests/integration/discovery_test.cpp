// `models: discover`: what a provider lists is what can be asked for; nothing waits for a list, and a bad one
// changes nothing.
#include "tests/integration/gateway_under_test.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <algorithm>
#include <filesystem>
#include <fstream>

namespace nearfar::tests {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

// A double that lists its models, and a policy that discovers them. Outlives the gateway.
struct lister {
  explicit lister(std::vector<std::string> models) : lab({.name = "lab", .models = std::move(models)}) {}

  policy_text policy(std::string_view auto_stands_for = "lab/one, homelab/medium") const {
    policy_text out;
    out.from_file = true;
    out.list_again = millis{50};
    out.models = fmt::format("  auto: [{}]\n", auto_stands_for);
    out.providers =
        fmt::format("  lab: {{tier: self_hosted, preset: vllm, url: \"{}\", models: discover}}\n", lab.url());
    return out;
  }

  upstream_double lab;
};

json::value discovered(const gateway_under_test& gw) {
  const auto ready = json::parse(gw.admin("GET", "/readyz").body);
  return ready.at("discovered").at(0);
}

std::string why_of(const gateway_under_test& gw) {
  const auto now = discovered(gw);
  const auto* why = now.as_object().if_contains("why");
  return why == nullptr ? std::string() : std::string(why->as_string());
}

// The last step of a list's way: the cores serve it before.
bool told_of_discovery(const gateway_under_test& gw) {
  return eventually([&] {
    const auto ready = json::parse(gw.admin("GET", "/readyz").body);
    return ready.at("reload").at("by").as_string() == "discovery";
  });
}

bool answers(const gateway_under_test& gw, std::string_view model, std::string_view target) {
  return eventually([&] { return gw.ask(chat(model)).field("x-nearfar-target") == target; });
}

TEST_CASE("what a provider lists can be asked for by name, and stands in names of the policy", "[P6]") {
  lister with({"one", "org/two:free"});
  gateway_under_test gw(with.policy());
  CHECK(answers(gw, "lab/one", "lab/one"));
  CHECK(gw.ask(chat("org/two:free")).field("x-nearfar-target") == "lab/org/two:free");
  CHECK(answers(gw, "auto", "lab/one"));
  CHECK(gw.ask(chat("lab/three")).status == 404);
  auto client = gw.client();
  client.send(support::get("/v1/models"));
  CHECK(client.read_answer().body.find("lab/org/two:free") != std::string::npos);
  REQUIRE(told_of_discovery(gw));
  CHECK(json::parse(gw.admin("GET", "/readyz").body).at("reload").at("changed_by").as_string() == "start");
  const auto now = discovered(gw);
  CHECK(now.at("models").to_number<int>() == 2);
  CHECK(now.as_object().contains("listed_at"));
  CHECK(fs::exists(gw.folder() + "/state/models/lab.json"));
}

TEST_CASE("a model that came since is found because somebody asked for it", "[P6]") {
  lister with({"one"});
  gateway_under_test gw(with.policy());
  REQUIRE(answers(gw, "lab/one", "lab/one"));
  with.lab.set_models({"one", "new"});
  CHECK(answers(gw, "lab/new", "lab/new"));
  SECTION("and one that went is gone after a reload") {
    with.lab.set_models({"new"});
    gw.server().reload();
    CHECK(eventually([&] { return gw.ask(chat("lab/one")).status == 404; }));
    CHECK(answers(gw, "auto", "homelab/medium"));
  }
}

TEST_CASE("names that are not found do not make more than one look in a while", "[P7]") {
  lister with({"one"});
  auto policy = with.policy();
  policy.list_again = millis{3'600'000};
  gateway_under_test gw(policy);
  REQUIRE(answers(gw, "lab/one", "lab/one"));
  with.lab.set_models({"one", "new"});
  for (int i = 0; i < 20; ++i) CHECK(gw.ask(chat("lab/new")).status == 404);
  CHECK(with.lab.counters().other_requests == 1);
}

TEST_CASE("a gateway whose provider is away starts, and takes its models when it comes", "[P6]") {
  lister with({"one"});
  with.lab.refuse();
  gateway_under_test gw(with.policy());
  CHECK(gw.ask(chat("auto")).field("x-nearfar-target") == "homelab/medium");
  CHECK(gw.ask(chat("lab/one")).status == 404);
  CHECK(eventually([&] { return !why_of(gw).empty(); }));
  with.lab.listen();
  CHECK(answers(gw, "auto", "lab/one"));
  CHECK(eventually([&] { return why_of(gw).empty(); }));
}

TEST_CASE("a list that is kept serves a start without the network", "[P6]") {
  lister with({"one"});
  with.lab.refuse();
  auto policy = with.policy();
  gateway_under_test gw(policy);
  REQUIRE(gw.ask(chat("lab/one")).status == 404);
  fs::create_directories(gw.folder() + "/state-of-another/models");
  std::ofstream(gw.folder() + "/state-of-another/models/lab.json") << fmt::format(
      R"({{"provider":"lab","url":"{}/v1/models","at":1795315659,"ids":["one"]}})", with.lab.url());
  std::string why;
  const auto second = gw.another("127.0.0.1:0", why);
  INFO(why);
  REQUIRE(second);
  const auto& targets = second->report().targets;
  CHECK(std::find(targets.begin(), targets.end(), "lab/one (self_hosted)") != targets.end());
}

TEST_CASE("a list that is no list changes nothing and is told in readiness", "[P6]") {
  lister with({"one"});
  gateway_under_test gw(with.policy());
  REQUIRE(answers(gw, "lab/one", "lab/one"));
  REQUIRE(told_of_discovery(gw));
  const auto reloads = gw.metric("nearfar_policy_reload_total{result=\"ok\"}");
  std::string many = R"({"data":[{"id":"m0"})";
  for (int i = 1; i < 3'000; ++i) many += fmt::format(R"(,{{"id":"m{}"}})", i);
  const std::vector<std::pair<std::string, std::string>> bad{
      {"<html>busy</html>", "not of the form"},
      {R"({"data":"none"})", "not of the form"},
      {R"({"data":[{"id":"a"},{"id":"a"}]})", "twice"},
      {R"({"data":[{"name":"a"}]})", "no `id`"},
      {R"({"data":[{"id":"a\r\nx-evil: 1"}]})", "visible letters"},
      {R"({"data":[{"id":"*"}]})", "visible letters"},
      {many + "]}", "3000 models"},
      {std::string(10'000'000, ' '), "longer than"},
  };
  for (const auto& [body, part] : bad) {
    INFO(body.substr(0, 60));
    with.lab.set_list_answer(200, body);
    gw.server().reload();
    CHECK(eventually([&, wanted = part] { return why_of(gw).find(wanted) != std::string::npos; }));
    CHECK(gw.ask(chat("lab/one")).field("x-nearfar-target") == "lab/one");
  }
  with.lab.set_list_answer(500, "{}");
  gw.server().reload();
  CHECK(eventually([&] { return why_of(gw) == "it answered 500"; }));
  CHECK(gw.metric("nearfar_policy_reload_total{result=\"ok\"}") == reloads);
  CHECK(discovered(gw).at("models").to_number<int>() == 1);
}

TEST_CASE("a list that the policy's own tests refuse does not come into force", "[P6]") {
  lister with({"one"});
  auto policy = with.policy();
  policy.more = "tests:\n  - {name: lab first, given: {model: auto}, expect: {target: lab/one}}\n";
  gateway_under_test gw(policy);
  REQUIRE(answers(gw, "auto", "lab/one"));
  with.lab.set_models({"other"});
  gw.server().reload();
  CHECK(eventually([&] { return why_of(gw).find("lab first") != std::string::npos; }));
  CHECK(gw.ask(chat("auto")).field("x-nearfar-target") == "lab/one");
}

// Listens and never accepts: a connection comes about, an answer does not.
struct silent_listener {
  silent_listener() : socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof any;
    REQUIRE(::bind(socket, reinterpret_cast<sockaddr*>(&any), size) == 0);
    REQUIRE(::listen(socket, 8) == 0);
    REQUIRE(::getsockname(socket, reinterpret_cast<sockaddr*>(&any), &size) == 0);
    port = ntohs(any.sin_port);
  }
  ~silent_listener() { ::close(socket); }
  // Whether somebody has connected.
  bool was_asked() const {
    pollfd look{socket, POLLIN, 0};
    return ::poll(&look, 1, 0) == 1;
  }
  int socket;
  unsigned port = 0;
};

TEST_CASE("a list that never comes holds up neither the start nor the stop", "[P6]") {
  const silent_listener nobody;
  policy_text policy;
  policy.from_file = true;
  policy.providers = fmt::format(
      "  lab: {{tier: self_hosted, preset: vllm, url: \"http://127.0.0.1:{}\", models: discover}}\n",
      nobody.port);
  gateway_under_test gw(policy);
  CHECK(gw.ask(chat("auto")).status == 200);
  REQUIRE(eventually([&] { return nobody.was_asked(); }));
  const auto begin = std::chrono::steady_clock::now();
  gw.server().stop();
  // The list's own clock would run for 20 s.
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(15));
}

TEST_CASE("a query in flight keeps the models it began with", "[P6]") {
  lister with({"one"});
  gateway_under_test gw(with.policy());
  REQUIRE(answers(gw, "lab/one", "lab/one"));
  behaviour slow;
  slow.tokens = 20;
  slow.token_delay = millis{100};
  with.lab.push(slow);
  auto client = gw.client();
  client.send(support::post("/v1/chat/completions", chat_stream("lab/one")));
  auto head = client.read_head();
  with.lab.set_models({"other"});
  gw.server().reload();
  CHECK(answers(gw, "lab/other", "lab/other"));
  client.read_body(head);
  CHECK(head.complete);
  CHECK(answer_text(head) == default_text("lab", 20));
}

}  // namespace
}  // namespace nearfar::tests
