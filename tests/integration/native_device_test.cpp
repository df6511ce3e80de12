// The real llama-server's own Anthropic and Responses endpoints behind the gateway: passed on as they come.
#include "tests/integration/gateway_under_test.hpp"
#include "tests/integration/real_device.hpp"

#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>

namespace nearfar::tests {
namespace {

namespace json = boost::json;

policy_text device_policy() {
  policy_text out;
  out.attempts = "first_token: 60s, stall: 60s, load: 60s";
  out.answer = "{device: 60s, self_hosted: 60s, remote: 60s}";
  out.providers = real_device(llama_server_or_skip());
  out.models += "  voice: [phone-ai/tiny]\n";
  return out;
}

http_answer ask_device(const gateway_under_test& gw, std::string_view path, std::string_view body) {
  auto client = gw.client();
  client.set_deadline(millis{120'000});
  client.send(support::post(path, body, {{"anthropic-version", "2023-06-01"}}));
  return client.read_answer();
}

std::vector<json::value> events_in(const http_answer& a) {
  std::vector<json::value> out;
  for (const auto& e : support::events_of(a.body)) {
    if (!e.comment) out.push_back(json::parse(e.data));
  }
  return out;
}

TEST_CASE("a client of Anthropic's is answered by llama-server's own Messages API", "[llama][P7]") {
  gateway_under_test gw(device_policy());
  const auto whole = ask_device(
      gw, "/v1/messages",
      R"({"model":"voice","max_tokens":16,"system":[{"type":"text","text":"Be brief."}],"messages":[{"role":"user","content":[{"type":"text","text":"Hello"}]}]})");
  INFO(whole.body);
  REQUIRE(whole.status == 200);
  CHECK(whole.field("x-nearfar-target") == "phone-ai/tiny");
  const auto message = json::parse(whole.body);
  CHECK(message.at("type").as_string() == "message");
  // Its own: a translated answer has an id of Anthropic's form.
  CHECK(message.at("id").as_string().starts_with("chatcmpl-"));
  CHECK_FALSE(message.at("content").at(0).at("text").as_string().empty());
  CHECK(gw.metric_reaches("nearfar_output_tokens_total",
                          message.at_pointer("/usage/output_tokens").to_number<double>()));

  const auto stream = ask_device(
      gw, "/v1/messages?beta=true",
      R"({"model":"voice","max_tokens":16,"stream":true,"messages":[{"role":"user","content":"Hello"}]})");
  INFO(stream.body);
  REQUIRE(stream.status == 200);
  CHECK(stream.complete);
  const auto events = events_in(stream);
  REQUIRE(events.size() > 4);
  CHECK(events.front().at("type").as_string() == "message_start");
  CHECK(events.front().at_pointer("/message/id").as_string().starts_with("chatcmpl-"));
  CHECK(events.back().at("type").as_string() == "message_stop");

  const auto count = ask_device(gw, "/v1/messages/count_tokens",
                                R"({"model":"voice","messages":[{"role":"user","content":"Hello"}]})");
  INFO(count.body);
  REQUIRE(count.status == 200);
  CHECK(json::parse(count.body).at("input_tokens").to_number<int>() > 0);
}

TEST_CASE("a client of the Responses API is answered by llama-server's own", "[llama][P7]") {
  gateway_under_test gw(device_policy());
  const auto whole =
      ask_device(gw, "/v1/responses", R"({"model":"voice","max_output_tokens":16,"input":"Hello"})");
  INFO(whole.body);
  REQUIRE(whole.status == 200);
  const auto response = json::parse(whole.body);
  CHECK(response.at("object").as_string() == "response");
  CHECK_FALSE(response.at_pointer("/output/0/content/0/text").as_string().empty());
  CHECK(gw.metric_reaches("nearfar_output_tokens_total",
                          response.at_pointer("/usage/output_tokens").to_number<double>()));

  const auto stream = ask_device(
      gw, "/v1/responses",
      R"({"model":"voice","stream":true,"max_output_tokens":16,"input":[{"role":"user","content":[{"type":"input_text","text":"Hello"}]}]})");
  INFO(stream.body);
  REQUIRE(stream.status == 200);
  CHECK(stream.complete);
  const auto events = events_in(stream);
  REQUIRE(events.size() > 4);
  CHECK(events.front().at("type").as_string() == "response.created");
  CHECK(events.back().at("type").as_string() == "response.completed");
  // Its own member: nothing was rewritten.
  CHECK(events.back().as_object().contains("timings"));
}

}  // namespace
}  // namespace nearfar::tests
