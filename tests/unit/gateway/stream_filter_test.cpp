#include "gateway/stream_filter.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>

using nearfar::gateway::stream_filter;
using nearfar::gateway::stream_state;
using nearfar::gateway::usage_chunk;

namespace {

std::string chunk(std::string_view delta, std::string_view finish = "null") {
  return "data: "
         "{\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"created\":7,\"model\":\"m\",\"choices\":[{"
         "\"index\":0,"
         "\"delta\":" +
         std::string(delta) + ",\"finish_reason\":" + std::string(finish) + "}]}\n\n";
}

const std::string role = chunk(R"({"role":"assistant","content":""})");
const std::string hello = chunk(R"({"content":"hello"})");
const std::string stop = chunk("{}", "\"stop\"");
const std::string usage_event =
    "data: "
    "{\"id\":\"c1\",\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":1,\"total_tokens\":4}"
    "}\n\n";
const std::string done = "data: [DONE]\n\n";
const std::string garbage = "data: {\"id\":\n\n";

std::string out_of(const stream_filter& filter) {
  std::string out;
  for (const auto piece : filter.ready()) out += piece;
  return out;
}

struct run {
  std::string text;
  stream_state state = stream_state::open;
};

// Feeds `bytes` in pieces of `step` and ends the body.
run feed_all(stream_filter& filter, std::string_view bytes, std::size_t step) {
  run out;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    out.state = filter.feed(bytes.substr(at, step));
    out.text += out_of(filter);
    if (out.state == stream_state::done || out.state == stream_state::broken) return out;
  }
  out.state = filter.end();
  return out;
}

}  // namespace

TEST_CASE("a whole stream passes byte for byte at every split [P7]", "[P7]") {
  const std::string all = ": hi\n\n" + role + hello + stop + usage_event + done;
  for (std::size_t step = 1; step <= all.size(); ++step) {
    stream_filter filter;
    filter.reset(1, usage_chunk::pass);
    const auto got = feed_all(filter, all, step);
    REQUIRE(got.text == all);
    REQUIRE(got.state == stream_state::done);
    REQUIRE(filter.seen().tokens()->input == 3);
  }
}

TEST_CASE("a usage chunk that the client did not ask for is withheld and still counted [P7]", "[P7]") {
  stream_filter filter;
  filter.reset(1, usage_chunk::withhold);
  const auto got = feed_all(filter, role + hello + stop + usage_event + done, 17);
  CHECK(got.text == role + hello + stop + done);
  CHECK(filter.seen().tokens()->output == 1);
}

TEST_CASE("a garbled event is skipped and the stream goes on") {
  stream_filter filter;
  filter.reset(1, usage_chunk::pass);
  const auto got = feed_all(filter, role + garbage + hello + garbage + garbage + stop + done, 1000);
  CHECK(got.text == role + hello + stop + done);
  CHECK(got.state == stream_state::done);
  CHECK(filter.bad_events() == 3);
}

TEST_CASE("three garbled events in a row break the stream [P2]", "[P2]") {
  stream_filter filter;
  filter.reset(1, usage_chunk::pass);
  const auto got = feed_all(filter, role + hello + garbage + garbage + garbage + hello, 1000);
  CHECK(got.state == stream_state::broken);
  CHECK(got.text == role + hello);
  CHECK(filter.why().kind == nearfar::routes::error_kind::bad_event);
}

TEST_CASE("an end without a finish reason is a break, never a clean end [P2]", "[P2]") {
  stream_filter filter;
  filter.reset(1, usage_chunk::pass);
  CHECK(feed_all(filter, role + hello, 1000).state == stream_state::broken);
  filter.reset(1, usage_chunk::pass);
  CHECK(feed_all(filter, role + hello + "data: {\"cho", 1000).state == stream_state::broken);
  CHECK(filter.why().context.find("inside an event") != std::string::npos);
}

TEST_CASE("a finish reason makes an end without [DONE] whole") {
  stream_filter filter;
  filter.reset(1, usage_chunk::pass);
  CHECK(feed_all(filter, role + hello + stop, 1000).state == stream_state::finished);
}

TEST_CASE("an error event breaks the stream and is not relayed [P2]", "[P2]") {
  stream_filter filter;
  filter.reset(1, usage_chunk::pass);
  const auto got = feed_all(
      filter, role + hello + "data: {\"error\":{\"message\":\"overloaded\",\"code\":503}}\n\n" + hello, 1000);
  CHECK(got.state == stream_state::broken);
  CHECK(got.text == role + hello);
}

TEST_CASE("a role and a comment are no content token") {
  stream_filter filter;
  filter.reset(1, usage_chunk::pass);
  filter.feed(": wait\n\n" + role);
  CHECK_FALSE(filter.any_content());
  filter.feed(hello);
  CHECK(filter.any_content());
}
