// A running query is ended from outside: by its id, or because a newer one replaces it.
#include "tests/integration/gateway_under_test.hpp"

#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <set>

namespace nearfar::tests {
namespace {

constexpr std::string_view path = "/v1/chat/completions";

// A few tokens at once, then nothing more.
behaviour halting(unsigned after = 3) {
  behaviour b;
  b.break_with = break_kind::stall;
  b.after = after;
  return b;
}

// What the double says of a client that left it: in the middle of an answer, or in a stall.
std::uint64_t left(const support::double_counters& c) {
  return c.cancelled + c.broken;
}

// Nobody but the test ends anything.
policy_text patient(unsigned threads = 1) {
  policy_text out;
  out.attempts = "first_token: 60s, stall: 60s";
  out.answer = "{device: 60s, self_hosted: 60s, remote: 60s}";
  out.threads = threads;
  return out;
}

http_answer cancel(const gateway_under_test& gw, std::string_view id) {
  auto client = gw.client();
  client.send("DELETE /v1/queries/" + std::string(id) + " HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n");
  return client.read_answer();
}

struct begun {
  raw_client client;
  std::string id;
  std::string text;
};

begun begin(const gateway_under_test& gw, std::string_view model, unsigned tokens,
            const header_list& fields = {}) {
  begun out{gw.client(), {}, {}};
  out.client.send(support::post(path, chat_stream(model), fields));
  out.id = out.client.read_head().field("x-nearfar-id");
  // The role chunk comes first.
  for (unsigned i = 0; i < tokens + 1; ++i) REQUIRE(out.client.read_event());
  return out;
}

// Reads to the end and gives the events after those that begin() read.
std::vector<std::string> rest_of(begun& query) {
  std::vector<std::string> out;
  while (const auto event = query.client.read_event()) out.push_back(event->data);
  return out;
}

void check_broken_end(begun& query, std::string_view code) {
  const auto events = rest_of(query);
  REQUIRE(events.size() == 1);
  const auto last = boost::json::parse(events.back());
  CHECK(last.at("error").at("code").as_string() == code);
  CHECK(last.at("choices").at(0).at("finish_reason").as_string() == "error");
  CHECK_FALSE(query.client.body_complete());
  CHECK(query.client.closed_within(millis{10'000}));
}

TEST_CASE("DELETE ends a running stream as a broken one, and its upstream at once", "[P2]") {
  const unsigned threads = GENERATE(1U, 3U);
  gateway_under_test gw(patient(threads));
  gw.device.set_default(halting());
  auto query = begin(gw, "near", 3);
  // Connections of their own: with several cores most of them come to another core than the query's.
  const auto answer = cancel(gw, query.id);
  CHECK(answer.status == 204);
  CHECK_FALSE(answer.has("content-length"));
  CHECK(answer.body.empty());
  check_broken_end(query, "cancelled");
  CHECK(gw.device.wait([](const auto& c) { return left(c) == 1; }));
  CHECK(gw.metric_reaches("nearfar_cancelled_queries_total", 1));
  CHECK(eventually([&] { return cancel(gw, query.id).status == 404; }));
  // It broke off for a reason: nobody goes on with it.
  CHECK(gw.self_hosted.counters().requests == 0);
  CHECK(gw.metric("nearfar_hand_overs_total") == 0);
  CHECK(gw.metric("nearfar_broken_streams_total") == 0);
  CHECK(gw.metric_reaches("nearfar_output_tokens_total", 3));
  gw.device.set_default({});
  CHECK(answer_text(gw.ask(chat("near"))) == default_text("device"));
}

TEST_CASE("the event that ends a cancelled stream belongs to its stream") {
  gateway_under_test gw(patient());
  gw.device.set_default(halting());
  auto query = begin(gw, "near", 2);
  const auto event = query.client.read_event();
  REQUIRE(event);
  const auto id = boost::json::parse(event->data).at("id").as_string();
  REQUIRE(cancel(gw, query.id).status == 204);
  const auto events = rest_of(query);
  REQUIRE(events.size() == 1);
  CHECK(boost::json::parse(events.back()).at("id").as_string() == id);
}

TEST_CASE("a stream whose head went early is cancelled while its model is silent") {
  auto policy = patient();
  policy.attempts = "first_token: 60s, stall: 60s, head_after: 50ms";
  gateway_under_test gw(policy);
  behaviour silent;
  silent.first_token_delay = millis{60'000};
  gw.device.set_default(silent);
  begun query{gw.client(), {}, {}};
  query.client.send(support::post(path, chat_stream("near")));
  const auto head = query.client.read_head();
  CHECK(head.field("x-nearfar-target") == "pending");
  query.id = head.field("x-nearfar-id");
  CHECK(cancel(gw, query.id).status == 204);
  check_broken_end(query, "cancelled");
  CHECK(gw.device.wait([](const auto& c) { return left(c) == 1; }));
}

TEST_CASE("a newer query replaces an older one and has its place", "[P2]") {
  const unsigned threads = GENERATE(1U, 3U);
  auto policy = patient(threads);
  policy.continuation = "{kind: native}\n    concurrent: 1";
  gateway_under_test gw(policy);
  gw.device.set_default(halting());
  auto older = begin(gw, "auto", 3);
  gw.device.set_default({});
  // The device's only place is the older query's until it has left.
  const auto newer = gw.ask(chat_stream("auto"), {{"x-nearfar-supersedes", older.id}});
  CHECK(newer.status == 200);
  CHECK(newer.complete);
  CHECK(answer_text(newer) == default_text("device"));
  check_broken_end(older, "superseded");
  CHECK(gw.device.wait([](const auto& c) { return left(c) == 1; }));
  CHECK(gw.metric_reaches("nearfar_superseded_queries_total", 1));
}

TEST_CASE("a chain of newer queries leaves one running") {
  gateway_under_test gw(patient(2));
  gw.device.set_default(halting(1));
  std::vector<begun> all;
  all.push_back(begin(gw, "near", 1));
  for (int i = 0; i < 8; ++i) {
    auto next = begin(gw, "near", 1, {{"x-nearfar-supersedes", all.back().id}});
    all.push_back(std::move(next));
  }
  for (std::size_t i = 0; i + 1 < all.size(); ++i) check_broken_end(all[i], "superseded");
  CHECK(gw.device.wait([](const auto& c) { return left(c) == 8; }));
  CHECK(cancel(gw, all.back().id).status == 204);
  check_broken_end(all.back(), "cancelled");
}

TEST_CASE("an id that names nothing replaces nothing") {
  gateway_under_test gw(patient());
  gw.device.set_default(halting());
  auto running = begin(gw, "near", 3);
  gw.device.set_default({});
  for (const std::string_view id : {"nfq-00ffffffffffffffff", "nfq-1a20320a20000ffffffffffffffff",
                                    "nfq-fffffffffffffffffffffffffffff", "yesterday", "nfq-"}) {
    INFO(id);
    const auto a = gw.ask(chat("near"), {{"x-nearfar-supersedes", std::string(id)}});
    CHECK(a.status == 200);
    CHECK(cancel(gw, id).status == 404);
  }
  CHECK(left(gw.device.counters()) == 0);
  // A request that cannot be read replaces nothing either.
  CHECK(gw.ask("{", {{"x-nearfar-supersedes", running.id}}).status == 400);
  CHECK(gw.ask(chat("near"), {{"x-nearfar-supersedes", running.id}, {"x-nearfar-privacy", "x"}}).status ==
        400);
  CHECK(left(gw.device.counters()) == 0);
  CHECK(cancel(gw, running.id).status == 204);
}

TEST_CASE("ids cannot be told from one another", "[P4]") {
  gateway_under_test gw;
  std::set<std::string> ids;
  for (int i = 0; i < 40; ++i) {
    const auto a = gw.ask(chat("near"));
    const std::string id(a.field("x-nearfar-id"));
    INFO(id);
    CHECK(id.size() == 33);
    // What is ahead of these is the time and the core.
    ids.insert(id.substr(id.size() - 16));
  }
  CHECK(ids.size() == 40);
}

TEST_CASE("cancelling is guarded like every endpoint") {
  gateway_under_test gw(patient());
  gw.device.set_default(halting());
  auto query = begin(gw, "near", 3);
  auto foreign = gw.client();
  foreign.send("DELETE /v1/queries/" + query.id +
               " HTTP/1.1\r\nhost: 127.0.0.1\r\norigin: https://evil.example\r\n\r\n");
  CHECK(foreign.read_answer().status == 403);
  auto misdirected = gw.client();
  misdirected.send("DELETE /v1/queries/" + query.id + " HTTP/1.1\r\nhost: evil.example\r\n\r\n");
  CHECK(misdirected.read_answer().status == 421);
  auto wrong = gw.client();
  wrong.send(support::get("/v1/queries/" + query.id));
  CHECK(wrong.read_answer().status == 405);
  CHECK(left(gw.device.counters()) == 0);
  CHECK(cancel(gw, query.id).status == 204);
}

}  // namespace
}  // namespace nearfar::tests
