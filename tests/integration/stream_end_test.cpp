// How streams end: whole, or with an error that no client takes for a whole answer.
#include "tests/integration/gateway_under_test.hpp"

#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>

namespace nearfar::tests {
namespace {

using support::events_of;

std::string streamed_with_usage(std::string_view model) {
  return R"({"model":")" + std::string(model) +
         R"(","messages":[{"role":"user","content":"hi"}],"stream":true,"stream_options":{"include_usage":true}})";
}

// The last event that is no comment.
boost::json::value last_event(const http_answer& a) {
  std::string last;
  for (const auto& e : events_of(a.body)) {
    if (!e.comment) last = e.data;
  }
  boost::system::error_code ec;
  return boost::json::parse(last, ec);
}

void check_broken(const http_answer& a) {
  CHECK(a.status == 200);
  CHECK(!a.complete);
  CHECK(a.body.find("[DONE]") == std::string::npos);
  const auto last = last_event(a);
  REQUIRE(last.is_object());
  CHECK(last.get_object().contains("error"));
  boost::system::error_code ec;
  const auto* reason = last.find_pointer("/choices/0/finish_reason", ec);
  REQUIRE(reason != nullptr);
  CHECK(*reason == "error");
}

TEST_CASE("a stream that breaks after k tokens ends with an error event and an unterminated body", "[P2]") {
  for (const unsigned after : {1U, 3U, 20U}) {
    for (const auto how : {break_kind::cut, break_kind::reset, break_kind::error_event}) {
      DYNAMIC_SECTION("kind " << static_cast<int>(how) << " after " << after) {
        gateway_under_test gw;
        behaviour b;
        b.break_with = how;
        b.after = after;
        gw.device.set_default(b);
        const auto a = gw.ask(chat_stream("near"));
        check_broken(a);
        CHECK(answer_text(a) == default_text("device", after));
        CHECK(gw.self_hosted.counters().requests == 0);
        CHECK(gw.metric_reaches("nearfar_broken_streams_total", 1));
      }
    }
  }
}

TEST_CASE("a stream that falls silent after its first tokens is ended by the stall clock", "[P2]") {
  policy_text policy;
  policy.attempts = "first_token: 5s, stall: 400ms";
  gateway_under_test gw(policy);
  behaviour b;
  b.break_with = break_kind::stall;
  b.after = 3;
  SECTION("silent") {}
  // Comments prove that the link is alive, not that tokens flow.
  SECTION("with comments") {
    b.comment_every = millis{50};
  }
  gw.device.set_default(b);
  const auto a = gw.ask(chat_stream("near"));
  check_broken(a);
  CHECK(answer_text(a) == default_text("device", 3));
}

TEST_CASE("a stream that ends without a finish reason is no whole answer, however cleanly it ends", "[P2]") {
  gateway_under_test gw;
  behaviour b;
  b.end = support::stream_end::no_finish;
  gw.device.set_default(b);
  check_broken(gw.ask(chat_stream("near")));
}

TEST_CASE("a stream with a finish reason and no [DONE] ends cleanly and soon, with usage and [DONE]",
          "[P2]") {
  gateway_under_test gw;
  behaviour b;
  SECTION("the upstream ends its body") {
    b.end = support::stream_end::no_done;
  }
  SECTION("the upstream keeps the connection open") {
    b.end = support::stream_end::open;
  }
  gw.device.set_default(b);
  const auto began = std::chrono::steady_clock::now();
  const auto a = gw.ask(streamed_with_usage("auto"));
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds{2});
  CHECK(a.complete);
  CHECK(answer_text(a) == default_text("device"));
  CHECK(a.body.find(R"("finish_reason":"stop")") != std::string::npos);
  CHECK(a.body.find(R"("completion_tokens":20)") != std::string::npos);
  CHECK(a.body.ends_with("data: [DONE]\n\n"));
  CHECK(gw.metric_reaches("nearfar_output_tokens_total", 20));
}

TEST_CASE("a garbage event is skipped and counted, and the stream goes on") {
  gateway_under_test gw;
  behaviour b;
  b.garbage_after = 2;
  gw.device.set_default(b);
  const auto a = gw.ask(chat_stream("auto"));
  CHECK(a.complete);
  CHECK(answer_text(a) == default_text("device"));
  CHECK(a.body.find("chatcmpl-broken") == std::string::npos);
  CHECK(a.body.ends_with("data: [DONE]\n\n"));
  CHECK(gw.metric_reaches("nearfar_bad_events_total", 1));
}

TEST_CASE("three garbage events in a row are a break", "[P2]") {
  gateway_under_test gw;
  behaviour b;
  b.garbage_after = 2;
  b.garbage_count = 3;
  gw.device.set_default(b);
  check_broken(gw.ask(chat_stream("near")));
}

TEST_CASE("events pass whatever way they are cut and whatever line ends they have") {
  gateway_under_test gw;
  behaviour b;
  b.tokens = 6;
  b.text = "Grüße aus Lissabon, 你好 und 🙂 dazu.";
  SECTION("seven bytes at a time") {
    b.split_bytes = 7;
  }
  SECTION("one byte at a time") {
    b.split_bytes = 1;
  }
  SECTION("all at once") {
    b.burst = true;
  }
  SECTION("CRLF") {
    b.crlf = true;
  }
  SECTION("delimited by the end of the connection") {
    b.frame = support::framing::close;
  }
  gw.device.set_default(b);
  // Alone in the plan: a byte a millisecond takes its time on a loaded machine.
  const auto a = gw.ask(chat_stream("near"));
  INFO(a.head << a.body);
  CHECK(a.complete);
  CHECK(answer_text(a) == b.text);
}

TEST_CASE("tool calls and reasoning are content: they commit, and pass") {
  gateway_under_test gw;
  behaviour b;
  b.reasoning = "Let me look.";
  b.tool_calls.push_back({"call_1", "weather", R"({"city":"Lisbon","unit":"celsius"})"});
  gw.device.set_default(b);
  const auto a = gw.ask(chat_stream("auto"));
  CHECK(a.complete);
  CHECK(a.body.find(R"("reasoning_content":"Let")") != std::string::npos);
  CHECK(a.body.find(R"("name":"weather")") != std::string::npos);
  CHECK(a.body.find(R"("finish_reason":"tool_calls")") != std::string::npos);
  const auto json = gw.ask(chat("auto"));
  CHECK(json.body.find(R"("id":"call_1")") != std::string::npos);
}

TEST_CASE("every event leaves at once") {
  gateway_under_test gw;
  behaviour b;
  b.tokens = 5;
  b.token_delay = millis{400};
  gw.device.set_default(b);
  auto client = gw.client();
  client.send(support::post("/v1/chat/completions", chat_stream("auto")));
  client.read_head();
  std::vector<raw_client::clock::time_point> came;
  while (const auto e = client.read_event()) {
    if (e->data.find(R"("content":")") != std::string::npos &&
        e->data.find("assistant") == std::string::npos) {
      came.push_back(e->at);
    }
  }
  REQUIRE(came.size() == 5);
  // Held events would come in pairs.
  for (std::size_t i = 1; i < came.size(); ++i) CHECK(came[i] - came[i - 1] > millis{150});
}

TEST_CASE("a gateway that is asked for gzip asks its upstream for identity, and counts usage") {
  gateway_under_test gw;
  behaviour b;
  b.gzip_if_asked = true;
  gw.device.set_default(b);
  const header_list wants_gzip = {{"accept-encoding", "gzip, deflate, br"}};
  const auto streamed = gw.ask(chat_stream("auto"), wants_gzip);
  CHECK(answer_text(streamed) == default_text("device"));
  CHECK(!streamed.has("content-encoding"));
  CHECK(gw.metric_reaches("nearfar_output_tokens_total", 20));
  const auto whole = gw.ask(chat("auto"), wants_gzip);
  CHECK(answer_text(whole) == default_text("device"));
  CHECK(gw.metric_reaches("nearfar_output_tokens_total", 40));
  for (const auto& r : gw.device.requests()) CHECK(r.head.field("accept-encoding") == "identity");
}

TEST_CASE("a usage chunk that the client did not ask for is withheld, and counted", "[P7]") {
  gateway_under_test gw;
  const auto plain = gw.ask(chat_stream("auto"));
  CHECK(plain.body.find("prompt_tokens") == std::string::npos);
  CHECK(plain.body.find(R"("choices":[])") == std::string::npos);
  CHECK(gw.metric_reaches("nearfar_output_tokens_total", 20));
  CHECK(gw.device.requests().at(0).body.find(R"("include_usage":true)") != std::string::npos);
  const auto asked = gw.ask(streamed_with_usage("auto"));
  CHECK(asked.body.find(R"("completion_tokens":20)") != std::string::npos);
}

}  // namespace
}  // namespace nearfar::tests
