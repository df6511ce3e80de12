#include "tests/support/dialects/every_dialect.hpp"
#include "tests/support/dialects/played_answer.hpp"
#include "tests/support/raw_client.hpp"
#include "tests/support/upstream_double.hpp"

#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>

#include <algorithm>

namespace nearfar::support {
namespace {

namespace json = boost::json;

const std::vector<std::pair<std::string, std::string>> fields = {{"authorization", "Bearer k"}};

played_answer ask(std::string_view target, std::string body, const behaviour& how = {}) {
  return play_answer(how, {target, std::move(body), fields});
}

TEST_CASE("no path is served by two dialects, nor any by none") {
  const auto all = every_dialect();
  for (const std::string_view path :
       {"/v1/chat/completions", "/v1/completions", "/v1/responses", "/v1/embeddings", "/v1/messages",
        "/anthropic/v1/messages/count_tokens", "/v1beta/models/m:generateContent", "/api/chat",
        "/v1/moderations", "/v1/rerank", "/v1/audio/speech", "/v1/images/generations"}) {
    INFO(path);
    CHECK(std::count_if(all.begin(), all.end(), [&](const auto& d) { return d->serves(path); }) == 1);
  }
  CHECK(std::none_of(all.begin(), all.end(), [](const auto& d) { return d->serves("/v1/models"); }));
}

TEST_CASE("Ollama streams lines unless told not to, with whole calls and no ids") {
  behaviour b;
  b.reasoning = "hm";
  b.text = "It rains.";
  b.tool_calls = {{"never sent", "weather", R"({"city":"Lisbon"})"}};
  const auto a = ask("/api/chat", R"({"model":"m","messages":[{"role":"user","content":"hi"}]})", b);
  CHECK(a.head.find("application/x-ndjson") != std::string::npos);
  std::vector<json::value> lines;
  for (std::size_t at = 0; at < a.body.size(); at = a.body.find('\n', at) + 1)
    lines.push_back(json::parse(a.body.substr(at, a.body.find('\n', at) - at)));
  REQUIRE(lines.size() == 5);
  CHECK(lines[0].at_pointer("/message/thinking").as_string() == "hm");
  CHECK(lines[3].at_pointer("/message/tool_calls/0/function/arguments/city").as_string() == "Lisbon");
  CHECK(lines[4].at("done").as_bool());
  CHECK(lines[4].at("done_reason").as_string() == "stop");
  CHECK(a.body.find("never sent") == std::string::npos);
  const auto whole = ask("/api/chat", R"({"model":"m","stream":false,"messages":[]})", b);
  CHECK(json::parse(whole.body).at_pointer("/message/content").as_string() == "It rains.");
}

TEST_CASE("Ollama wants text, objects and base64") {
  const auto refused = [](std::string_view message) {
    return ask("/api/chat", R"({"model":"m","messages":[)" + std::string(message) + "]}").body;
  };
  CHECK(refused(R"({"role":"user","content":[]})").find("cannot unmarshal array") != std::string::npos);
  CHECK(refused(R"({"role":"user","content":"x","images":["data:image/png;base64,AA=="]})")
            .find("illegal base64") != std::string::npos);
  CHECK(refused(R"({"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":"{}"}}]})")
            .find("cannot unmarshal string") != std::string::npos);
  CHECK(refused(R"({"role":"developer","content":"x"})").find("invalid role") != std::string::npos);
  CHECK(ask("/api/chat", R"({"model":"m","messages":[],"think":"loud"})").status == 400);
}

TEST_CASE("an embedding is the same in floats and in base64, one for each input") {
  const auto floats =
      json::parse(ask("/v1/embeddings", R"({"model":"m","input":["a","bcd"],"dimensions":2})").body);
  CHECK(floats.at("data").as_array().size() == 2);
  CHECK(floats.at_pointer("/data/0/embedding/0").to_number<double>() == -0.4375);
  CHECK(floats.at_pointer("/data/0/embedding/1").to_number<double>() == -0.375);
  const auto packed = json::parse(
      ask("/v1/embeddings", R"({"model":"m","input":"a","dimensions":2,"encoding_format":"base64"})").body);
  // -0.4375 is BEE00000, -0.375 is BEC00000, each little-endian.
  CHECK(packed.at_pointer("/data/0/embedding").as_string() == "AADgvgAAwL4=");
  CHECK(ask("/v1/embeddings", R"({"model":"m","input":[]})").status == 400);
  CHECK(ask("/v1/embeddings", R"({"model":"m","input":"a","messages":[]})").status == 400);
}

TEST_CASE("text completions stream in the shape that they have whole") {
  behaviour b;
  b.text = "one two";
  const auto body = R"({"model":"m","prompt":"x","stream":true,"stream_options":{"include_usage":true}})";
  const auto events = ask("/v1/completions", body, b).data();
  REQUIRE(events.size() == 5);
  CHECK(json::parse(events[1]).at_pointer("/choices/0/text").as_string() == " two");
  CHECK(json::parse(events[3]).at_pointer("/usage/completion_tokens").as_int64() == 2);
  CHECK(events[4] == "[DONE]");
  CHECK(ask("/v1/completions", R"({"model":"m","prompt":"x","messages":[]})").status == 400);
}

TEST_CASE("a transcription wants a whole form with a model and a file") {
  const std::string form =
      "--b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nwhisper\r\n"
      "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n\r\nRIFF\r\n--b--\r\n";
  const auto send = [](std::string body) {
    return play_answer(
        {}, {"/v1/audio/transcriptions",
             std::move(body),
             {{"authorization", "Bearer k"}, {"content-type", "multipart/form-data; boundary=b"}}});
  };
  CHECK(send(form).body == R"({"text":"4 bytes heard"})");
  CHECK(send(form.substr(0, form.size() - 8)).status == 400);
  CHECK(send("--b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nwhisper\r\n--b--\r\n").status ==
        400);
}

TEST_CASE("rerank, moderations, speech and images answer plausibly, and want what they need") {
  CHECK(json::parse(ask("/v1/rerank", R"({"query":"q","documents":["a","b"],"top_n":1})").body)
            .at("results")
            .as_array()
            .size() == 1);
  CHECK(ask("/v1/rerank", R"({"query":"q"})").status == 400);
  CHECK(ask("/v1/moderations", R"({"input":"x"})").status == 200);
  const auto speech = ask("/v1/audio/speech", R"({"model":"m","input":"hello","voice":"v"})");
  CHECK(speech.head.find("audio/mpeg") != std::string::npos);
  CHECK(speech.body == "ID3 hello");
  CHECK(json::parse(ask("/v1/images/generations", R"({"prompt":"x","n":2})").body)
            .at("data")
            .as_array()
            .size() == 2);
}

TEST_CASE("a gated answer gives one token for each release") {
  upstream_double server;
  behaviour b;
  b.text = "one two three";
  b.gated = true;
  server.set_default(b);
  raw_client client(server.url());
  client.send(
      post("/v1/messages",
           R"({"model":"m","max_tokens":9,"stream":true,"messages":[{"role":"user","content":"hi"}]})",
           {{"x-api-key", "k"}, {"anthropic-version", "2023-06-01"}}));
  client.read_head();
  const auto next_text = [&] {
    for (;;) {
      const auto e = client.read_event();
      if (!e) return std::string("the end");
      const auto top = json::parse(e->data);
      if (const auto* delta = top.as_object().if_contains("delta");
          delta != nullptr && delta->as_object().contains("text"))
        return std::string(delta->at("text").as_string());
    }
  };
  server.release();
  CHECK(next_text() == "one");
  raw_client control(server.url());
  control.send(get("/_double/release?count=1") + get("/_double/last"));
  CHECK(control.read_answer().status == 200);
  const auto last = json::parse(control.read_answer().body);
  CHECK(last.at("target").as_string() == "/v1/messages");
  CHECK(last.at("outcome").as_string() == "answering");
  CHECK(next_text() == " two");
  CHECK(server.counters().completed == 0);
  server.release(2);
  CHECK(next_text() == " three");
  CHECK(next_text() == "the end");
  CHECK(server.wait([](const auto& c) { return c.completed == 1; }));
}

}  // namespace
}  // namespace nearfar::support
