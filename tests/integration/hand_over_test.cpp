// A committed answer that breaks goes on elsewhere, and the client reads one text.
#include "tests/integration/gateway_under_test.hpp"

#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>

#include <set>

namespace nearfar::tests {
namespace {

namespace json = boost::json;

using words = std::vector<std::string>;

const words spoken{"The ", "tower ", "is ",  "very ", "very ", "high, ", "你好",
                   "世界", " and ",  "the ", "view ", "is ",   "good."};

std::string joined(const words& list, std::size_t from = 0, std::size_t to = 1'000) {
  std::string out;
  for (std::size_t i = from; i < std::min(to, list.size()); ++i) out += list[i];
  return out;
}

behaviour says(words list) {
  behaviour b;
  b.tokens = 0;
  b.script = std::move(list);
  return b;
}

behaviour breaking(unsigned after, break_kind how = break_kind::cut) {
  auto b = says(spoken);
  b.break_with = how;
  b.after = after;
  return b;
}

words rest(std::size_t from) {
  return {spoken.begin() + static_cast<std::ptrdiff_t>(from), spoken.end()};
}

// The providers' `continuation`.
policy_text continuing(std::string_view how) {
  policy_text out;
  out.continuation = how;
  out.attempts = "first_token: 20s, stall: 400ms";
  return out;
}

std::size_t broken_events(const http_answer& a) {
  std::size_t n = 0;
  for (const auto& e : support::events_of(a.body)) n += e.data.find("\"error\"") != std::string::npos ? 1 : 0;
  return n;
}

void check_whole(const http_answer& a) {
  INFO(a.body);
  CHECK(a.status == 200);
  CHECK(a.complete);
  CHECK(answer_text(a) == joined(spoken));
  CHECK(a.body.ends_with("data: [DONE]\n\n"));
  CHECK(broken_events(a) == 0);
  // One stream to the client, whoever made it.
  std::set<std::string> ids;
  unsigned finished = 0;
  for (const auto& e : support::events_of(a.body)) {
    if (e.comment || e.data == "[DONE]") continue;
    const auto chunk = json::parse(e.data);
    ids.emplace(chunk.at("id").as_string());
    boost::system::error_code ec;
    const auto* reason = chunk.find_pointer("/choices/0/finish_reason", ec);
    finished += reason != nullptr && reason->is_string() ? 1 : 0;
  }
  CHECK(ids.size() == 1);
  CHECK(finished == 1);
}

json::array messages_of(const support::recorded_request& r) {
  return json::parse(r.body).at("messages").as_array();
}

TEST_CASE("a break after every k-th token is continued by the next target, to the byte", "[P1][P2]") {
  for (const auto how : {break_kind::cut, break_kind::reset, break_kind::error_event, break_kind::stall}) {
    for (const unsigned after : {1U, 4U, 5U, 7U, 8U, 12U}) {
      DYNAMIC_SECTION("kind " << static_cast<int>(how) << " after " << after) {
        gateway_under_test gw(continuing("{kind: native}"));
        gw.device.set_default(breaking(after, how));
        gw.self_hosted.set_default(says(rest(after)));
        const auto a = gw.ask(chat_stream("auto"));
        check_whole(a);
        CHECK(gw.remote.counters().requests == 0);
        const auto asked = gw.self_hosted.requests();
        REQUIRE(asked.size() == 1);
        const auto messages = messages_of(asked.front());
        REQUIRE(messages.size() == 2);
        CHECK(messages[0].at("content").as_string() == "How far is it?");
        CHECK(messages[1].at("role").as_string() == "assistant");
        CHECK(messages[1].at("content").as_string() == joined(spoken, 0, after));
        CHECK(gw.metric_reaches("nearfar_hand_overs_total", 1));
        CHECK(gw.metric_reaches("nearfar_continued_answers_total", 1));
        CHECK(gw.metric("nearfar_broken_streams_total") == 0);
      }
    }
  }
}

TEST_CASE("a target that starts over is silent while it repeats what was said", "[P2]") {
  for (const unsigned after : {1U, 5U, 8U, 12U}) {
    DYNAMIC_SECTION("after " << after) {
      gateway_under_test gw(continuing("{kind: restart}"));
      gw.device.set_default(breaking(after));
      gw.self_hosted.set_default(says(spoken));
      check_whole(gw.ask(chat_stream("auto")));
    }
  }
}

TEST_CASE("a target that says something else is passed by, and the next goes on", "[P2]") {
  gateway_under_test gw(continuing("{kind: restart}"));
  gw.device.set_default(breaking(6));
  gw.self_hosted.set_default(says({"Towers ", "are ", "high."}));
  gw.remote.set_default(says(spoken));
  check_whole(gw.ask(chat_stream("auto")));
  CHECK(gw.self_hosted.counters().requests == 1);
}

TEST_CASE("who refuses to go on natively is asked in words, and that is remembered", "[P1]") {
  gateway_under_test gw(continuing("{kind: native}"));
  gw.device.set_default(breaking(6));
  behaviour refusing;
  refusing.status = 400;
  refusing.error = {"This model does not support assistant message prefill.", "invalid_request_error", ""};
  gw.self_hosted.push(refusing);
  gw.self_hosted.set_default(says(rest(6)));
  check_whole(gw.ask(chat_stream("auto")));
  check_whole(gw.ask(chat_stream("auto")));
  const auto asked = gw.self_hosted.requests();
  REQUIRE(asked.size() == 3);
  CHECK(messages_of(asked[0]).back().at("role").as_string() == "assistant");
  for (const std::size_t i : {1U, 2U}) {
    const auto messages = messages_of(asked[i]);
    REQUIRE(messages.size() == 3);
    CHECK(messages[1].at("content").as_string() == "The tower is very very high,");
    CHECK(messages[2].at("role").as_string() == "user");
  }
  CHECK(gw.metric("nearfar_answers_total{class=\"4xx\"}") == 0);
}

TEST_CASE("the second leg may break as well", "[P1]") {
  gateway_under_test gw(continuing("{kind: native}"));
  gw.device.set_default(breaking(3));
  auto second = says(rest(3));
  second.break_with = break_kind::cut;
  second.after = 4;
  gw.self_hosted.set_default(second);
  gw.remote.set_default(says(rest(7)));
  check_whole(gw.ask(chat_stream("auto")));
  const auto asked = gw.remote.requests();
  REQUIRE(asked.size() == 1);
  CHECK(messages_of(asked.front()).back().at("content").as_string() == joined(spoken, 0, 7));
}

TEST_CASE("the usage of a continued answer is the sum of its legs", "[P4]") {
  gateway_under_test gw(continuing("{kind: native}"));
  gw.device.set_default(breaking(6));
  auto second = says(rest(6));
  second.usage = support::scripted_usage{.prompt_tokens = 30, .completion_tokens = 7};
  gw.self_hosted.set_default(second);
  const auto a = gw.ask(
      R"({"model":"auto","messages":[{"role":"user","content":"hi"}],"stream":true,"stream_options":{"include_usage":true}})");
  check_whole(a);
  std::int64_t output = 0;
  for (const auto& e : support::events_of(a.body)) {
    if (e.data.find("completion_tokens") == std::string::npos) continue;
    output = json::parse(e.data).at("usage").at("completion_tokens").as_int64();
  }
  CHECK(output == 13);
  CHECK(gw.metric_reaches("nearfar_output_tokens_total", 13));
}

TEST_CASE("the answer's limit of tokens shrinks by what was said") {
  gateway_under_test gw(continuing("{kind: native}"));
  gw.device.set_default(breaking(6));
  gw.self_hosted.set_default(says(rest(6)));
  gw.ask(R"({"model":"auto","messages":[{"role":"user","content":"hi"}],"stream":true,"max_tokens":100})");
  const auto asked = gw.self_hosted.requests();
  REQUIRE(asked.size() == 1);
  const auto left = json::parse(asked.front().body).at("max_tokens").as_int64();
  CHECK(left < 100);
  CHECK(left > 80);
}

// Nobody may go on: an error event that says why, and no end that a client could take for a whole answer.
void check_refused(const http_answer& a, std::string_view because) {
  INFO(a.body);
  CHECK_FALSE(a.complete);
  CHECK(a.body.find("[DONE]") == std::string::npos);
  CHECK(broken_events(a) == 1);
  CHECK(a.body.find(because) != std::string::npos);
}

TEST_CASE("what cannot be continued ends with an error event that names why", "[P2]") {
  gateway_under_test gw(continuing("{kind: native}"));
  gw.device.set_default(breaking(4));
  std::string extra;
  std::string because;
  SECTION("a tool call had begun") {
    behaviour b;
    b.tokens = 0;
    b.tool_calls = {{"call_1", "look_up", R"({"place":"tower"})"}};
    b.break_with = break_kind::cut;
    b.after = 1;
    gw.device.set_default(b);
    because = "tool call";
  }
  SECTION("it is inside reasoning") {
    behaviour b;
    b.reasoning = "Let me think about towers";
    b.break_with = break_kind::cut;
    b.after = 2;
    gw.device.set_default(b);
    because = "reason";
  }
  SECTION("JSON by schema was asked for") {
    extra = R"(,"response_format":{"type":"json_schema","json_schema":{"name":"x","schema":{}}})";
    because = "JSON";
  }
  SECTION("several answers were asked for") {
    extra = R"(,"n":2)";
    because = "choices";
  }
  const auto a =
      gw.ask(R"({"model":"auto","messages":[{"role":"user","content":"hi"}],"stream":true)" + extra + "}");
  check_refused(a, because);
  CHECK(gw.self_hosted.counters().requests == 0);
  CHECK(gw.metric_reaches("nearfar_broken_streams_total", 1));
}

TEST_CASE("`continue: never` ends a broken stream with an error event", "[P2]") {
  auto policy = continuing("{kind: native}");
  policy.attempts += ", continue: never";
  gateway_under_test gw(policy);
  gw.device.set_default(breaking(4));
  check_refused(gw.ask(chat_stream("auto")), "continue: never");
  CHECK(gw.self_hosted.counters().requests == 0);
}

TEST_CASE("when nobody can go on the client is told what each one said", "[P2][P5]") {
  gateway_under_test gw(continuing("{kind: native}"));
  gw.device.set_default(breaking(4));
  behaviour failing;
  failing.status = 503;
  gw.self_hosted.set_default(failing);
  gw.remote.set_default(failing);
  const auto a = gw.ask(chat_stream("auto"));
  check_refused(a, "vendor/large: overloaded 503");
  CHECK(answer_text(a) == joined(spoken, 0, 4));
}

TEST_CASE("held words are thrown away at a break, and the next target says them anew", "[P2]") {
  auto policy = continuing("{kind: native}");
  policy.attempts += ", hold_back: 3 words";
  gateway_under_test gw(policy);
  auto first = says({"The tower is tall.", " It", " stands", " by", " the", " riv"});
  SECTION("broken in the middle of a word") {
    first.break_with = break_kind::cut;
    first.after = 6;
    gw.device.set_default(first);
    gw.self_hosted.set_default(says({" by", " the", " river."}));
    const auto a = gw.ask(chat_stream("auto"));
    CHECK(a.complete);
    CHECK(answer_text(a) == "The tower is tall. It stands by the river.");
    const auto asked = gw.self_hosted.requests();
    REQUIRE(asked.size() == 1);
    CHECK(messages_of(asked.front()).back().at("content").as_string() == "The tower is tall. It stands");
  }
  SECTION("whole") {
    gw.device.set_default(first);
    const auto a = gw.ask(chat_stream("auto"));
    CHECK(a.complete);
    CHECK(answer_text(a) == "The tower is tall. It stands by the riv");
    CHECK(a.body.ends_with("data: [DONE]\n\n"));
  }
}

TEST_CASE("a private answer is continued at home or not at all", "[P3]") {
  gateway_under_test gw(continuing("{kind: native}"));
  gw.device.set_default(breaking(4));
  behaviour failing;
  failing.status = 500;
  gw.self_hosted.set_default(failing);
  const auto a = gw.ask(chat_stream("auto"), {{"x-nearfar-privacy", "private"}});
  CHECK_FALSE(a.complete);
  CHECK(gw.remote.counters().requests == 0);
  CHECK(gw.remote.counters().connections == 0);
}

TEST_CASE("a target that continues nothing is not asked", "[P2]") {
  gateway_under_test gw(continuing("{kind: none}"));
  gw.device.set_default(breaking(4));
  check_refused(gw.ask(chat_stream("auto")), "does not go on");
  CHECK(gw.self_hosted.counters().requests == 0);
}

TEST_CASE("a client that goes away during the second leg cancels it") {
  gateway_under_test gw(continuing("{kind: native}"));
  gw.device.set_default(breaking(4));
  auto second = says(rest(4));
  second.token_delay = millis{60'000};
  gw.self_hosted.set_default(second);
  auto client = gw.client();
  client.send(support::post("/v1/chat/completions", chat_stream("auto")));
  client.read_head();
  REQUIRE(gw.self_hosted.wait([](const auto& c) { return c.requests == 1; }));
  client.close();
  CHECK(gw.self_hosted.wait([](const auto& c) { return c.cancelled == 1; }));
}

}  // namespace
}  // namespace nearfar::tests
