// OpenRouter's surface: wishes in a request, answers and lists in its shape under /api/v1.
#include "tests/integration/gateway_under_test.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>

#include <array>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>

namespace nearfar::tests {
namespace {

namespace json = boost::json;

std::string with(std::string_view model, std::string_view members, bool stream = false) {
  return fmt::format(R"({{"model":"{}","messages":[{{"role":"user","content":"hi"}}]{}{}}})", model,
                     stream ? R"(,"stream":true)" : "", members);
}

std::string target_of(const http_answer& a) {
  return std::string(a.field("x-nearfar-target"));
}

http_answer ask_openrouter(const gateway_under_test& g, std::string_view body,
                           const header_list& fields = {}) {
  auto asking = g.client();
  asking.set_deadline(millis{30'000});
  asking.send(support::post("/api/v1/chat/completions", body, fields));
  return asking.read_answer();
}

http_answer get(const gateway_under_test& g, std::string_view path) {
  auto asking = g.client();
  asking.set_deadline(millis{30'000});
  asking.send(support::get(path));
  return asking.read_answer();
}

json::value error_of(const http_answer& a) {
  INFO(a.body);
  return json::parse(a.body).at("error");
}

// A provider with OpenRouter's preset besides the three.
struct with_hub {
  upstream_double hub{{.name = "hub"}};
  gateway_under_test gateway{policy()};

  policy_text policy() const {
    policy_text out;
    out.providers = fmt::format(
        "  hub:\n    tier: remote\n    preset: openrouter\n    url: {}\n    models: {{vendor/huge: {{price: "
        "{{input: 3 USD/M, output: 15 USD/M}}, context: 128k}}}}\n",
        hub.url());
    out.models =
        "  auto: [phone/small, homelab/medium, vendor/large, hub/vendor/huge]\n  far: [vendor/large]\n";
    return out;
  }
};

std::string with_port(std::string command, const std::string& address) {
  constexpr std::string_view written = "127.0.0.1:8484";
  const auto at = command.find(written);
  REQUIRE(at != std::string::npos);
  return command.replace(at, written.size(), address);
}

std::string output_of(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> from(::popen(command.c_str(), "r"), ::pclose);
  REQUIRE(from);
  std::string out;
  std::array<char, 4096> some;
  while (const auto got = std::fread(some.data(), 1, some.size(), from.get())) out.append(some.data(), got);
  return out;
}

// The body of the double's latest request.
json::object sent(const upstream_double& to) {
  const auto all = to.requests();
  REQUIRE_FALSE(all.empty());
  return json::parse(all.back().body).as_object();
}

}  // namespace

TEST_CASE("a client orders, excludes and limits the providers of its query", "[openrouter]") {
  gateway_under_test g;
  CHECK(target_of(g.ask(with("auto", ""))) == "phone/small");
  CHECK(target_of(g.ask(with("auto", R"(,"provider":{"order":["vendor"]})"))) == "vendor/large");
  CHECK(target_of(g.ask(with("auto", R"(,"provider":{"only":["self_hosted"]})"))) == "homelab/medium");
  CHECK(target_of(g.ask(with("auto", R"(,"provider":{"ignore":["device","HOMELAB"]})"))) == "vendor/large");
  CHECK(target_of(g.ask(with("far:nitro", R"(,"models":["near"])"))) == "vendor/large");
}

TEST_CASE("no wish brings back what a guard forbids", "[openrouter][P3]") {
  gateway_under_test g;
  const header_list secret{{"x-nearfar-privacy", "private"}};
  CHECK(target_of(g.ask(with("auto", R"(,"provider":{"order":["vendor"]})"), secret)) == "phone/small");
  const auto only = g.ask(with("auto", R"(,"provider":{"only":["vendor"]})"), secret);
  CHECK(only.status == 404);
  const auto appended = g.ask(with("far", R"(,"models":["far","home"])"), secret);
  CHECK(target_of(appended) == "homelab/medium");
  CHECK(g.remote.counters().requests == 0);
}

TEST_CASE("the models of a query are tried in their order", "[openrouter][P1]") {
  gateway_under_test g;
  g.device.refuse();
  const auto a = g.ask(with("near", R"(,"models":["far","home"])"));
  CHECK(a.status == 200);
  CHECK(target_of(a) == "vendor/large");
}

TEST_CASE("without fallbacks a failure is the client's", "[openrouter]") {
  gateway_under_test g;
  g.device.refuse();
  const auto a = g.ask(with("auto", R"(,"provider":{"allow_fallbacks":false})"));
  CHECK(a.status >= 500);
  CHECK(g.self_hosted.counters().requests + g.remote.counters().requests == 0);
}

TEST_CASE("what cannot be followed is refused by its name, on any path", "[openrouter][P5]") {
  gateway_under_test g;
  const auto typo = g.ask(with("auto", R"(,"provider":{"onyl":["vendor"]})"));
  CHECK(typo.status == 400);
  CHECK(typo.body.find("field that is not known") != std::string::npos);
  const auto nobody = g.ask(with("auto", R"(,"provider":{"only":["deepinfra"]})"));
  CHECK(nobody.status == 404);
  CHECK(nobody.body.find("device, self_hosted, remote, phone, homelab, vendor") != std::string::npos);
  CHECK(g.ask(with("auto", R"(,"models":["nobody"])")).status == 404);
  CHECK(g.ask(with("auto", R"(,"plugins":[{"id":"web"}])")).status == 404);
  CHECK(g.upstream_requests() == 0);
}

TEST_CASE("members of OpenRouter's own go to OpenRouter alone", "[openrouter][P7]") {
  with_hub house;
  auto& g = house.gateway;
  const std::string members =
      R"(,"provider":{"order":["phone"],"sort":"price"},"models":["far"],"session_id":"s1","usage":{"include":true})";
  CHECK(target_of(g.ask(with("auto", members))) == "phone/small");
  const auto at_phone = sent(g.device);
  CHECK(at_phone.size() == 2);
  CHECK(at_phone.at("model") == "small");

  const auto to_hub = g.ask(with(
      "auto", R"(,"provider":{"order":["deepinfra","hub"],"zdr":false},"session_id":"s1","models":["far"])"));
  CHECK(target_of(to_hub) == "hub/vendor/huge");
  const auto at_hub = sent(house.hub);
  CHECK(at_hub.at("provider") == json::parse(R"({"order":["deepinfra"],"zdr":false})"));
  CHECK(at_hub.at("session_id") == "s1");
  CHECK_FALSE(at_hub.contains("models"));
}

TEST_CASE("on /v1 an answer's bytes are the target's, on /api/v1 they have OpenRouter's fields",
          "[openrouter][P7]") {
  with_hub house;
  auto& g = house.gateway;
  const auto body = with("hub/vendor/huge", "");
  const auto plain = json::parse(g.ask(body).body).as_object();
  CHECK_FALSE(plain.contains("provider"));
  const auto a = ask_openrouter(g, body);
  REQUIRE(a.status == 200);
  const auto dressed = json::parse(a.body).as_object();
  CHECK(dressed.at("provider") == "hub");
  CHECK(dressed.at("id") == json::string(a.field("x-generation-id")));
  CHECK(dressed.at("id").as_string().starts_with("gen-"));
  CHECK(dressed.at("choices").at(0).at("native_finish_reason") == "stop");
  const auto& usage = dressed.at("usage").as_object();
  const double wanted = (usage.at("prompt_tokens").to_number<double>() * 3 +
                         usage.at("completion_tokens").to_number<double>() * 15) /
                        1e6;
  CHECK(std::abs(usage.at("cost").to_number<double>() - wanted) < 1e-9);
  CHECK(usage.at("cost_details").at("estimated") == true);
}

TEST_CASE("a stream on /api/v1 is dressed event by event, and always tells its usage", "[openrouter]") {
  gateway_under_test g;
  const auto a = ask_openrouter(g, with("near", "", true));
  REQUIRE(a.status == 200);
  CHECK(support::text_of(a.body) == default_text("device"));
  unsigned chunks = 0;
  bool cost = false;
  bool done = false;
  for (const auto& event : support::events_of(a.body)) {
    if (event.comment) continue;
    done = event.data == "[DONE]";
    if (done) continue;
    const auto chunk = json::parse(event.data).as_object();
    CHECK(chunk.at("provider") == "phone");
    CHECK(chunk.at("id") == json::string(a.field("x-generation-id")));
    cost = cost || (chunk.contains("usage") && chunk.at("usage").is_object() &&
                    chunk.at("usage").as_object().contains("cost"));
    ++chunks;
  }
  CHECK(chunks > 20);
  CHECK(cost);
  CHECK(done);
}

TEST_CASE("keep-alives are OpenRouter's on /api/v1 where the policy wants it", "[openrouter]") {
  policy_text policy;
  policy.attempts = "first_token: 60s, stall: 60s, head_after: 50ms";
  policy.more = "openrouter: {comments: true}\n";
  gateway_under_test g{policy};
  behaviour silent;
  silent.first_token_delay = millis{60'000};
  g.device.set_default(silent);
  auto here = g.client();
  auto there = g.client();
  const auto body = with("near", "", true);
  for (auto* each : {&here, &there}) each->set_deadline(millis{60'000});
  here.send(support::post("/v1/chat/completions", body));
  there.send(support::post("/api/v1/chat/completions", body));
  CHECK(here.read_head().status == 200);
  CHECK(there.read_head().status == 200);
  const auto usual = here.read_event();
  const auto theirs = there.read_event();
  REQUIRE(usual);
  REQUIRE(theirs);
  CHECK(usual->comment);
  CHECK(usual->data.find("keep-alive") != std::string::npos);
  CHECK(theirs->comment);
  CHECK(theirs->data.find("OPENROUTER PROCESSING") != std::string::npos);
}

TEST_CASE("a stream that breaks on /api/v1 ends with OpenRouter's error event", "[openrouter][P2]") {
  gateway_under_test g;
  support::behaviour breaks;
  breaks.break_with = break_kind::cut;
  breaks.after = 5;
  g.device.push(breaks);
  const auto a = ask_openrouter(g, with("near", "", true));
  CHECK_FALSE(a.complete);
  const auto events = support::events_of(a.body);
  REQUIRE_FALSE(events.empty());
  const auto last = json::parse(events.back().data).as_object();
  CHECK(last.at("choices").at(0).at("finish_reason") == "error");
  CHECK(last.at("error").at("metadata").at("error_type") == "provider_unavailable");
  CHECK(last.at("error").at("metadata").at("provider_name") == "phone");
}

TEST_CASE("wishes narrow queries of the other dialects, too, and stay out of what is translated",
          "[openrouter][P3]") {
  gateway_under_test g;
  const auto ask_as = [&](std::string_view path, std::string_view body) {
    auto asking = g.client();
    asking.set_deadline(millis{30'000});
    asking.send(support::post(path, body));
    return asking.read_answer();
  };
  const auto message = ask_as(
      "/api/v1/messages",
      R"({"model":"auto","max_tokens":50,"provider":{"order":["homelab"]},"messages":[{"role":"user","content":"hi"}]})");
  INFO(message.body);
  CHECK(message.status == 200);
  CHECK(target_of(message) == "homelab/medium");
  CHECK(message.field("x-generation-id").starts_with("gen-"));
  CHECK_FALSE(sent(g.self_hosted).contains("provider"));
  const auto response = ask_as(
      "/v1/responses", R"({"model":"auto","input":"hi","models":["far"],"provider":{"only":["remote"]}})");
  CHECK(target_of(response) == "vendor/large");
  CHECK_FALSE(sent(g.remote).contains("models"));
  CHECK(ask_as("/v1/messages", R"({"model":"auto","max_tokens":5,"provider":1,"messages":[]})").status ==
        400);
}

TEST_CASE("a body that cannot be read is refused in the shape of its path", "[openrouter][P5]") {
  gateway_under_test g;
  const auto a = ask_openrouter(g, "{\"model\"");
  CHECK(a.status == 400);
  CHECK(error_of(a).at("metadata").at("error_type") == "invalid_request");
  CHECK(a.field("x-generation-id").starts_with("gen-"));
}

TEST_CASE("errors on /api/v1 wear OpenRouter's envelope", "[openrouter][P5]") {
  gateway_under_test g;
  const auto unknown = ask_openrouter(g, with("nobody", ""));
  CHECK(unknown.status == 404);
  CHECK(error_of(unknown).at("code") == 404);
  CHECK(error_of(unknown).at("availability").at("code") == "model_not_found");

  const auto priced = ask_openrouter(g, with("auto", R"(,"provider":{"only":["nowhere"]})"));
  CHECK(error_of(priced).at("availability").at("excluded_by") == json::array{"allowed_providers"});

  support::behaviour bad;
  bad.status = 400;
  bad.error = {"temperature is too high", "invalid_request_error", "bad_value"};
  g.device.push(bad);
  const auto theirs = ask_openrouter(g, with("near", ""));
  CHECK(theirs.status == 400);
  CHECK(error_of(theirs).at("message") == "temperature is too high");
  CHECK(error_of(theirs).at("metadata").at("provider_name") == "phone");
  CHECK(error_of(theirs).at("metadata").at("raw").as_string().find("bad_value") != json::string::npos);

  g.device.kill();
  const auto failed = ask_openrouter(g, with("near", ""));
  CHECK(failed.status >= 500);
  CHECK(error_of(failed).at("metadata").at("previous_errors").at(0).at("provider") == "phone");

  const auto path = get(g, "/api/v1/nothing");
  CHECK(path.status == 404);
  CHECK(error_of(path).at("metadata").at("error_type") == "not_found");
}

TEST_CASE("who asks for router metadata gets it with the answer, the stream and the error",
          "[openrouter][P5]") {
  gateway_under_test g;
  const header_list wanted{{"X-OpenRouter-Metadata", "enabled"}};
  const auto whole = json::parse(ask_openrouter(g, with("auto", ""), wanted).body).at("openrouter_metadata");
  CHECK(whole.at("requested") == "auto");
  CHECK(whole.at("strategy") == "direct");
  CHECK(whole.at("endpoints").at("total") == 3);
  CHECK(whole.at("endpoints").at("available").at(0).at("selected") == true);
  const auto stream = ask_openrouter(g, with("auto", "", true), wanted);
  CHECK(stream.body.find("\"openrouter_metadata\"") != std::string::npos);
  const auto error = ask_openrouter(g, with("auto", R"(,"provider":{"only":["nowhere"]})"), wanted);
  const auto left_out =
      json::parse(error.body).at("openrouter_metadata").at("pipeline").at(0).at("data").at("left_out");
  CHECK(left_out.at(0).at("why") == "client_only");
}

TEST_CASE("a generation can be asked for by its id afterwards", "[openrouter]") {
  gateway_under_test g;
  support::behaviour fails;
  fails.status = 500;
  g.device.push(fails, 2);
  const auto a = ask_openrouter(g, with("auto", "", true));
  REQUIRE(a.status == 200);
  const auto path = fmt::format("/api/v1/generation?id={}", a.field("x-generation-id"));
  http_answer told;
  REQUIRE(eventually([&] { return (told = get(g, path)).status == 200; }));
  const auto data = json::parse(told.body).at("data");
  CHECK(data.at("id") == json::string(a.field("x-generation-id")));
  CHECK(data.at("request_id") == json::string(a.field("x-nearfar-id")));
  CHECK(data.at("provider_name") == "homelab");
  CHECK(data.at("streamed") == true);
  CHECK(data.at("native_finish_reason") == "stop");
  CHECK(data.at("total_cost").to_number<double>() == 0);
  const auto& calls = data.at("provider_responses").as_array();
  CHECK(calls.front().at("status") == 500);
  CHECK(calls.back().at("status") == 200);
  CHECK(get(g, "/api/v1/generation?id=gen-0-0").status == 404);
  CHECK(get(g, "/api/v1/generation").status == 400);
}

TEST_CASE("models, endpoints, providers and the key are told in OpenRouter's shapes", "[openrouter]") {
  with_hub house;
  auto& g = house.gateway;
  const auto list = json::parse(get(g, "/api/v1/models").body);
  CHECK(list.at("total_count") == 6);
  const auto& first = list.at("data").at(0);
  CHECK(first.at("id") == "auto");
  CHECK(first.at("context_length") == 64'000);
  CHECK(first.at("pricing").at("prompt") == "0.000003");  // the dearest of its targets
  CHECK(first.at("architecture").at("input_modalities") == json::array{"text", "image", "audio"});
  const auto some =
      json::parse(get(g, "/api/v1/models?q=phone&limit=1&supported_parameters=tools,seed").body);
  CHECK(some.at("total_count") == 1);
  CHECK(get(g, "/api/v1/models?category=x").status == 400);
  CHECK(json::parse(get(g, "/api/v1/models/count").body).at("data").at("count") == 6);

  const auto endpoints = json::parse(get(g, "/api/v1/models/hub/vendor/huge/endpoints").body).at("data");
  CHECK(endpoints.at("id") == "hub/vendor/huge");
  CHECK(endpoints.at("endpoints").at(0).at("provider_name") == "hub");
  CHECK(endpoints.at("endpoints").at(0).at("pricing").at("completion") == "0.000015");
  CHECK(endpoints.at("endpoints").at(0).at("status") == 0);
  CHECK(json::parse(get(g, "/api/v1/models/auto/endpoints").body)
            .at("data")
            .at("endpoints")
            .as_array()
            .size() == 4);
  CHECK(get(g, "/api/v1/models/no/body/endpoints").status == 404);
  CHECK(json::parse(get(g, "/api/v1/model/vendor%2Fhuge").body).at("data").at("id") == "vendor/huge");

  const auto providers = json::parse(get(g, "/api/v1/providers").body).at("data");
  CHECK(providers.as_array().size() == 4);
  const auto zdr = json::parse(get(g, "/api/v1/endpoints/zdr").body).at("data");
  REQUIRE(zdr.as_array().size() == 1);
  CHECK(zdr.at(0).at("provider_name") == "phone");
  CHECK(json::parse(get(g, "/api/v1/key").body).at("data").at("limit").is_null());
  CHECK(json::parse(get(g, "/api/v1/credits").body).at("data").at("total_credits").is_null());
  CHECK(error_of(get(g, "/api/v1/nothing")).at("code") == 404);
}

TEST_CASE("the examples of docs/openrouter.md answer what the page shows", "[openrouter]") {
  gateway_under_test g;
  std::ifstream page(NEARFAR_SOURCE_DIR "/docs/openrouter.md");
  REQUIRE(page.is_open());
  std::string line;
  std::string answer;
  unsigned commands = 0;
  unsigned shown = 0;
  bool inside = false;
  while (std::getline(page, line)) {
    if (line.starts_with("```")) {
      inside = line == "```console";
    } else if (inside && line.starts_with("$ ")) {
      answer = output_of(with_port(line.substr(2), g.address()));
      ++commands;
    } else if (inside) {
      INFO(line << "\n" << answer);
      CHECK(answer.find(line) != std::string::npos);
      ++shown;
    }
  }
  CHECK(commands >= 8);
  CHECK(shown >= 12);
}

}  // namespace nearfar::tests
