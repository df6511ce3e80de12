#include "providers/dialects/thoughts_wanted.hpp"

#include <catch2/catch_test_macros.hpp>

using nearfar::config::dialect;
using nearfar::providers::thoughts_wanted;
namespace chat = nearfar::providers::chat;

namespace {

chat::chat_request asked_in(dialect from) {
  chat::chat_request out;
  out.from = from;
  out.think.emplace();
  out.think->effort = "low";
  return out;
}

}  // namespace

TEST_CASE("thoughts come along where the client's dialect shows them by itself") {
  CHECK(thoughts_wanted(asked_in(dialect::anthropic_messages)));
  CHECK(thoughts_wanted(asked_in(dialect::openai_chat)));
  CHECK_FALSE(thoughts_wanted(asked_in(dialect::openai_responses)));
  CHECK_FALSE(thoughts_wanted(asked_in(dialect::gemini)));
}

TEST_CASE("what a client says of its thoughts outranks its dialect") {
  auto hidden = asked_in(dialect::anthropic_messages);
  hidden.think->shown = false;
  CHECK_FALSE(thoughts_wanted(hidden));
  auto shown = asked_in(dialect::gemini);
  shown.think->shown = true;
  CHECK(thoughts_wanted(shown));
}

TEST_CASE("who asks for no thinking gets no thoughts") {
  auto off = asked_in(dialect::openai_chat);
  off.think->effort = "none";
  CHECK_FALSE(thoughts_wanted(off));
  off = asked_in(dialect::anthropic_messages);
  off.think->enabled = false;
  CHECK_FALSE(thoughts_wanted(off));
  off = asked_in(dialect::anthropic_messages);
  off.think.reset();
  CHECK_FALSE(thoughts_wanted(off));
}
