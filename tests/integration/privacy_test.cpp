// Private stays home: not one byte of a private query reaches the remote double, whatever fails.
#include "tests/integration/failures.hpp"

#include <catch2/catch_test_macros.hpp>

namespace nearfar::tests {
namespace {

const header_list private_query = {{"x-nearfar-privacy", "private"}, {"x-nearfar-deadline-ms", "4000"}};

void check_untouched(const upstream_double& remote) {
  const auto seen = remote.counters();
  CHECK(seen.connections == 0);
  CHECK(seen.bytes_in == 0);
  CHECK(seen.requests == 0);
}

TEST_CASE("under every failure no byte of a private query reaches the remote", "[P3]") {
  for (const auto& how : failures_before_first_token()) {
    for (const bool stream : {false, true}) {
      if (how.applies == (stream ? asked_as::json : asked_as::stream)) continue;
      DYNAMIC_SECTION(how.name << (stream ? ", streamed" : ", JSON")) {
        gateway_under_test gw;
        how.inflict(gw.device);
        how.inflict(gw.self_hosted);
        const auto a = gw.ask(stream ? chat_stream("auto") : chat("auto"), private_query);
        CHECK((a.status >= 400 || answer_text(a).empty()));
        CHECK(a.body.find("remote") == std::string::npos);
        check_untouched(gw.remote);
      }
    }
  }
}

TEST_CASE("a private stream that breaks after its first tokens is not continued by the remote", "[P3]") {
  for (const auto how : {break_kind::cut, break_kind::reset, break_kind::error_event}) {
    DYNAMIC_SECTION("break " << static_cast<int>(how)) {
      gateway_under_test gw;
      behaviour b;
      b.break_with = how;
      b.after = 3;
      gw.device.set_default(b);
      gw.self_hosted.set_default(b);
      const auto a = gw.ask(chat_stream("auto"), private_query);
      CHECK(!a.complete);
      check_untouched(gw.remote);
    }
  }
}

TEST_CASE("a private query for a remote model is refused, and says which guard", "[P3][P5]") {
  gateway_under_test gw;
  for (const char* model : {"far", "vendor/large"}) {
    const auto a = gw.ask(chat(model), private_query);
    CHECK(a.status == 403);
    CHECK(a.body.find("private-stays-home") != std::string::npos);
  }
  check_untouched(gw.remote);
}

TEST_CASE("a misspelt hint is refused instead of being ignored", "[P3]") {
  gateway_under_test gw;
  for (const header_list& hints :
       {header_list{{"x-nearfar-privacy", "secret"}}, header_list{{"x-nearfar-privaci", "private"}},
        header_list{{"X-Nearfar-Tag", "unheard-of"}}}) {
    CHECK(gw.ask(chat("far"), hints).status == 400);
  }
  check_untouched(gw.remote);
}

TEST_CASE("a client cannot lower what the configuration raised", "[P3]") {
  policy_text policy;
  policy.more = "defaults: {privacy: private}\n";
  gateway_under_test gw(policy);
  CHECK(gw.ask(chat("far"), {{"x-nearfar-privacy", "public"}}).status == 403);
  check_untouched(gw.remote);
}

}  // namespace
}  // namespace nearfar::tests
