// Your bytes are yours: bodies and heads in both directions.
#include "tests/integration/gateway_under_test.hpp"

#include <fmt/format.h>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <array>
#include <random>

namespace nearfar::tests {
namespace {

// JSON text as people and machines really write it, and worse: odd numbers, escapes, white space.
class json_maker {
 public:
  explicit json_maker(unsigned seed) : random_(seed) {}

  std::string value(int depth) {
    const auto kind = pick(depth > 0 ? 7U : 5U);
    if (kind == 5) return list(depth);
    if (kind == 6) return object(depth);
    return scalar(kind);
  }

  std::string space() {
    static constexpr std::array<std::string_view, 7> all = {"", "", "", " ", "\n", "\t ", "\r\n  "};
    return std::string(all[pick(all.size())]);
  }

  std::size_t pick(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_); }

  std::string text() {
    static constexpr std::array<std::string_view, 12> parts = {
        "a",     "model", R"(\")", R"(\\)", R"(\u00e9)", R"(\ud83d\ude42)", "\xc3\xa9", "\xf0\x9f\x99\x82",
        R"(\/)", R"(\n)", " {",    "}]"};
    std::string out = "\"";
    for (auto n = pick(5); n > 0; --n) out += parts[pick(parts.size())];
    return out + "\"";
  }

 private:
  std::string scalar(std::size_t kind) {
    static constexpr std::array<std::string_view, 10> numbers = {
        "0",      "-0",  "1e400",           "1E+2", "-12.50", "0.1000", "123456789012345678901234567890",
        "3.0e-7", "1.0", "9007199254740993"};
    switch (kind) {
      case 0:
        return "true";
      case 1:
        return "null";
      case 2:
        return "false";
      case 3:
        return std::string(numbers[pick(numbers.size())]);
      default:
        return text();
    }
  }

  std::string list(int depth) {
    std::string out = "[" + space();
    for (auto n = pick(4), i = n; i > 0; --i)
      out += (i == n ? "" : ",") + space() + value(depth - 1) + space();
    return out + "]";
  }

  std::string object(int depth) {
    std::string out = "{" + space();
    for (auto n = pick(4), i = n; i > 0; --i) {
      out += (i == n ? "" : ",") + space() + text() + space() + ":" + space() + value(depth - 1) + space();
    }
    return out + "}";
  }

  std::mt19937 random_;
};

// A request whose model value is `model`; the same seed gives the same bytes around it.
std::string odd_request(unsigned seed, std::string_view model, std::string_view stream_fields) {
  json_maker make(seed);
  std::vector<std::string> members;
  members.push_back(fmt::format(R"("model"{}:{}"{}")", make.space(), make.space(), model));
  members.push_back(fmt::format(R"("messages":{}[{{"role":"user",{}"content":{}}}])", make.space(),
                                make.space(), make.text()));
  members.push_back(fmt::format(R"("temperature":{}0.70)", make.space()));
  if (!stream_fields.empty()) members.emplace_back(stream_fields);
  for (auto n = make.pick(5); n > 0; --n) {
    members.push_back(fmt::format(R"("x_{}_{}"{}:{})", n, make.pick(10), make.space(), make.value(4)));
  }
  for (std::size_t i = members.size(); i > 1; --i) std::swap(members[i - 1], members[make.pick(i)]);
  std::string out = make.space() + "{" + make.space();
  for (const auto& m : members) out += (&m == &members.front() ? "" : ",") + make.space() + m + make.space();
  return out + "}" + make.space();
}

// `body` without the usage request that a gateway may add, and the comma that came with it.
std::string without_added_usage(std::string body) {
  constexpr std::string_view added = R"("stream_options":{"include_usage":true})";
  const auto at = body.find(added);
  if (at == std::string::npos) return body;
  if (at > 0 && body[at - 1] == ',') return body.erase(at - 1, added.size() + 1);
  return body.erase(at, added.size() + (body[at + added.size()] == ',' ? 1 : 0));
}

behaviour answers_anything(bool stream) {
  behaviour b;
  b.form = stream ? support::answer_form::stream : support::answer_form::json;
  return b;
}

TEST_CASE("a request arrives byte for byte but for the model's value", "[P7]") {
  gateway_under_test gw;
  gw.device.set_default(answers_anything(false));
  auto client = gw.client();
  for (unsigned seed = 1; seed <= 300; ++seed) {
    const auto body = odd_request(seed, "auto", "");
    client.send(support::post("/v1/chat/completions", body));
    const auto a = client.read_answer();
    INFO("seed " << seed << "\n" << body << "\n" << a.body);
    REQUIRE(a.status == 200);
    REQUIRE(gw.device.requests().back().body == odd_request(seed, "small", ""));
    gw.device.state().forget_requests();
  }
}

TEST_CASE("a stream's request gains nothing but the request for usage", "[P7]") {
  gateway_under_test gw;
  gw.device.set_default(answers_anything(true));
  auto client = gw.client();
  for (unsigned seed = 1; seed <= 200; ++seed) {
    const bool asks = seed % 2 == 0;
    const std::string_view fields =
        asks ? R"("stream":true,"stream_options":{"include_usage":true,"include_obfuscation":false})"
             : R"("stream" : true)";
    client.send(support::post("/v1/chat/completions", odd_request(seed, "auto", fields)));
    const auto a = client.read_answer();
    INFO("seed " << seed << "\n" << a.body);
    REQUIRE(a.status == 200);
    const auto seen = gw.device.requests().back().body;
    if (asks) {
      REQUIRE(seen == odd_request(seed, "small", fields));
    } else {
      REQUIRE(seen != odd_request(seed, "small", fields));
      REQUIRE(without_added_usage(seen) == odd_request(seed, "small", fields));
    }
    gw.device.state().forget_requests();
  }
}

TEST_CASE("a body with a 5 MB image arrives byte for byte, and is no million tokens", "[P7]") {
  gateway_under_test gw;
  gw.device.set_default(answers_anything(false));
  std::string image(5U << 20U, 'A');
  for (std::size_t i = 0; i < image.size(); ++i) image[i] = static_cast<char>('A' + (i * 7 + i / 1000) % 26);
  const std::string before = R"({"messages":[{"role":"user","content":[{"type":"text","text":"What is it?"},)"
                             R"({"type":"image_url","image_url":{"url":"data:image/png;base64,)" +
                             image + R"(","detail":"high"}}]}],"model":")";
  const std::string after = R"(","temperature":1.0})";
  const auto a = gw.ask(before + "auto" + after);
  CHECK(a.status == 200);
  CHECK((gw.device.requests().at(0).body == before + "small" + after));
}

TEST_CASE("a failed-over request is as exact at the second target as at the first", "[P7]") {
  gateway_under_test gw;
  behaviour fails;
  fails.status = 500;
  gw.device.set_default(fails);
  gw.self_hosted.set_default(answers_anything(false));
  CHECK(gw.ask(odd_request(11, "auto", "")).status == 200);
  CHECK(gw.device.requests().at(0).body == odd_request(11, "small", ""));
  CHECK(gw.self_hosted.requests().at(0).body == odd_request(11, "medium", ""));
}

TEST_CASE("duplicate top-level keys are refused", "[P7]") {
  gateway_under_test gw;
  for (const char* body :
       {R"({"model":"auto","messages":[],"model":"far"})", R"({"model":"auto","messages":[],"messages":[]})",
        R"({"model":"auto","messages":[],"\u006dodel":"far"})",
        R"({"model":"auto","messages":[],"stream":false,"stream":true})"}) {
    INFO(body);
    CHECK(gw.ask(body).status == 400);
  }
  CHECK(gw.upstream_requests() == 0);
}

TEST_CASE("what is no request is refused with a 400 in OpenAI's shape, and asks nobody") {
  gateway_under_test gw;
  for (const char* body : {"", "{", "[]", "null", R"({"messages":[]})", R"({"model":7,"messages":[]})",
                           R"({"model":"auto","messages":[]} trailing)",
                           "{\"model\":\"auto\",\"messages\":[],\"x\":\"\x80\"}"}) {
    INFO(body);
    const auto a = gw.ask(body);
    CHECK(a.status == 400);
    CHECK(!error_field(a.body, "message").empty());
    CHECK(!error_field(a.body, "type").empty());
  }
  CHECK(gw.ask(chat("nobody-has-this")).status == 404);
  CHECK(gw.upstream_requests() == 0);
}

TEST_CASE("an answer comes back byte for byte", "[P7]") {
  gateway_under_test gw;
  behaviour b;
  b.raw_body = std::make_shared<const std::string>(
      "\n {\"id\" : \"x\", \"choices\":[ "
      "{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"caf\\u00e9\"},"
      "\"finish_reason\":\"stop\", \"odd\": 1e400}] "
      ",\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":1}}\n");
  gw.device.set_default(b);
  const auto a = gw.ask(chat("auto"));
  CHECK(a.status == 200);
  CHECK(a.body == *b.raw_body);
  CHECK(gw.metric_reaches("nearfar_output_tokens_total", 1));
}

TEST_CASE("a stream comes back event for event as the upstream wrote it", "[P7]") {
  gateway_under_test gw;
  const auto body = R"({"model":"small","messages":[{"role":"user","content":"hi"}],"stream":true,)"
                    R"("stream_options":{"include_usage":true}})";
  raw_client direct(gw.device.url());
  direct.send(support::post("/v1/chat/completions", body));
  const auto from_upstream = direct.read_answer().body;
  auto through = gw.ask(R"({"model":"near","messages":[{"role":"user","content":"hi"}],"stream":true,)"
                        R"("stream_options":{"include_usage":true}})")
                     .body;
  // Only the answer's number differs.
  for (auto at = through.find("device-2"); at != std::string::npos; at = through.find("device-2")) {
    through.replace(at, 8, "device-1");
  }
  CHECK(through == from_upstream);
}

TEST_CASE("a whole answer of several megabytes passes, chunked or not") {
  gateway_under_test gw;
  behaviour b;
  b.tokens = 30;
  b.token_bytes = 100'000;
  SECTION("with its length") {}
  SECTION("chunked") {
    b.frame = support::framing::chunked;
  }
  SECTION("until the connection ends") {
    b.frame = support::framing::close;
  }
  gw.device.set_default(b);
  const auto a = gw.ask(chat("near"));
  CHECK(a.status == 200);
  CHECK(a.complete);
  CHECK(answer_text(a).size() == 3'000'000);
}

TEST_CASE("credentials, cookies, hop-by-hop fields and our own stay here; the rest goes upstream") {
  gateway_under_test gw;
  const header_list fields = {{"Authorization", "Bearer nf-of-the-client"},
                              {"Cookie", "session=1"},
                              {"Proxy-Authorization", "Basic eA=="},
                              {"X-Nearfar-Tag", "voice"},
                              {"Connection", "keep-alive, X-Named-Hop"},
                              {"X-Named-Hop", "1"},
                              {"Keep-Alive", "timeout=5"},
                              {"TE", "trailers"},
                              {"Traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"},
                              {"OpenAI-Beta", "assistants=v2"},
                              {"User-Agent", "test/1.0"},
                              {"X-Stainless-Lang", "js"}};
  CHECK(gw.ask(chat("far"), fields).status == 200);
  CHECK(gw.ask(chat("near"), fields).status == 200);
  const auto far = gw.remote.requests().at(0).head;
  const auto near = gw.device.requests().at(0).head;
  for (const auto* head : {&far, &near}) {
    INFO(head->raw);
    CHECK(head->raw.find("nf-of-the-client") == std::string::npos);
    for (const char* absent :
         {"cookie", "proxy-authorization", "x-nearfar-tag", "x-named-hop", "keep-alive", "te"}) {
      INFO(absent);
      CHECK(!head->has(absent));
    }
    CHECK(head->field("traceparent").starts_with("00-4bf92f35"));
    CHECK(head->field("openai-beta") == "assistants=v2");
    CHECK(head->field("x-stainless-lang") == "js");
  }
  CHECK(far.field("authorization") == "Bearer " + std::string(vendor_key));
  CHECK(!near.has("authorization"));
  CHECK(far.field("host") == gw.remote.url().substr(7));
}

TEST_CASE(
    "a vendor's ids and limits come back; cookies, hop-by-hop and x-nearfar fields of a vendor do not") {
  gateway_under_test gw;
  behaviour b;
  b.headers = {{"x-ratelimit-remaining-requests", "59"},
               {"openai-processing-ms", "12"},
               {"Set-Cookie", "__cf=1"},
               {"Keep-Alive", "timeout=5"},
               {"x-nearfar-target", "forged"},
               {"openai-version", "2020-10-01"}};
  gw.device.set_default(b);
  for (const auto& body : {chat("auto"), chat_stream("auto")}) {
    const auto a = gw.ask(body);
    INFO(a.head);
    CHECK(a.field("x-request-id").starts_with("req_chatcmpl-device-"));
    CHECK(a.field("x-ratelimit-remaining-requests") == "59");
    CHECK(a.field("openai-processing-ms") == "12");
    CHECK(a.field("openai-version") == "2020-10-01");
    CHECK(!a.has("set-cookie"));
    CHECK(!a.has("keep-alive"));
    CHECK(a.head.find("forged") == std::string::npos);
    CHECK(a.field("x-nearfar-target") == "phone/small");
    CHECK(!a.field("x-nearfar-id").empty());
    CHECK(!a.field("x-nearfar-policy").empty());
  }
}

TEST_CASE("an upstream's 1xx heads are not the answer") {
  gateway_under_test gw;
  behaviour b;
  b.interim = {102, 103};
  gw.device.set_default(b);
  const auto a = gw.ask(chat("auto"));
  CHECK(a.status == 200);
  CHECK(answer_text(a) == default_text("device"));
  CHECK(a.field("x-nearfar-attempts") == "1");
}

}  // namespace
}  // namespace nearfar::tests
