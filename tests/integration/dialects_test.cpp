// Every client dialect against every target dialect: the answer is the target's, in the client's words.
#include "providers/dialects/codec.hpp"
#include "tests/integration/bill_check.hpp"
#include "tests/integration/gateway_under_test.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>

#include <array>

namespace nearfar::tests {
namespace {

using config::dialect;
namespace chat_form = providers::chat;
namespace json = boost::json;

struct client_kind {
  dialect speaks;
  std::string path;         // `{}`: the model
  std::string stream_path;  // the same
};

const std::array<client_kind, 4> clients{{
    {dialect::openai_chat, "/v1/chat/completions", "/v1/chat/completions"},
    {dialect::anthropic_messages, "/v1/messages?beta=true", "/v1/messages?beta=true"},
    {dialect::openai_responses, "/v1/responses", "/v1/responses"},
    {dialect::gemini, "/v1beta/models/{}:generateContent", "/v1beta/models/{}:streamGenerateContent?alt=sse"},
}};

const std::array<std::string_view, 3> targets{"claude", "google", "openai"};

enum class asking : std::uint8_t { whole, streamed };

std::string path_for(const client_kind& c, std::string_view model, asking how) {
  const auto& text = how == asking::streamed ? c.stream_path : c.path;
  return fmt::format(fmt::runtime(text), model);
}

std::string body_for(const client_kind& c, std::string_view model, asking how) {
  const bool stream = how == asking::streamed;
  switch (c.speaks) {
    case dialect::anthropic_messages:
      return fmt::format(
          R"({{"model":"{}","max_tokens":200,"stream":{},"messages":[{{"role":"user","content":"How far is it?"}}]}})",
          model, stream);
    case dialect::openai_responses:
      return fmt::format(R"({{"model":"{}","stream":{},"input":"How far is it?"}})", model, stream);
    case dialect::gemini:
      return R"({"contents":[{"role":"user","parts":[{"text":"How far is it?"}]}]})";
    default:
      return fmt::format(
          R"({{"model":"{}","stream":{},"messages":[{{"role":"user","content":"How far is it?"}}]}})", model,
          stream);
  }
}

// What a client of that dialect makes of its stream.
class listening {
 public:
  explicit listening(dialect d) : reader_(providers::codec_of(d)->make_stream_reader()) {}

  void hear(std::string_view data) {
    if (data == "[DONE]") {
      ended = true;
      return;
    }
    events_.clear();
    providers::sse_event one;
    one.data = data;
    CHECK(reader_->read(one, events_));
    take();
  }
  void over() {
    events_.clear();
    reader_->close(events_);
    take();
  }

  std::string text;
  std::string finish;
  bool failed = false;
  bool ended = false;
  std::uint64_t output = 0;

 private:
  void take() {
    for (const auto& e : events_) {
      if (e.kind == chat_form::event_kind::text) text += e.text;
      if (e.kind == chat_form::event_kind::error) failed = true;
      if (e.kind == chat_form::event_kind::end) ended = true;
      if (e.kind == chat_form::event_kind::usage && e.tokens != nullptr) output = e.tokens->output;
      if (e.kind == chat_form::event_kind::finish)
        finish = e.why == chat_form::finish::stop ? "stop" : "other";
    }
  }
  std::unique_ptr<providers::stream_reader> reader_;
  std::vector<chat_form::answer_event> events_;
};

listening heard(dialect d, std::string_view body) {
  listening out(d);
  for (const auto& e : support::events_of(body)) {
    if (!e.comment) out.hear(e.data);
  }
  out.over();
  return out;
}

std::string whole_text(dialect d, std::string body) {
  const std::size_t size = body.size();
  body.append(64, ' ');
  const auto read = providers::codec_of(d)->read_answer(std::string_view(body).substr(0, size));
  if (!read) return "error: " + read.error().context;
  std::string out;
  for (const auto& p : read->choices.at(0).parts) out += p.text;
  return out;
}

// Three vendors besides the usual doubles. The doubles outlive the gateway.
struct vendors {
  upstream_double claude{{.name = "claude"}};
  upstream_double google{{.name = "google"}};
  upstream_double openai{{.name = "openai"}};

  policy_text policy() const {
    policy_text out;
    const auto one = [](std::string_view name, std::string_view preset, const upstream_double& at) {
      return fmt::format(
          "  {}:\n    tier: remote\n    preset: {}\n    url: {}\n    key: {{file: vendor.key}}\n"
          "    models: {{m: {{as: {}-m, context: 64k, price: free, can: {{tools: true, images: true}}}}}}\n",
          name, preset, at.url(), name);
    };
    out.providers = one("claude", "anthropic", claude) + one("google", "gemini", google) +
                    one("openai", "openai-compatible", openai);
    out.models +=
        "  claude: [claude/m]\n  google: [google/m]\n  openai: [openai/m]\n  pair: [claude/m, google/m]\n"
        "  chats: [openai/m, claude/m]\n";
    return out;
  }
};

http_answer ask_at(const gateway_under_test& gw, std::string_view path, std::string_view body,
                   const header_list& fields = {}) {
  auto asking = gw.client();
  asking.set_deadline(millis{30'000});
  asking.send(support::post(path, body, fields));
  return asking.read_answer();
}

TEST_CASE("a whole answer comes in the client's dialect from a target of any dialect", "[P1]") {
  vendors up;
  gateway_under_test gw(up.policy());
  for (const auto& client : clients) {
    for (const auto target : targets) {
      DYNAMIC_SECTION(to_string(client.speaks) << " from " << target) {
        const auto a =
            ask_at(gw, path_for(client, target, asking::whole), body_for(client, target, asking::whole));
        INFO(a.body);
        CHECK(a.status == 200);
        CHECK(a.field("content-type") == "application/json");
        CHECK(a.field("x-nearfar-target") == std::string(target) + "/" + std::string(target) + "-m");
        CHECK(whole_text(client.speaks, a.body) == default_text(target));
      }
    }
  }
}

TEST_CASE("a stream comes in the client's dialect from a target of any dialect", "[P1][P2]") {
  vendors up;
  gateway_under_test gw(up.policy());
  for (const auto& client : clients) {
    for (const auto target : targets) {
      DYNAMIC_SECTION(to_string(client.speaks) << " from " << target) {
        const auto a = ask_at(gw, path_for(client, target, asking::streamed),
                              body_for(client, target, asking::streamed));
        INFO(a.body);
        CHECK(a.status == 200);
        CHECK(a.complete);
        CHECK(a.field("content-type").starts_with("text/event-stream"));
        const auto got = heard(client.speaks, a.body);
        CHECK(got.text == default_text(target));
        CHECK(got.ended);
        CHECK_FALSE(got.failed);
        CHECK(got.finish == "stop");
        CHECK(a.body.ends_with("[DONE]\n\n") == (client.speaks == dialect::openai_chat));
      }
    }
  }
}

TEST_CASE("each upstream event leaves before the next arrives, whatever is translated") {
  vendors up;
  for (auto* each : {&up.claude, &up.google, &up.openai}) {
    behaviour slow;
    slow.tokens = 0;
    slow.script = {"one ", "two ", "three ", "four"};
    slow.gated = true;
    each->set_default(slow);
  }
  auto policy = up.policy();
  policy.attempts = "first_token: 20s, stall: 20s";
  gateway_under_test gw(policy);
  const std::array<upstream_double*, 3> doubles{&up.claude, &up.google, &up.openai};
  for (const auto& client : clients) {
    for (std::size_t t = 0; t < targets.size(); ++t) {
      DYNAMIC_SECTION(to_string(client.speaks) << " from " << targets.at(t)) {
        auto asking_client = gw.client();
        asking_client.set_deadline(millis{20'000});
        asking_client.send(support::post(path_for(client, targets.at(t), asking::streamed),
                                         body_for(client, targets.at(t), asking::streamed)));
        listening got(client.speaks);
        std::string expected;
        for (const std::string_view word : {"one ", "two ", "three ", "four"}) {
          doubles.at(t)->release(1);
          // The double holds the next word until it is let go: what is read here left without it.
          expected += word;
          if (expected == "one ") REQUIRE(asking_client.read_head().status == 200);
          while (got.text.size() < expected.size()) {
            const auto event = asking_client.read_event();
            REQUIRE(event);
            if (!event->comment) got.hear(event->data);
          }
          CHECK(got.text == expected);
        }
        doubles.at(t)->release(10);
        while (const auto event = asking_client.read_event()) {
          if (!event->comment) got.hear(event->data);
        }
        got.over();
        CHECK(asking_client.body_complete());
        CHECK(got.ended);
        CHECK(got.text == "one two three four");
      }
    }
  }
}

TEST_CASE("the same dialect passes byte for byte in both directions [P7]", "[P7]") {
  vendors up;
  gateway_under_test gw(up.policy());
  const std::string body =
      R"({ "max_tokens" : 50 , "model":"claude", "metadata":{"user_id":"é"},  "messages":[{"role":"user","content":"hi"}]})";
  behaviour echoes;
  echoes.echo = true;
  up.claude.set_default(echoes);
  const auto a =
      ask_at(gw, "/v1/messages", body, {{"anthropic-beta", "x-1"}, {"x-api-key", "client-secret"}});
  std::string expected = body;
  expected.replace(expected.find("\"claude\""), 8, "\"m\"");
  const auto seen = up.claude.requests();
  REQUIRE(seen.size() == 1);
  CHECK(seen.front().body == expected);
  CHECK(seen.front().head.field("anthropic-beta") == "x-1");
  CHECK(seen.front().head.field("anthropic-version") == "2023-06-01");
  CHECK(seen.front().head.field("x-api-key") == vendor_key);
}

TEST_CASE("fields of Anthropic's own go to its API alone", "[trap38]") {
  vendors up;
  gateway_under_test gw(up.policy());
  const auto& client = clients[1];
  (void)ask_at(
      gw, path_for(client, "openai", asking::whole), body_for(client, "openai", asking::whole),
      {{"anthropic-beta", "x-1"}, {"anthropic-version", "2023-06-01"}, {"authorization", "Bearer c"}});
  const auto seen = up.openai.requests();
  REQUIRE(seen.size() == 1);
  CHECK(seen.front().head.field("anthropic-beta").empty());
  CHECK(seen.front().head.field("anthropic-version").empty());
  CHECK(seen.front().head.field("authorization") == "Bearer " + std::string(vendor_key));
}

TEST_CASE("an upstream's refusal is told in the client's dialect") {
  vendors up;
  gateway_under_test gw(up.policy());
  behaviour refuses;
  refuses.status = 400;
  refuses.error = {.message = "Please reduce the length of the messages",
                   .type = "invalid_request_error",
                   .code = "context_length_exceeded"};
  up.openai.set_default(refuses);
  const auto messages = ask_at(gw, "/v1/messages", body_for(clients[1], "openai", asking::whole));
  INFO(messages.body);
  CHECK(messages.status == 400);
  CHECK(json::parse(messages.body).at("type").as_string() == "error");
  CHECK(error_field(messages.body, "type") == "invalid_request_error");
  CHECK_FALSE(error_field(messages.body, "message").empty());
  const auto gemini = ask_at(gw, path_for(clients[3], "openai", asking::whole),
                             body_for(clients[3], "openai", asking::whole));
  INFO(gemini.body);
  CHECK(gemini.status == 400);
  CHECK(error_field(gemini.body, "status") == "INVALID_ARGUMENT");
}

TEST_CASE("an unknown model is told in the client's dialect") {
  gateway_under_test gw;
  const auto a = ask_at(gw, "/v1/messages", body_for(clients[1], "nobody", asking::whole));
  INFO(a.body);
  CHECK(a.status == 404);
  CHECK(json::parse(a.body).at("type").as_string() == "error");
  CHECK(error_field(a.body, "type") == "not_found_error");
}

TEST_CASE("a broken stream goes on at a target of another dialect", "[P1][P2]") {
  vendors up;
  behaviour breaks;
  breaks.tokens = 0;
  breaks.script = {"The ", "tower ", "is "};
  breaks.break_with = break_kind::cut;
  breaks.after = 3;
  up.claude.set_default(breaks);
  behaviour rest;
  rest.tokens = 0;
  rest.script = {"very ", "high."};
  up.google.set_default(rest);
  auto policy = up.policy();
  policy.attempts = "first_token: 20s, stall: 20s";
  gateway_under_test gw(policy);
  for (const auto& client : clients) {
    DYNAMIC_SECTION(to_string(client.speaks)) {
      const auto a =
          ask_at(gw, path_for(client, "pair", asking::streamed), body_for(client, "pair", asking::streamed));
      INFO(a.body);
      CHECK(a.complete);
      const auto got = heard(client.speaks, a.body);
      CHECK(got.text == "The tower is very high.");
      CHECK(got.ended);
      CHECK_FALSE(got.failed);
      CHECK(gw.metric_reaches("nearfar_hand_overs_total", 1));
    }
  }
}

TEST_CASE("a stream that nobody goes on with ends with an error of the client's dialect", "[P2]") {
  vendors up;
  behaviour breaks;
  breaks.break_with = break_kind::cut;
  breaks.after = 3;
  up.claude.set_default(breaks);
  up.openai.set_default(breaks);
  gateway_under_test gw(up.policy());
  for (const auto& client : clients) {
    for (const std::string_view target : {"claude", "openai"}) {
      DYNAMIC_SECTION(to_string(client.speaks) << " from " << target) {
        const auto a = ask_at(gw, path_for(client, target, asking::streamed),
                              body_for(client, target, asking::streamed));
        INFO(a.body);
        CHECK_FALSE(a.complete);
        const auto got = heard(client.speaks, a.body);
        CHECK(got.failed);
        CHECK_FALSE(got.ended);
      }
    }
  }
}

TEST_CASE("Gemini's stream without alt=sse is one JSON array") {
  vendors up;
  gateway_under_test gw(up.policy());
  for (const auto target : targets) {
    const auto path = fmt::format("/v1beta/models/{}:streamGenerateContent", target);
    const auto a = ask_at(gw, path, body_for(clients[3], target, asking::streamed));
    INFO(a.body);
    CHECK(a.field("content-type") == "application/json");
    const auto list = json::parse(a.body).as_array();
    listening got(dialect::gemini);
    for (const auto& each : list) got.hear(json::serialize(each));
    got.over();
    CHECK(got.text == default_text(target));
    CHECK(got.ended);
  }
}

TEST_CASE("tokens are counted by a target that can, and estimated for one that cannot", "[trap38]") {
  vendors up;
  gateway_under_test gw(up.policy());
  const auto count = [&](std::string_view model) {
    return ask_at(
        gw, "/v1/messages/count_tokens",
        fmt::format(R"({{"model":"{}","messages":[{{"role":"user","content":"How far is it?"}}]}})", model));
  };
  const auto own = count("claude");
  INFO(own.body);
  CHECK(own.status == 200);
  CHECK(json::parse(own.body).as_object().contains("input_tokens"));
  CHECK(up.claude.counters().requests == 1);
  REQUIRE(settled(gw, 1));
  const auto row = ledger_rows(gw).front();
  CHECK(row.sure == gateway::certainty::none);
  CHECK(row.cost == 0);
  const auto estimated = count("openai");
  INFO(estimated.body);
  CHECK(estimated.status == 200);
  CHECK(json::parse(estimated.body).at("input_tokens").to_number<int>() > 0);
  CHECK(up.openai.counters().requests == 0);
  const auto gemini =
      ask_at(gw, "/v1beta/models/openai:countTokens", body_for(clients[3], "openai", asking::whole));
  INFO(gemini.body);
  CHECK(json::parse(gemini.body).at("totalTokens").to_number<int>() > 0);
}

TEST_CASE("a dialect that no target serves is refused with the reason") {
  vendors up;
  gateway_under_test gw(up.policy());
  const auto a = ask_at(gw, "/v1/embeddings", R"({"model":"claude","input":"far"})");
  INFO(a.body);
  CHECK(a.status == 400);
  CHECK(error_field(a.body, "code") == "unsupported_by_model");
  CHECK(a.body.find("does not serve openai-embeddings") != std::string::npos);
}

TEST_CASE("embeddings and completions pass to a target that serves them") {
  vendors up;
  gateway_under_test gw(up.policy());
  const auto vectors = ask_at(gw, "/v1/embeddings", R"({"model":"openai","input":"far"})");
  INFO(vectors.body);
  CHECK(vectors.status == 200);
  CHECK(json::parse(vectors.body).at("data").is_array());
  const auto text = ask_at(gw, "/api/v1/completions", R"({"model":"openai","prompt":"Once"})");
  INFO(text.body);
  CHECK(text.status == 200);
  const auto stream = ask_at(gw, "/v1/completions", R"({"model":"openai","prompt":"Once","stream":true})");
  INFO(stream.body);
  CHECK(stream.status == 200);
  CHECK(stream.complete);
  CHECK(stream.body.ends_with("data: [DONE]\n\n"));
}

TEST_CASE("a form is routed by its part model, and the rest passes as it came") {
  vendors up;
  gateway_under_test gw(up.policy());
  std::string sound("\0\xff--x\r\n--y", 10);
  const auto form = [&](std::string_view model) {
    return "--line\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n"
           "Content-Type: audio/wav\r\n\r\n" +
           sound + "\r\n--line\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\n" +
           std::string(model) + "\r\n--line--\r\n";
  };
  auto asking_client = gw.client();
  const auto body = form("openai");
  std::string request = fmt::format(
      "POST /v1/audio/transcriptions HTTP/1.1\r\nhost: localhost\r\ncontent-type: multipart/form-data; "
      "boundary=line\r\ncontent-length: {}\r\n\r\n",
      body.size());
  asking_client.send(request + body);
  const auto a = asking_client.read_answer();
  INFO(a.body);
  CHECK(a.status == 200);
  const auto seen = up.openai.requests();
  REQUIRE(seen.size() == 1);
  CHECK(seen.front().body == form("m"));
  CHECK(seen.front().head.field("content-type") == "multipart/form-data; boundary=line");
}

TEST_CASE("a refused upgrade names what is served instead") {
  gateway_under_test gw;
  for (const auto& [path, cure] : std::array<std::pair<std::string_view, std::string_view>, 2>{
           {{"/v1/responses", "/v1/responses"}, {"/v1/realtime", "/v1/audio/transcriptions"}}}) {
    auto asking_client = gw.client();
    asking_client.send(support::get(path, {{"connection", "upgrade"},
                                           {"upgrade", "websocket"},
                                           {"sec-websocket-version", "13"},
                                           {"sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="}}));
    const auto a = asking_client.read_answer();
    INFO(a.body);
    CHECK(a.status == 400);
    CHECK(a.body.find(cure) != std::string::npos);
  }
}

}  // namespace
}  // namespace nearfar::tests
