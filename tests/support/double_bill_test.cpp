// The double's own bill: what a customer would owe for what went on the wire.
#include "tests/support/raw_client.hpp"
#include "tests/support/upstream_double.hpp"

#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>

#include <array>

namespace nearfar::support {
namespace {

constexpr std::string_view chat = "/v1/chat/completions";
constexpr std::string_view whole = R"({"model":"m","messages":[{"role":"user","content":"hi"}]})";
constexpr std::string_view streamed =
    R"({"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true})";

behaviour answer_of(unsigned tokens) {
  behaviour b;
  b.tokens = tokens;
  b.usage = scripted_usage{.prompt_tokens = 100, .completion_tokens = tokens, .cached_tokens = 40};
  return b;
}

bool ended(const upstream_double& server, std::uint64_t requests) {
  return server.wait(
      [requests](const auto& c) { return c.completed + c.cancelled + c.broken == requests && c.open == 0; });
}

// Sends, reads what comes until the end or the break, and is gone.
void ask(const upstream_double& server, std::string_view body, std::string_view path = chat) {
  raw_client client(server.url());
  client.send(post(path, body, {{"connection", "close"}}));
  try {
    client.read_answer();
  } catch (const std::exception&) {
    // A break before the head: there is no answer to read.
  }
}

TEST_CASE("a whole answer is billed as its usage says, streamed or not, asked for or not", "[P4]") {
  upstream_double server;
  server.set_default(answer_of(7));
  ask(server, whole);
  ask(server, streamed);
  REQUIRE(ended(server, 2));
  const auto bill = server.bill();
  REQUIRE(bill.size() == 2);
  for (const auto& line : bill) {
    CHECK(line.tokens == billed_tokens{100, 7, 40, 0});
    CHECK(line.whole);
    CHECK(line.model == "m");
    CHECK(line.outcome == request_outcome::completed);
  }
  CHECK(server.billed() == billed_tokens{200, 14, 80, 0});
}

TEST_CASE("an answer that breaks off is billed up to the break", "[P4]") {
  upstream_double server;
  for (const auto kind : {break_kind::cut, break_kind::reset, break_kind::error_event}) {
    auto b = answer_of(9);
    b.break_with = kind;
    b.after = 4;
    server.push(b);
  }
  for (int i = 0; i < 3; ++i) ask(server, streamed);
  REQUIRE(ended(server, 3));
  CHECK(server.billed() == billed_tokens{300, 12, 120, 0});
  CHECK(!server.bill().front().whole);
}

TEST_CASE("failures, counts of tokens and breaks before the head cost nothing", "[P4]") {
  upstream_double server;
  auto failing = answer_of(5);
  failing.status = 500;
  server.push(failing);
  failing.status = 429;
  server.push(failing);
  failing.status = 200;
  failing.error_in_200 = true;
  server.push(failing);
  auto broken = answer_of(5);
  broken.break_with = break_kind::reset;
  broken.break_at = break_point::before_head;
  server.push(broken);
  server.push(answer_of(5));
  for (int i = 0; i < 4; ++i) ask(server, streamed);
  ask(server, R"({"model":"m","messages":[{"role":"user","content":"hi"}],"max_tokens":5})",
      "/v1/messages/count_tokens");
  REQUIRE(ended(server, 5));
  CHECK(server.billed().nothing());
  CHECK(server.bill().size() == 5);
}

TEST_CASE("the first tokens of a gated stream come free, and a cancel behind them costs just these", "[P4]") {
  upstream_double server;
  auto b = answer_of(9);
  b.gated = true;
  b.free_tokens = 3;
  SECTION("as far as it went") {}
  SECTION("or the whole answer, as some vendors have it") {
    b.full_bill = true;
  }
  server.set_default(b);
  {
    raw_client client(server.url());
    client.send(post(chat, streamed));
    client.read_head();
    // The role, and three tokens.
    for (int i = 0; i < 4; ++i) REQUIRE(client.read_event());
    client.set_deadline(std::chrono::milliseconds{100});
    CHECK_THROWS(client.read_event());
  }
  REQUIRE(ended(server, 1));
  const auto line = server.bill().front();
  CHECK(line.outcome == request_outcome::cancelled);
  CHECK(line.tokens == billed_tokens{100, b.full_bill ? 9U : 3U, 40, 0});
}

TEST_CASE("who goes away before the first byte owes the prompt", "[P4]") {
  upstream_double server;
  auto b = answer_of(9);
  b.head_delay = millis{60'000};
  server.set_default(b);
  {
    raw_client client(server.url());
    client.send(post(chat, whole));
    REQUIRE(server.wait([](const auto& c) { return c.requests == 1; }));
    // Counted at its head; the bill begins when the body is there.
    while (server.requests().front().outcome == request_outcome::receiving) {
    }
  }
  REQUIRE(ended(server, 1));
  CHECK(server.billed() == billed_tokens{100, 0, 40, 0});
}

TEST_CASE("the bill is the same in every dialect", "[P4]") {
  constexpr std::array asked = std::to_array<std::pair<std::string_view, std::string_view>>({
      {"/v1/messages",
       R"({"model":"m","max_tokens":50,"messages":[{"role":"user","content":"hi"}],"stream":true})"},
      {"/v1/responses", R"({"model":"m","input":"hi","stream":true})"},
      {"/v1beta/models/m:streamGenerateContent?alt=sse",
       R"({"contents":[{"role":"user","parts":[{"text":"hi"}]}]})"},
      {"/api/chat", R"({"model":"m","messages":[{"role":"user","content":"hi"}]})"},
      {"/v1/completions", R"({"model":"m","prompt":"hi","stream":true})"},
  });
  for (const auto& [path, body] : asked) {
    DYNAMIC_SECTION(path) {
      upstream_double server;
      auto b = answer_of(6);
      b.strict = false;
      server.push(b);
      b.break_with = break_kind::cut;
      b.after = 2;
      server.push(b);
      ask(server, body, path);
      ask(server, body, path);
      REQUIRE(ended(server, 2));
      CHECK(server.bill()[0].tokens == billed_tokens{100, 6, 40, 0});
      CHECK(server.bill()[1].tokens == billed_tokens{100, 2, 40, 0});
    }
  }
}

TEST_CASE("embeddings cost their prompt", "[P4]") {
  upstream_double server;
  behaviour b;
  b.strict = false;
  server.set_default(b);
  ask(server, R"({"model":"m","input":"hi"})", "/v1/embeddings");
  REQUIRE(ended(server, 1));
  CHECK(server.billed() == billed_tokens{1, 0, 0, 0});
}

TEST_CASE("calls and reasoning are tokens of the bill", "[P4]") {
  upstream_double server;
  behaviour b;
  b.reasoning = "let me think";
  b.tool_calls = {{"call_1", "look", R"({"where":"out of the window"})"}};
  b.break_with = break_kind::cut;
  b.after = 5;  // three of the reasoning, the call, and a piece of its arguments
  server.set_default(b);
  ask(server, streamed);
  REQUIRE(ended(server, 1));
  CHECK(server.billed().completion == 4);
}

TEST_CASE("the bill can be read over HTTP, and forgotten", "[P4]") {
  upstream_double server;
  server.set_default(answer_of(7));
  ask(server, whole);
  REQUIRE(ended(server, 1));
  raw_client client(server.url());
  client.send(get("/_double/bill"));
  const auto bill = boost::json::parse(client.read_answer().body);
  CHECK(bill.at("total").at("prompt_tokens") == 100);
  CHECK(bill.at("total").at("completion_tokens") == 7);
  CHECK(bill.at("total").at("cached_tokens") == 40);
  CHECK(bill.at("requests").at(0).at("outcome") == "completed");
  CHECK(bill.at("requests").at(0).at("whole") == true);
  server.state().forget_requests();
  client.send(get("/_double/bill"));
  CHECK(boost::json::parse(client.read_answer().body).at("requests").as_array().empty());
  CHECK(server.billed().nothing());
}

}  // namespace
}  // namespace nearfar::support
