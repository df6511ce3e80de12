#include "tests/support/answer_script.hpp"

#include "tests/support/dialects/openai_chat_writer.hpp"
#include "tests/support/double_control.hpp"
#include "tests/support/raw_client.hpp"

#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>

namespace nearfar::support {
namespace {

const openai_chat_writer dialect;

request_head head_of(std::string_view text = "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n\r\n") {
  return parse_request_head(text).value();
}

struct played {
  std::string bytes;
  std::vector<action_kind> kinds;
  std::vector<millis> pauses;
};

played play(const behaviour& b, std::string body, const request_head& head = head_of()) {
  answer_script script(std::make_shared<const behaviour>(b), dialect, head, std::move(body), {"unit", 7});
  played out;
  for (int i = 0; i < 10'000; ++i) {
    const auto a = script.next();
    out.kinds.push_back(a.kind);
    out.bytes += a.bytes;
    if (a.kind == action_kind::pause) out.pauses.push_back(a.wait);
    if (a.kind != action_kind::write && a.kind != action_kind::pause) break;
  }
  return out;
}

const std::string streaming =
    R"({"model":"m","messages":[],"stream":true,"stream_options":{"include_usage":true}})";
const std::string plain_body = R"({"model":"m","messages":[]})";

TEST_CASE("a stream has role, tokens, finish, usage and [DONE], and a last chunk") {
  behaviour b;
  b.text = "Hello there.";
  b.frame = framing::close;
  const auto p = play(b, streaming);
  const auto events = events_of(p.bytes.substr(p.bytes.find("\r\n\r\n") + 4));
  REQUIRE(events.size() == 6);
  CHECK(events[0].data.find(R"("delta":{"role":"assistant","content":"","refusal":null})") !=
        std::string::npos);
  CHECK(events[1].data.find(R"("delta":{"content":"Hello"})") != std::string::npos);
  CHECK(events[2].data.find(R"("content":" there.")") != std::string::npos);
  CHECK(events[2].data.find(R"("usage":null)") != std::string::npos);
  CHECK(events[3].data.find(R"("delta":{},"logprobs":null,"finish_reason":"stop")") != std::string::npos);
  CHECK(events[4].data.find(R"("choices":[],"usage":{"prompt_tokens":)") != std::string::npos);
  CHECK(events[5].data == "[DONE]");
  CHECK(p.kinds.back() == action_kind::finish);
}

TEST_CASE("without include_usage a stream has no usage anywhere") {
  const auto p = play({}, R"({"model":"m","messages":[],"stream":true})");
  CHECK(p.bytes.find("usage") == std::string::npos);
  CHECK(p.bytes.ends_with("data: [DONE]\n\n\r\n0\r\n\r\n"));
}

TEST_CASE("a JSON answer is valid and counts its tokens") {
  behaviour b;
  b.tokens = 3;
  const auto p = play(b, plain_body);
  const auto body = boost::json::parse(p.bytes.substr(p.bytes.find("\r\n\r\n") + 4));
  CHECK(body.at_pointer("/choices/0/message/content").as_string() == "unit one two");
  CHECK(body.at_pointer("/usage/completion_tokens").as_int64() == 3);
}

TEST_CASE("tool calls come in pieces in a stream and whole in JSON") {
  behaviour b;
  b.tool_calls.push_back({"call_1", "weather", R"({"city":"Lisbon"})"});
  b.frame = framing::close;
  std::string arguments;
  const auto streamed = play(b, streaming);
  for (const auto& e : events_of(streamed.bytes.substr(streamed.bytes.find("\r\n\r\n") + 4))) {
    boost::system::error_code ec;
    const auto chunk = boost::json::parse(e.data, ec);
    if (ec) continue;
    const auto* piece = chunk.find_pointer("/choices/0/delta/tool_calls/0/function/arguments", ec);
    if (piece != nullptr) arguments += std::string_view(piece->as_string());
  }
  CHECK(arguments == R"({"city":"Lisbon"})");
  CHECK(streamed.bytes.find(R"("finish_reason":"tool_calls")") != std::string::npos);
  const auto whole = play(b, plain_body);
  CHECK(whole.bytes.find(R"("tool_calls":[{"id":"call_1","type":"function","function":{"name":"weather")") !=
        std::string::npos);
}

TEST_CASE("breaks come exactly where they are asked for") {
  behaviour b;
  b.tokens = 5;
  b.break_with = break_kind::cut;
  SECTION("before the head") {
    b.break_at = break_point::before_head;
    CHECK(play(b, streaming).bytes.empty());
    CHECK(play(b, plain_body).bytes.empty());
  }
  SECTION("before the first token") {
    b.break_at = break_point::before_first_token;
    const auto p = play(b, streaming);
    CHECK(p.bytes.find("assistant") != std::string::npos);
    CHECK(p.bytes.find(R"("content":"unit")") == std::string::npos);
    CHECK(p.kinds.back() == action_kind::cut);
  }
  SECTION("after two tokens") {
    b.after = 2;
    const auto p = play(b, streaming);
    CHECK(p.bytes.find(R"("content":" one")") != std::string::npos);
    CHECK(p.bytes.find(R"("content":" two")") == std::string::npos);
    CHECK(!p.bytes.ends_with("0\r\n\r\n"));
  }
  SECTION("after all tokens, before the finish") {
    b.after = 5;
    const auto p = play(b, streaming);
    CHECK(p.bytes.find(R"("content":" four")") != std::string::npos);
    CHECK(p.bytes.find(R"("finish_reason":"stop")") == std::string::npos);
    CHECK(p.kinds.back() == action_kind::cut);
  }
  SECTION("in the middle of a JSON body") {
    const auto p = play(b, plain_body);
    const auto body = p.bytes.substr(p.bytes.find("\r\n\r\n") + 4);
    CHECK(!body.empty());
    CHECK(!body.ends_with("}"));
    CHECK(p.kinds.back() == action_kind::cut);
  }
  SECTION("with a reset") {
    b.break_with = break_kind::reset;
    CHECK(play(b, streaming).kinds.back() == action_kind::reset);
  }
  SECTION("with silence") {
    b.break_with = break_kind::stall;
    CHECK(play(b, streaming).kinds.back() == action_kind::stall);
  }
  SECTION("with an error event as the first event") {
    b.break_with = break_kind::error_event;
    b.break_at = break_point::before_first_token;
    const auto p = play(b, streaming);
    CHECK(p.bytes.find("assistant") == std::string::npos);
    CHECK(p.bytes.find(R"(data: {"error":{"message":)") != std::string::npos);
    CHECK(p.bytes.ends_with("0\r\n\r\n"));
  }
}

TEST_CASE("the end of a stream can lack [DONE], the finish, or the end itself") {
  behaviour b;
  b.end = stream_end::no_done;
  CHECK(play(b, streaming).bytes.find("[DONE]") == std::string::npos);
  CHECK(play(b, streaming).bytes.ends_with("0\r\n\r\n"));
  b.end = stream_end::no_finish;
  CHECK(play(b, streaming).bytes.find(R"("finish_reason":"stop")") == std::string::npos);
  b.end = stream_end::open;
  const auto p = play(b, streaming);
  CHECK(p.bytes.find(R"("finish_reason":"stop")") != std::string::npos);
  CHECK(p.bytes.find("[DONE]") == std::string::npos);
  CHECK(p.kinds.back() == action_kind::stall);
}

TEST_CASE("delays are before the head, before the first token and between tokens") {
  behaviour b;
  b.tokens = 3;
  b.head_delay = millis{5};
  b.first_token_delay = millis{7};
  b.token_delay = millis{11};
  CHECK(play(b, streaming).pauses == std::vector<millis>{millis{5}, millis{7}, millis{11}, millis{11}});
  CHECK(play(b, plain_body).pauses == std::vector<millis>{millis{5}, millis{40}});
}

TEST_CASE("failures carry status, retry-after and the body that was asked for") {
  behaviour b;
  b.status = 429;
  b.retry_after = "7";
  b.error = {"slow down", "requests", "rate_limit_exceeded"};
  auto p = play(b, plain_body);
  CHECK(p.bytes.starts_with("HTTP/1.1 429 Too Many Requests\r\n"));
  CHECK(p.bytes.find("retry-after: 7\r\n") != std::string::npos);
  CHECK(p.bytes.ends_with(
      R"({"error":{"message":"slow down","type":"requests","param":null,"code":"rate_limit_exceeded"}})"));
  b.body = body_kind::html;
  CHECK(play(b, plain_body).bytes.find("content-type: text/html") != std::string::npos);
  b.body = body_kind::empty;
  CHECK(play(b, plain_body).bytes.find("content-length: 0\r\n") != std::string::npos);
}

TEST_CASE("a request that no server would take gets a 400 of the dialect") {
  CHECK(play({}, "{").bytes.starts_with("HTTP/1.1 400 "));
  CHECK(play({}, R"({"messages":[]})").bytes.find("invalid_request_error") != std::string::npos);
}

TEST_CASE("a behaviour is read from JSON, and a slip is named") {
  const auto b =
      read_behaviour(R"({"tokens":3,"token_delay_ms":4,"break_with":"reset","break_at":"before_head",
                                    "garbage_after":1,"headers":{"x-a":"b"},"error":{"code":"c"}})");
  REQUIRE(b.has_value());
  CHECK(b->tokens == 3);
  CHECK(b->token_delay == millis{4});
  CHECK(b->break_with == break_kind::reset);
  CHECK(b->garbage_after == 1U);
  CHECK(b->error.code == "c");
  CHECK(read_behaviour(R"({"tokenz":3})").error() == "unknown key `tokenz`");
  CHECK(read_behaviour(R"({"tokens":-3})").error().find("tokens") != std::string::npos);
  CHECK(read_behaviour(R"({"end":"never"})").error() == "`end` wants one of done, no_done, open, no_finish");
}

TEST_CASE("the control endpoint sets, queues and clears behaviours") {
  double_state state(10);
  CHECK(control(state, "PUT", "/_double/behaviour", R"({"status":503})").status == 200);
  CHECK(state.choose({})->status == 503);
  CHECK(control(state, "POST", "/_double/behaviour", R"({"status":429})").status == 200);
  CHECK(state.choose({})->status == 429);
  CHECK(state.choose({})->status == 503);
  CHECK(control(state, "PUT", "/_double/behaviour", R"({"queue":[{"status":500},{"status":502}]})").status ==
        200);
  CHECK(state.choose({})->status == 500);
  CHECK(state.choose({})->status == 502);
  CHECK(state.choose({})->status == 200);
  CHECK(control(state, "PUT", "/_double/behaviour", R"({"statuz":503})").status == 400);
  CHECK(control(state, "DELETE", "/_double/behaviour", "").status == 200);
  CHECK(control(state, "GET", "/_double/nowhere", "").status == 404);
}

}  // namespace
}  // namespace nearfar::support
