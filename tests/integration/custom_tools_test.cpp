// Codex's tool of free text at targets that know functions alone.
#include "tests/integration/gateway_under_test.hpp"
#include "tests/integration/recorded_request.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>

#include <array>
#include <sstream>

namespace nearfar::tests {
namespace {

namespace json = boost::json;

const json::value patch = "*** Begin Patch\n*** Add File: \"größer\"\n+\\d \xF0\x9F\x98\x80\n*** End Patch";
constexpr std::string_view arguments =
    R"({"input": "*** Begin Patch\n*** Add File: \"gr\u00f6ßer\"\n+\\d \ud83d\ude00\n*** End Patch"})";

// The double outlives the gateway.
struct other_side {
  upstream_double at{{.name = "other"}};

  policy_text policy(std::string_view preset) const {
    policy_text out;
    out.providers = fmt::format(
        "  other:\n    tier: remote\n    preset: {}\n    url: {}\n    key: {{file: vendor.key}}\n"
        "    models: {{{}: {{as: m, context: 200k, price: free, can: {{tools: true, images: true, json: "
        "true}}}}}}\n",
        preset, at.url(), preset == "gemini" ? "gemini-3-pro" : "m");
    out.models += "  \"gpt-*\": [other/m]\n";
    out.attempts = "first_token: 20s, stall: 20s";
    return out;
  }

  json::value asked() const {
    const auto seen = at.requests();
    REQUIRE_FALSE(seen.empty());
    return json::parse(seen.back().body);
  }
};

http_answer send(const gateway_under_test& gw, const recorded_request_file& what) {
  auto asking = gw.client();
  asking.set_deadline(millis{30'000});
  asking.send(what.bytes());
  return asking.read_answer();
}

behaviour patches() {
  behaviour out;
  out.text = "I patch it.";
  out.tool_calls = {{"call_p", "apply_patch", std::string(arguments)},
                    {"call_s", "shell_command", R"({"command":"ls"})"}};
  return out;
}

recorded_request_file codex_turn(bool stream) {
  auto out = recorded("codex_turn");
  if (stream) return out;
  auto body = json::parse(out.body).as_object();
  body["stream"] = false;
  out.body = json::serialize(body);
  return out;
}

// Codex sends what it heard without ids, and what its tools gave.
recorded_request_file next_turn(recorded_request_file of, const json::array& output) {
  auto body = json::parse(of.body).as_object();
  auto& input = body["input"].as_array();
  json::array results;
  for (auto item : output) {
    auto& each = item.as_object();
    const std::string type(each.at("type").as_string());
    if (type.ends_with("_call"))
      results.push_back({{"type", type + "_output"}, {"call_id", each.at("call_id")}, {"output", "Done!"}});
    each.erase("id");
    each.erase("status");
    input.push_back(item);
  }
  for (auto& each : results) input.push_back(std::move(each));
  of.body = json::serialize(body);
  return of;
}

// Of a stream: what its end holds, after the deltas have said the same text.
json::array output_of(const http_answer& a, bool stream) {
  if (!stream) return json::parse(a.body).at("output").as_array();
  std::string said;
  json::array out;
  std::istringstream lines(a.body);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("data: ")) continue;
    const auto event = json::parse(line.substr(6));
    const auto& type = event.at("type");
    if (type == "response.custom_tool_call_input.delta") said += event.at("delta").as_string();
    if (type == "response.completed") out = event.at("response").at("output").as_array();
  }
  for (const auto& each : out) {
    if (each.at("type") == "custom_tool_call") CHECK(each.at("input") == json::value(said));
  }
  return out;
}

const json::object& item(const json::array& list, std::string_view type) {
  for (const auto& each : list) {
    if (each.at("type").as_string() == type) return each.get_object();
  }
  FAIL("no " << type);
  return list.front().get_object();
}

// Where a target's dialect has the patch tool's schema and the arguments of the first call of the history.
struct place {
  std::string_view preset;
  std::string_view schema;
  std::string_view said;
};

json::value arguments_at(const json::value& body, std::string_view at) {
  const auto& found = body.at_pointer(at);
  return found.is_string() ? json::parse(found.as_string()) : found;
}

constexpr auto places = std::to_array<place>({
    {"anthropic", "/tools/2/input_schema/properties/input/type", "/messages/1/content/1/input"},
    {"gemini", "/tools/0/functionDeclarations/2/parametersJsonSchema/properties/input/type",
     "/contents/1/parts/1/functionCall/args"},
    {"openai-compatible", "/tools/2/function/parameters/properties/input/type",
     "/messages/4/tool_calls/0/function/arguments"},
});

TEST_CASE("Codex's patch tool keeps its free text at targets that know functions alone", "[P1][P7]") {
  for (const auto& to : places) {
    for (const bool stream : {true, false}) {
      DYNAMIC_SECTION(to.preset << (stream ? " streamed" : " whole")) {
        other_side up;
        gateway_under_test gw(up.policy(to.preset));
        up.at.push(patches());
        const auto turn = codex_turn(stream);
        const auto first = send(gw, turn);
        INFO(first.body);
        REQUIRE(first.status == 200);
        const auto output = output_of(first, stream);
        const auto& call = item(output, "custom_tool_call");
        CHECK(call.at("name") == "apply_patch");
        CHECK(call.at("input") == patch);
        CHECK(item(output, "function_call").at("arguments") == R"({"command":"ls"})");
        const auto asked = up.asked();
        INFO(json::serialize(asked));
        CHECK(asked.at_pointer(to.schema).as_string() != "");

        up.at.push({});
        const auto second = send(gw, next_turn(turn, output));
        INFO(second.body);
        REQUIRE(second.status == 200);
        CHECK(item(output_of(second, stream), "message").at("role") == "assistant");
        const auto again = up.asked();
        INFO(json::serialize(again));
        CHECK(arguments_at(again, to.said) == json::value{{"input", patch}});
      }
    }
  }
}

constexpr std::string_view chat_query =
    R"({{"model":"gpt-x","stream":{},"messages":[{{"role":"user","content":"Fix it."}}],)"
    R"("tools":[{{"type":"custom","custom":{{"name":"apply_patch","description":"Edits."}}}}]}})";

TEST_CASE("a client of openai-chat keeps its free text at a server that knows functions alone", "[P1]") {
  other_side up;
  gateway_under_test gw(up.policy("openai-compatible"));
  up.at.push(patches());
  const auto whole = gw.ask(fmt::format(chat_query, false));
  INFO(whole.body);
  REQUIRE(whole.status == 200);
  const auto body = json::parse(whole.body);
  CHECK(body.at_pointer("/choices/0/message/tool_calls/0/type") == "custom");
  CHECK(body.at_pointer("/choices/0/message/tool_calls/0/custom/input") == patch);
  CHECK(up.asked().at_pointer("/tools/0/type") == "function");

  up.at.push(patches());
  const auto streamed = gw.ask(fmt::format(chat_query, true));
  INFO(streamed.body);
  REQUIRE(streamed.status == 200);
  CHECK(streamed.body.find(R"("type":"custom")") != std::string::npos);
  CHECK(streamed.body.find(R"("usage":{)") == std::string::npos);
  CHECK(streamed.body.ends_with("data: [DONE]\n\n"));
}

TEST_CASE("a target that knows tools of free text gets the client's bytes", "[P7]") {
  other_side up;
  gateway_under_test gw(up.policy("openai"));
  const auto body = fmt::format(chat_query, false);
  REQUIRE(gw.ask(body).status == 200);
  auto expected = body;
  expected.replace(expected.find("\"gpt-x\""), 7, "\"m\"");
  CHECK(up.at.requests().back().body == expected);
}

}  // namespace
}  // namespace nearfar::tests
