// What moves on before the first content token, and what does not.
#include "tests/integration/failures.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_adapters.hpp>

namespace nearfar::tests {
namespace {

// Every failure as JSON, as a stream, or both.
std::vector<std::pair<failure, bool>> cases() {
  std::vector<std::pair<failure, bool>> out;
  for (const auto& f : failures_before_first_token()) {
    if (f.applies != asked_as::stream) out.emplace_back(f, false);
    if (f.applies != asked_as::json) out.emplace_back(f, true);
  }
  return out;
}

std::string asked(std::string_view model, bool stream) {
  return stream ? chat_stream(model) : chat(model);
}

void check_whole(const http_answer& a, bool stream, std::string_view from) {
  CHECK(a.status == 200);
  CHECK(a.complete);
  CHECK(answer_text(a) == default_text(from));
  if (stream) CHECK(a.body.ends_with("data: [DONE]\n\n"));
}

TEST_CASE("a failing device hands the query to the self-hosted server, which answers whole", "[P1]") {
  for (const auto& [how, stream] : cases()) {
    DYNAMIC_SECTION(how.name << (stream ? ", streamed" : ", JSON")) {
      gateway_under_test gw;
      how.inflict(gw.device);
      const auto a = gw.ask(asked("auto", stream));
      check_whole(a, stream, "self_hosted");
      CHECK(a.field("x-nearfar-target") == "homelab/medium");
      CHECK(a.field("x-nearfar-tier") == "self_hosted");
      CHECK(a.field("x-nearfar-rule") == "default");
      CHECK(a.field("x-nearfar-attempts") == "2");
      CHECK(gw.device.counters().requests == (how.reaches ? 1U : 0U));
      CHECK(gw.self_hosted.counters().requests == 1);
      CHECK(gw.remote.counters().requests == 0);
    }
  }
}

TEST_CASE("when device and self-hosted fail, the remote answers, and the attempts are told truly", "[P1]") {
  for (const auto& [how, stream] : cases()) {
    // Two empty answers end the search: asking a third time would not make the question better.
    if (how.name == "an answer without text") continue;
    DYNAMIC_SECTION(how.name << (stream ? ", streamed" : ", JSON")) {
      gateway_under_test gw;
      how.inflict(gw.device);
      how.inflict(gw.self_hosted);
      const auto a = gw.ask(asked("auto", stream));
      check_whole(a, stream, "remote");
      CHECK(a.field("x-nearfar-target") == "vendor/large");
      CHECK(a.field("x-nearfar-attempts") == "3");
      CHECK(gw.upstream_requests() == (how.reaches ? 3U : 1U));
    }
  }
}

TEST_CASE("the same target is tried once more after a reset or a 5xx", "[P1]") {
  policy_text policy;
  policy.same_target = "2";
  gateway_under_test gw(policy);
  behaviour b;
  SECTION("reset") {
    b.break_with = break_kind::reset;
    b.break_at = break_point::before_head;
  }
  SECTION("500") {
    b.status = 500;
  }
  gw.device.push(b);
  const auto a = gw.ask(chat_stream("auto"));
  check_whole(a, true, "device");
  CHECK(a.field("x-nearfar-attempts") == "2");
  CHECK(gw.device.counters().requests == 2);
}

TEST_CASE("a content policy refusal comes back as it came, and nobody else is asked") {
  gateway_under_test gw;
  behaviour b;
  b.status = 400;
  b.error = {"Your request was rejected by our safety system.", "invalid_request_error",
             "content_policy_violation"};
  gw.device.set_default(b);
  for (const bool stream : {false, true}) {
    const auto a = gw.ask(asked("auto", stream));
    CHECK(a.status == 400);
    CHECK(a.body == R"({"error":{"message":"Your request was rejected by our safety system.",)"
                    R"("type":"invalid_request_error","param":null,"code":"content_policy_violation"}})");
    CHECK(a.field("x-nearfar-attempts") == "1");
  }
  CHECK(gw.self_hosted.counters().requests == 0);
  CHECK(gw.remote.counters().requests == 0);
}

TEST_CASE("a bad request comes back as it came, and nobody else is asked") {
  gateway_under_test gw;
  behaviour b;
  b.status = 422;
  b.raw_body =
      std::make_shared<const std::string>(R"({"error": {"message" : "temperature is odd", "code": null}})");
  gw.device.set_default(b);
  const auto a = gw.ask(chat("auto"));
  CHECK(a.status == 422);
  CHECK(a.body == *b.raw_body);
  CHECK(gw.upstream_requests() == 1);
}

TEST_CASE("a refused key parks the provider: it is not asked again", "[trap30]") {
  gateway_under_test gw;
  behaviour b;
  b.status = 401;
  b.error = {"Incorrect API key provided", "invalid_request_error", "invalid_api_key"};
  gw.device.set_default(b);
  for (int i = 0; i < 3; ++i) CHECK(answer_text(gw.ask(chat("auto"))) == default_text("self_hosted"));
  CHECK(gw.device.counters().requests == 1);
  CHECK(gw.self_hosted.counters().requests == 3);
  const auto only = gw.ask(chat("near"));
  CHECK(only.status >= 400);
  CHECK(gw.device.counters().requests == 1);
}

TEST_CASE("a rate limit parks the target for as long as the vendor said") {
  gateway_under_test gw;
  behaviour b;
  b.status = 429;
  b.error = {"Rate limit reached", "requests", "rate_limit_exceeded"};
  b.retry_after = "3600";
  gw.device.set_default(b);
  CHECK(answer_text(gw.ask(chat("auto"))) == default_text("self_hosted"));
  CHECK(answer_text(gw.ask(chat("auto"))) == default_text("self_hosted"));
  CHECK(gw.device.counters().requests == 1);
  const auto only = gw.ask(chat("near"));
  CHECK(only.status == 429);
  CHECK(!only.field("retry-after").empty());
}

TEST_CASE("a short Retry-After is waited out when nobody else is left") {
  gateway_under_test gw;
  behaviour b;
  b.status = 429;
  b.retry_after = "1";
  gw.device.push(b);
  const auto a = gw.ask(chat("near"));
  CHECK(a.status == 200);
  CHECK(answer_text(a) == default_text("device"));
  CHECK(a.field("x-nearfar-attempts") == "2");
}

TEST_CASE("a plan that is exhausted tells SDKs not to try again, and names every target") {
  gateway_under_test gw;
  behaviour b;
  b.status = 500;
  for (auto* d : {&gw.device, &gw.self_hosted, &gw.remote}) d->set_default(b);
  for (const bool stream : {false, true}) {
    const auto a = gw.ask(asked("auto", stream));
    CHECK(a.status == 502);
    CHECK(a.field("x-should-retry") == "false");
    CHECK(a.field("content-type").starts_with("application/json"));
    const auto message = error_field(a.body, "message");
    for (const char* target : {"phone/small", "homelab/medium", "vendor/large"}) {
      CHECK(message.find(target) != std::string::npos);
    }
  }
}

TEST_CASE("an outage does not double the load: retries are bounded") {
  policy_text policy;
  policy.same_target = "2";
  gateway_under_test gw(policy);
  behaviour b;
  b.status = 500;
  gw.remote.set_default(b);
  constexpr unsigned queries = 50;
  for (unsigned i = 0; i < queries; ++i) CHECK(gw.ask(chat("far")).status >= 500);
  // 20 % and a small floor; without a bound it would be a hundred.
  CHECK(gw.remote.counters().requests <= queries + queries / 5 + 5);
}

TEST_CASE("after an outage the remote is asked again, without a restart", "[P1]") {
  gateway_under_test gw;
  CHECK(gw.ask(chat("far")).status == 200);
  gw.remote.kill();
  for (int i = 0; i < 5; ++i) CHECK(gw.ask(chat("far")).status >= 500);
  gw.remote.listen();
  CHECK(eventually([&] { return gw.ask(chat("far")).status == 200; }));
}

TEST_CASE("after an outage of the device tier it comes first again by itself", "[P1]") {
  gateway_under_test gw;
  gw.device.kill();
  for (int i = 0; i < 4; ++i) CHECK(answer_text(gw.ask(chat("auto"))) == default_text("self_hosted"));
  gw.device.listen();
  CHECK(eventually([&] { return answer_text(gw.ask(chat("auto"))) == default_text("device"); }));
}

TEST_CASE("a client's deadline ends the search") {
  gateway_under_test gw;
  behaviour b;
  b.break_with = break_kind::stall;
  b.break_at = break_point::before_head;
  for (auto* d : {&gw.device, &gw.self_hosted, &gw.remote}) d->set_default(b);
  const auto began = std::chrono::steady_clock::now();
  const auto a = gw.ask(chat_stream("auto"), {{"x-nearfar-deadline-ms", "700"}});
  CHECK(a.status == 504);
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds{10});
}

TEST_CASE("a stream's head goes early when the first token is late, and a later failure is an error event",
          "[P2]") {
  policy_text policy;
  policy.attempts = "first_token: 20s, stall: 20s, head_after: 300ms";
  gateway_under_test gw(policy);
  behaviour slow;
  slow.first_token_delay = millis{2'000};
  SECTION("the answer comes") {
    gw.device.set_default(slow);
    auto client = gw.client();
    client.set_deadline(millis{30'000});
    client.send(support::post("/v1/chat/completions", chat_stream("near")));
    auto a = client.read_head();
    CHECK(a.status == 200);
    CHECK(a.field("x-nearfar-target") == "pending");
    CHECK(gw.device.counters().completed == 0);
    client.read_body(a);
    CHECK(a.complete);
    CHECK(answer_text(a) == default_text("device"));
    CHECK(a.body.ends_with("data: [DONE]\n\n"));
  }
  SECTION("the target still changes") {
    slow.break_with = break_kind::cut;
    slow.break_at = break_point::before_first_token;
    gw.device.set_default(slow);
    const auto a = gw.ask(chat_stream("auto"));
    CHECK(a.field("x-nearfar-target") == "pending");
    CHECK(a.complete);
    CHECK(answer_text(a) == default_text("self_hosted"));
  }
  SECTION("everything fails") {
    slow.break_with = break_kind::cut;
    slow.break_at = break_point::before_first_token;
    gw.device.set_default(slow);
    const auto a = gw.ask(chat_stream("near"));
    CHECK(a.status == 200);
    CHECK(!a.complete);
    CHECK(a.body.find("[DONE]") == std::string::npos);
    CHECK(a.body.find(R"("error")") != std::string::npos);
  }
}

}  // namespace
}  // namespace nearfar::tests
