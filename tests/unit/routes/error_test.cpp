#include "routes/error.hpp"

#include "routes/attempt_settings.hpp"
#include "routes/query.hpp"

#include <catch2/catch_test_macros.hpp>

#include <set>
#include <sstream>
#include <stdexcept>
#include <string>

using namespace nearfar::routes;

namespace {

template <class Visit>
void each_kind(Visit visit) {
  for (auto k = error_kind::none; k <= error_kind::internal;
       k = static_cast<error_kind>(static_cast<unsigned>(k) + 1)) {
    visit(k);
  }
}

}  // namespace

TEST_CASE("every kind of error has a name of its own", "[routes]") {
  std::set<std::string_view> seen;
  each_kind([&](error_kind k) { CHECK(seen.insert(to_string(k)).second); });
  CHECK(seen.size() == 23);
}

TEST_CASE("an error gets the retry class that the failure table gives its kind", "[routes]") {
  const auto retry = [](error_kind k) { return make_error(k, "").retry; };
  for (const auto k : {error_kind::stale, error_kind::reset, error_kind::server_error}) {
    CHECK(retry(k) == retry_class::same);
  }
  CHECK(retry(error_kind::rate_limited) == retry_class::wait);
  for (const auto k :
       {error_kind::connect, error_kind::dns, error_kind::tls, error_kind::timeout, error_kind::overloaded,
        error_kind::auth, error_kind::exhausted, error_kind::not_found, error_kind::too_long,
        error_kind::empty, error_kind::broken, error_kind::bad_answer, error_kind::not_ready}) {
    INFO(to_string(k));
    CHECK(retry(k) == retry_class::other);
  }
  for (const auto k :
       {error_kind::refused, error_kind::bad_request, error_kind::cancelled, error_kind::internal}) {
    CHECK(retry(k) == retry_class::never);
  }
}

TEST_CASE("an error says on whose side it is", "[routes]") {
  CHECK(make_error(error_kind::timeout, "").side == error_side::upstream);
  CHECK(make_error(error_kind::cancelled, "").side == error_side::downstream);
  CHECK(make_error(error_kind::internal, "").side == error_side::internal);
}

TEST_CASE("connect, dns, tls, auth and exhausted belong to the provider, the rest to the target",
          "[routes]") {
  each_kind([](error_kind k) {
    const bool provider = k == error_kind::connect || k == error_kind::dns || k == error_kind::tls ||
                          k == error_kind::auth || k == error_kind::exhausted;
    INFO(to_string(k));
    CHECK(belongs_to_provider(k) == provider);
  });
}

TEST_CASE("taking the value of a failed result is a bug that says what failed", "[routes]") {
  const result<int> r = make_error(error_kind::dns, "no such host");
  REQUIRE_FALSE(r);
  CHECK(r.error().kind == error_kind::dns);
  try {
    const int value = r.value();
    FAIL("got " << value);
  } catch (const std::logic_error& e) {
    CHECK(std::string(e.what()).find("dns (no such host)") != std::string::npos);
  }
}

TEST_CASE("clocks hang on tier and input", "[routes]") {
  const attempt_settings s;
  CHECK(s.answer(nearfar::config::tier::device) == millis{60'000});
  CHECK(s.answer(nearfar::config::tier::self_hosted) == millis{180'000});
  CHECK(s.answer(nearfar::config::tier::remote) == millis{300'000});
  CHECK(s.first_token_for(0) == millis{15'000});
  CHECK(s.first_token_for(10'000) == millis{21'000});
}

TEST_CASE("dialects have the names of the design", "[routes]") {
  CHECK(to_string(dialect::openai_chat) == "openai-chat");
  CHECK(to_string(dialect::anthropic_messages) == "anthropic-messages");
  CHECK(to_string(dialect::gemini) == "gemini");
}

TEST_CASE("an error prints its kind and its context", "[routes]") {
  std::ostringstream out;
  out << make_error(error_kind::timeout, "no first token in 700 ms");
  CHECK(out.str() == "timeout (no first token in 700 ms)");
}
