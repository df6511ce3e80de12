#include "providers/dialects/openai_chat/leg_writer.hpp"

#include "providers/dialects/openai_chat/stream_observer.hpp"
#include "providers/dialects/sse_reader.hpp"

#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>

#include <string>
#include <vector>

using namespace nearfar;
using namespace nearfar::providers;
using openai_chat::event_kind;

namespace {

// What our own observer makes of it.
std::vector<event_kind> watched(const std::string& bytes, openai_chat::stream_observer& by) {
  std::vector<event_kind> kinds;
  sse_reader events;
  events.push(bytes);
  sse_event event;
  while (events.next(event).value()) kinds.push_back(by.observe(event));
  CHECK(events.pending() == 0);
  return kinds;
}

}  // namespace

TEST_CASE("a continued answer is written under the name of its first leg", "[P2]") {
  const openai_chat::leg_writer to{"chatcmpl-\"1\"", 1717, "m"};
  std::string bytes;
  to.text("very \"good\"\n", bytes);
  to.text("", bytes);
  to.finish("stop", bytes);
  to.tokens({.input = 7, .output = 3, .cached = 2, .cache_write = 0, .reasoning = 1, .cost = 0.25}, bytes);
  to.done(bytes);

  openai_chat::stream_observer by;
  by.keep_text();
  const std::vector<event_kind> wanted{event_kind::content, event_kind::finish, event_kind::usage_only,
                                       event_kind::done};
  CHECK(watched(bytes, by) == wanted);
  CHECK(by.id() == "chatcmpl-\"1\"");
  CHECK(by.created() == 1717);
  CHECK(by.model() == "m");
  CHECK(by.text() == "very \"good\"\n");
  CHECK(by.finish_reason() == "stop");
  REQUIRE(by.tokens());
  CHECK(by.tokens()->input == 7);
  CHECK(by.tokens()->output == 3);
  CHECK(by.tokens()->cached == 2);
  CHECK(by.tokens()->reasoning == 1);
  CHECK(by.tokens()->cost == 0.25);

  const auto first = boost::json::parse(bytes.substr(6, bytes.find('\n') - 6)).as_object();
  CHECK(first.at("object").as_string() == "chat.completion.chunk");
  CHECK(first.at("choices").as_array()[0].as_object().at("finish_reason").is_null());
}

TEST_CASE("legs are told in a comment, which no client takes for an answer", "[P5]") {
  const openai_chat::leg_writer to{"i", 1, "m"};
  const std::vector<handover::leg_report> all{{.target = "far/big",
                                               .ended = "reset\nby peer",
                                               .characters = 12,
                                               .tokens = {.input = 9, .cost = {}},
                                               .estimated = true},
                                              {.target = "phone/small",
                                               .how = "native",
                                               .characters = 4,
                                               .tokens = {.input = 12, .output = 2, .cost = {}}}};
  std::string bytes;
  to.legs(all, bytes);
  openai_chat::stream_observer by;
  CHECK(watched(bytes, by) == std::vector{event_kind::nothing});
  REQUIRE(bytes.starts_with(": nearfar-legs ["));
  const auto list = boost::json::parse(bytes.substr(15, bytes.size() - 17)).as_array();
  REQUIRE(list.size() == 2);
  CHECK(list[0].as_object().at("broke").as_string() == "reset\nby peer");
  CHECK(list[0].as_object().at("estimated").as_bool());
  CHECK(list[1] ==
        boost::json::parse(
            R"({"target":"phone/small","how":"native","characters":4,"input_tokens":12,"output_tokens":2})"));
}

TEST_CASE("tokens of all legs add up, and a price only where every leg has one", "[P4]") {
  std::vector<handover::leg_report> all{{.target = "a", .tokens = {.input = 5, .output = 2, .cost = 0.5}},
                                        {.target = "b", .tokens = {.input = 7, .output = 4, .cost = 0.25}}};
  CHECK(handover::sum_of(all).input == 12);
  CHECK(handover::sum_of(all).output == 6);
  CHECK(handover::sum_of(all).cost == 0.75);
  all[1].tokens.cost.reset();
  CHECK_FALSE(handover::sum_of(all).cost);
  CHECK_FALSE(handover::sum_of({}).cost);
}
