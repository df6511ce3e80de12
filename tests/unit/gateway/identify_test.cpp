// Where a caller's key is looked for, and what is said to who has none.
#include "gateway/identify.hpp"

#include "gateway/keys/key_secret.hpp"

#include <catch2/benchmark/catch_benchmark.hpp>
#include <catch2/catch_test_macros.hpp>

using namespace nearfar::gateway;

namespace {

struct sent {
  request_head head;

  sent& field(std::string_view name, std::string_view value) {
    head.fields.push_back({name, value});
    return *this;
  }
  sent& query(std::string_view text) {
    head.query = text;
    return *this;
  }
};

constexpr std::string_view secret = "nf-0123456789012345678901234567890123456789012";
constexpr std::int64_t now = 1'800'000'000;

key_record named(std::string name) {
  key_record out;
  out.name = std::move(name);
  out.hash = hash_key(secret);
  return out;
}

std::shared_ptr<const key_ring> ring_of(key_record key) {
  return std::make_shared<const key_ring>(std::vector<key_record>{std::move(key)});
}

identity who(const sent& request, const std::shared_ptr<const key_ring>& ring) {
  key_memo memo;
  return identify(ring, request.head, memo, now);
}

}  // namespace

TEST_CASE("a key is found in every place that SDKs have for one") {
  const std::string bearer = "Bearer " + std::string(secret);
  for (const auto& request : {sent().field("X-Nearfar-Key", secret), sent().field("Authorization", bearer),
                              sent().field("x-api-key", secret), sent().field("x-goog-api-key", secret),
                              sent().query("alt=sse&key=nf-0123456789012345678901234567890123456789012")}) {
    const auto shown = credentials_of(request.head);
    CHECK(shown.key == secret);
    CHECK(shown.own.empty());
  }
}

TEST_CASE("what does not begin with nf- is the caller's own, the first of them") {
  const auto both =
      credentials_of(sent().field("x-api-key", "sk-1").field("authorization", "Bearer nf-2").head);
  CHECK(both.key == "nf-2");
  CHECK(both.own == "sk-1");
  const auto two =
      credentials_of(sent().field("x-goog-api-key", "g").field("authorization", "bearer  a").head);
  CHECK(two.own == "a");
  CHECK(two.key.empty());
  const auto basic = credentials_of(sent().field("authorization", "Basic bmYtMQ==").head);
  CHECK(basic.own.empty());
  CHECK(basic.key.empty());
  const auto in_query = credentials_of(sent().query("key=a%2Fb").head);
  CHECK(in_query.own == "a%2Fb");
  CHECK(in_query.own_is_encoded);
}

TEST_CASE("the gateway's own header goes before all others, whatever it holds") {
  const auto shown =
      credentials_of(sent().field("authorization", "Bearer nf-1").field("x-nearfar-key", "odd").head);
  CHECK(shown.key == "odd");
  CHECK(shown.own.empty());
}

TEST_CASE("nobody has to say who they are where there are no keys") {
  const auto none = std::make_shared<const key_ring>();
  CHECK(who(sent(), none).refused == key_refusal::none);
  CHECK(who(sent().field("x-api-key", "nf-wrong"), none).refused == key_refusal::none);
}

TEST_CASE("missing, unknown, expired and revoked are told apart") {
  const auto valid = ring_of(named("anna"));
  CHECK(who(sent(), valid).refused == key_refusal::missing);
  CHECK(who(sent().field("x-api-key", "sk-1"), valid).refused == key_refusal::missing);
  CHECK(who(sent().field("x-api-key", "nf-1"), valid).refused == key_refusal::unknown);
  const auto anna = who(sent().field("x-api-key", secret), valid);
  CHECK(anna.refused == key_refusal::none);
  REQUIRE(anna.key != nullptr);
  CHECK(anna.key->name == "anna");
  auto late = named("late");
  late.expires = now;
  CHECK(who(sent().field("x-api-key", secret), ring_of(late)).refused == key_refusal::expired);
  late.expires = now + 1;
  CHECK(who(sent().field("x-api-key", secret), ring_of(late)).refused == key_refusal::none);
  auto gone = named("gone");
  gone.revoked = true;
  CHECK(who(sent().field("x-api-key", secret), ring_of(gone)).refused == key_refusal::revoked);
  // A ring of revoked keys is not an empty one: the door stays shut.
  CHECK(who(sent(), ring_of(gone)).refused == key_refusal::missing);
}

TEST_CASE("the refusal says where keys are looked for and never what came") {
  auto request = sent().field("x-api-key", "nf-this-is-secret");
  request.head.path = "/v1/messages";
  const auto said = key_refused(request.head, who(request, ring_of(named("anna"))));
  CHECK(said.status == 401);
  CHECK(said.body.find("authentication_error") != std::string::npos);
  CHECK(said.body.find("x-nearfar-key") != std::string::npos);
  CHECK(said.body.find("what came in x-api-key") != std::string::npos);
  CHECK(said.body.find("secret") == std::string::npos);
}

TEST_CASE("credentials are no facts") {
  for (const auto* name :
       {"Authorization", "x-api-key", "X-Goog-Api-Key", "x-nearfar-key", "api-key", "cookie"})
    CHECK(is_credential_field(name));
  for (const auto* name : {"x-nearfar-tag", "x-api-keys", "content-type"})
    CHECK_FALSE(is_credential_field(name));
}

TEST_CASE("what it costs to be known", "[!benchmark]") {
  const auto ring = ring_of(named("anna"));
  const std::string bearer = "Bearer " + std::string(secret);
  const auto head = sent()
                        .field("host", "127.0.0.1:8484")
                        .field("content-type", "application/json")
                        .field("user-agent", "OpenAI/Python 1.50.0")
                        .field("authorization", bearer)
                        .head;
  key_memo memo;
  BENCHMARK("on a connection that showed it before") {
    return identify(ring, head, memo, now).key;
  };
  BENCHMARK("on a new connection") {
    key_memo fresh;
    return identify(ring, head, fresh, now).key;
  };
  const auto none = std::make_shared<const key_ring>();
  BENCHMARK("without keys") {
    return identify(none, head, memo, now).refused;
  };
}
