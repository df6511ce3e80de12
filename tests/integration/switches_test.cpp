// Targets switched by hand over the admin listener, and the queries that go by.
#include "tests/integration/gateway_under_test.hpp"

#include <catch2/catch_test_macros.hpp>

#include <fstream>

namespace nearfar::tests {
namespace {

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

std::string target_of(const http_answer& a) {
  return std::string(a.field("x-nearfar-target"));
}

TEST_CASE("off takes a provider out until it ends by itself") {
  gateway_under_test gw;
  CHECK(target_of(gw.ask(chat("auto"))) == "phone/small");
  CHECK(gw.admin("PUT", "/admin/targets", R"({"name":"phone","switch":"off","for_s":1})").status == 200);
  CHECK(target_of(gw.ask(chat("auto"))) == "homelab/medium");
  CHECK(contains(gw.admin("GET", "/readyz").body, R"("switched":[{"name":"phone","switch":"off")"));
  CHECK(eventually([&] { return target_of(gw.ask(chat("auto"))) == "phone/small"; }));
  CHECK(contains(gw.admin("GET", "/readyz").body, R"("switched":[])"));
}

TEST_CASE("off is never broken, and the refusal names it") {
  gateway_under_test gw;
  CHECK(gw.admin("PUT", "/admin/targets", R"({"name":"phone/small","switch":"off","for_s":60})").status ==
        200);
  const auto refused = gw.ask(chat("near"));
  CHECK(refused.status == 503);
  CHECK(contains(refused.body, "switched off by hand"));
  CHECK(gw.device.counters().requests == 0);
  CHECK(gw.admin("DELETE", "/admin/targets", R"({"name":"phone/small"})").status == 200);
  CHECK(gw.ask(chat("near")).status == 200);
  CHECK(gw.admin("DELETE", "/admin/targets", R"({"name":"phone/small"})").status == 404);
}

TEST_CASE("last is asked after all others, and still answers when they fail", "[P1]") {
  gateway_under_test gw;
  CHECK(gw.admin("PUT", "/admin/targets", R"({"name":"phone","switch":"last","for_s":60})").status == 200);
  CHECK(target_of(gw.ask(chat("auto"))) == "homelab/medium");
  gw.self_hosted.kill();
  gw.remote.kill();
  CHECK(target_of(gw.ask(chat("auto"))) == "phone/small");
}

TEST_CASE("a switch without an end, or of a name that is not there, is refused") {
  gateway_under_test gw;
  for (const char* body :
       {R"({"name":"phone","switch":"off"})", R"({"name":"phone","switch":"off","for_s":0})",
        R"({"name":"phone","switch":"off","for_s":99999999})", R"({"name":"phone","switch":"on","for_s":60})",
        R"({"switch":"off","for_s":60})", "[]"}) {
    INFO(body);
    CHECK(gw.admin("PUT", "/admin/targets", body).status == 400);
  }
  const auto unknown = gw.admin("PUT", "/admin/targets", R"({"name":"fone","switch":"off","for_s":60})");
  CHECK(unknown.status == 404);
  CHECK(contains(unknown.body, "phone, homelab, vendor"));
  CHECK(target_of(gw.ask(chat("auto"))) == "phone/small");
}

TEST_CASE("who watches sees every query as it ends, and no text of it") {
  gateway_under_test gw;
  raw_client watcher(gw.server().admin_address());
  std::ifstream file(gw.server().admin_token_file());
  std::string token;
  file >> token;
  watcher.send(support::get("/admin/events", {{"Authorization", "Bearer " + token}}));
  const auto head = watcher.read_head();
  CHECK(head.status == 200);
  CHECK(head.field("content-type") == "text/event-stream");
  CHECK(watcher.read_event()->comment);
  CHECK(gw.ask(chat_stream("auto", "a secret of mine")).status == 200);
  const auto event = watcher.read_event();
  REQUIRE(event);
  CHECK(contains(event->data, R"("target":"phone/small")"));
  CHECK(contains(event->data, R"("rule":"default")"));
  CHECK_FALSE(contains(event->data, "secret"));
}

TEST_CASE("a watcher does not hold up a stop") {
  auto gw = std::make_unique<gateway_under_test>();
  raw_client watcher(gw->server().admin_address());
  std::ifstream file(gw->server().admin_token_file());
  std::string token;
  file >> token;
  watcher.send(support::get("/admin/events", {{"Authorization", "Bearer " + token}}));
  CHECK(watcher.read_head().status == 200);
  const auto began = std::chrono::steady_clock::now();
  gw->server().stop();
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds{8});
}

}  // namespace
}  // namespace nearfar::tests
