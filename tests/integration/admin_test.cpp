// The admin listener: its token, pushed facts, metrics.
#include "tests/integration/gateway_under_test.hpp"

#include <catch2/catch_test_macros.hpp>

#include <sys/stat.h>

namespace nearfar::tests {
namespace {

TEST_CASE("the admin listener answers only with its token, which only its owner can read") {
  gateway_under_test gw;
  raw_client client(gw.server().admin_address());
  client.send(support::get("/metrics"));
  CHECK(client.read_answer().status == 401);
  client.send(support::get("/metrics", {{"Authorization", "Bearer wrong"}}));
  CHECK(client.read_answer().status == 401);
  client.send(support::get("/admin/facts", {{"Authorization", "Basic eA=="}}));
  CHECK(client.read_answer().status == 401);
  CHECK(gw.admin("GET", "/metrics").status == 200);
  struct stat file{};
  REQUIRE(::stat(gw.server().admin_token_file().c_str(), &file) == 0);
  CHECK((file.st_mode & 0777U) == 0600U);
}

TEST_CASE("the admin surface is not on the listener of the clients") {
  gateway_under_test gw;
  auto client = gw.client();
  client.send(support::get("/metrics") + support::get("/admin/facts"));
  CHECK(client.read_answer().status == 404);
  CHECK(client.read_answer().status == 404);
}

TEST_CASE("pushed facts change the routing at once, and back") {
  gateway_under_test gw;
  CHECK(gw.ask(chat("far")).status == 200);
  CHECK(gw.admin("PUT", "/admin/facts", R"({"network":"offline"})").status == 200);
  const auto offline = gw.ask(chat("far"));
  CHECK(offline.status >= 400);
  CHECK(gw.remote.counters().requests == 1);
  gw.device.kill();
  gw.self_hosted.kill();
  CHECK(gw.ask(chat("auto")).status >= 400);
  CHECK(gw.remote.counters().requests == 1);
  CHECK(gw.admin("PUT", "/admin/facts", R"({"network":"online"})").status == 200);
  CHECK(answer_text(gw.ask(chat("auto"))) == default_text("remote"));
}

TEST_CASE("a declared fact orders the targets until it expires") {
  gateway_under_test gw;
  CHECK(answer_text(gw.ask(chat("auto"))) == default_text("device"));
  CHECK(gw.admin("PUT", "/admin/facts", R"({"worn":true,"expires_in_s":1})").status == 200);
  const auto a = gw.ask(chat("auto"));
  CHECK(answer_text(a) == default_text("self_hosted"));
  CHECK(a.field("x-nearfar-rule") == "worn");
  CHECK(eventually([&] { return answer_text(gw.ask(chat("auto"))) == default_text("device"); }));
}

TEST_CASE("a fact that nobody declared, or of another type, is refused and changes nothing") {
  gateway_under_test gw;
  for (const char* body : {R"({"worm":true})", R"({"worn":"yes"})", R"({"network":"sideways"})", "[]", "{",
                           R"({"worn":true,"network":"sideways"})"}) {
    INFO(body);
    CHECK(gw.admin("PUT", "/admin/facts", body).status == 400);
  }
  CHECK(gw.ask(chat("auto")).field("x-nearfar-rule") == "default");
}

TEST_CASE("metrics count queries, attempts, failures and tokens") {
  gateway_under_test gw;
  behaviour fails;
  fails.status = 500;
  gw.device.push(fails);
  CHECK(gw.ask(chat("auto")).status == 200);
  CHECK(gw.metric_reaches("nearfar_queries_total", 1));
  CHECK(gw.metric_reaches("nearfar_attempts_total", 2));
  CHECK(gw.metric_reaches("nearfar_attempt_failures_total{kind=\"server_error\"}", 1));
  CHECK(gw.metric_reaches("nearfar_output_tokens_total", 20));
  CHECK(gw.metric("nearfar_queries_total") == 1);
  CHECK(gw.metric("nearfar_attempts_total") == 2);
}

}  // namespace
}  // namespace nearfar::tests
