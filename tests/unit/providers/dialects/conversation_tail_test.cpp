#include "providers/dialects/conversation_tail.hpp"

#include <catch2/catch_test_macros.hpp>

namespace chat = nearfar::providers::chat;
using nearfar::config::continuation_kind;
using nearfar::providers::go_on;
using nearfar::providers::strip_signatures;

namespace {

chat::message said_by(chat::role who, std::string text) {
  chat::message out;
  out.who = who;
  out.parts.emplace_back().text = std::move(text);
  return out;
}

chat::chat_request asked() {
  chat::chat_request out;
  out.messages.push_back(said_by(chat::role::user, "How high is it?"));
  out.max_output = 100;
  return out;
}

}  // namespace

TEST_CASE(
    "a conversation goes on natively with a last turn of the assistant, without white space at its end") {
  auto one = asked();
  const nearfar::config::continuation how;
  const auto got = go_on(one, {.said = "The tower is ", .how = &how, .kind = continuation_kind::native});
  CHECK(got.kind == continuation_kind::native);
  CHECK(got.seam.cut == 1);
  REQUIRE(one.messages.size() == 2);
  CHECK(one.messages.back().who == chat::role::assistant);
  CHECK(one.messages.back().parts.front().text == "The tower is");
  CHECK(*one.max_output < 100);
}

TEST_CASE("a conversation is told to go on by a turn of the user") {
  auto one = asked();
  const nearfar::config::continuation how;
  const auto got = go_on(one, {.said = "The tower is ", .how = &how, .kind = continuation_kind::instruct});
  CHECK(got.kind == continuation_kind::instruct);
  CHECK(got.seam.anchor > 0);
  REQUIRE(one.messages.size() == 3);
  CHECK(one.messages.back().who == chat::role::user);
}

TEST_CASE("only a restart is left where the client began the answer itself") {
  auto one = asked();
  one.messages.push_back(said_by(chat::role::assistant, "It is"));
  const nearfar::config::continuation how;
  const auto got = go_on(one, {.said = " high", .how = &how, .kind = continuation_kind::native});
  CHECK(got.kind == continuation_kind::restart);
  CHECK(one.messages.size() == 2);
  CHECK(*one.max_output == 100);
}

TEST_CASE("signatures are taken out of a history, and thoughts that were nothing else") {
  auto one = asked();
  auto turn = said_by(chat::role::assistant, "Yes.");
  chat::part thought;
  thought.kind = chat::part_kind::thinking;
  thought.text = "hm";
  thought.signature = "abc";
  turn.parts.insert(turn.parts.begin(), thought);
  one.messages.push_back(turn);
  chat::message hidden;
  hidden.who = chat::role::assistant;
  thought.text.clear();
  thought.redacted = true;
  hidden.parts.push_back(thought);
  one.messages.push_back(hidden);
  CHECK(strip_signatures(one) == 2);
  REQUIRE(one.messages.size() == 2);
  CHECK(one.messages.back().parts.size() == 2);
  CHECK(one.messages.back().parts.front().signature.empty());
  CHECK(strip_signatures(one) == 0);
}
