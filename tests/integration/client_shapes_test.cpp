// What Claude Code and Codex send, replayed from recorded form, to a target that speaks their dialect and to
// one that does not: the answer must be what that client goes on with.
#include "tests/integration/client_streams.hpp"
#include "tests/integration/gateway_under_test.hpp"
#include "tests/integration/recorded_request.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>

#include <array>

namespace nearfar::tests {
namespace {

namespace json = boost::json;

// The doubles outlive the gateway. Names of models as the clients send them.
struct far_sides {
  upstream_double claude{{.name = "claude"}};
  upstream_double openai{{.name = "openai"}};
  upstream_double lab{{.name = "lab"}};

  // Every name goes to that provider.
  policy_text policy(std::string_view provider) const {
    policy_text out;
    const auto one = [](std::string_view name, std::string_view preset, const upstream_double& at) {
      return fmt::format(
          "  {}:\n    tier: remote\n    preset: {}\n    url: {}\n    key: {{file: vendor.key}}\n"
          "    models: {{m: {{context: 200k, price: free, can: {{tools: true, images: true, json: "
          "true}}}}}}\n",
          name, preset, at.url());
    };
    out.providers = one("claude", "anthropic", claude) + one("openai", "openai", openai) +
                    one("lab", "openai-compatible", lab);
    out.models += fmt::format("  \"claude-*\": [{0}/m]\n  \"gpt-*\": [{0}/m]\n", provider);
    out.attempts = "first_token: 20s, stall: 20s";
    return out;
  }

  upstream_double& at(std::string_view provider) {
    if (provider == "claude") return claude;
    return provider == "openai" ? openai : lab;
  }
};

http_answer replay(const gateway_under_test& gw, const recorded_request_file& what) {
  auto asking = gw.client();
  asking.set_deadline(millis{30'000});
  asking.send(what.bytes());
  return asking.read_answer(what.method == "HEAD");
}

behaviour works_with(std::string_view tool, std::string_view arguments) {
  behaviour out;
  out.reasoning = "I should look first.";
  out.text = "I look at it: größer.";
  out.tool_calls = {{"toolu_01", std::string(tool), std::string(arguments)}};
  return out;
}

std::string type_of(const json::value& block) {
  return std::string(block.at("type").as_string());
}

const json::object* first_of(const json::array& list, std::string_view type) {
  for (const auto& each : list) {
    if (type_of(each) == type) return &each.get_object();
  }
  return nullptr;
}

json::object body_seen(const upstream_double& at) {
  const auto seen = at.requests();
  REQUIRE_FALSE(seen.empty());
  return json::parse(seen.back().body).as_object();
}

// The history of a client that goes on: what it heard, as it heard it, and what its tool gave.
recorded_request_file next_turn(recorded_request_file of, const json::array& content) {
  auto body = json::parse(of.body).as_object();
  auto& messages = body["messages"].as_array();
  messages.push_back({{"role", "assistant"}, {"content", content}});
  json::array results;
  for (const auto& block : content) {
    if (type_of(block) != "tool_use") continue;
    results.push_back({{"type", "tool_result"},
                       {"tool_use_id", block.at("id")},
                       {"content", "make: *** [all] Error 2"},
                       {"is_error", true}});
  }
  messages.push_back({{"role", "user"}, {"content", std::move(results)}});
  of.body = json::serialize(body);
  return of;
}

void play_claude_code(std::string_view file, std::string_view provider) {
  far_sides up;
  auto& at = up.at(provider);
  gateway_under_test gw(up.policy(provider));
  at.push(works_with("Bash", R"({"command":"make 2>&1","timeout":1000})"));
  const auto turn = recorded(file);
  const auto first = replay(gw, turn);
  INFO(first.body);
  REQUIRE(first.status == 200);
  CHECK(first.complete);
  CHECK(first.field("content-type").starts_with("text/event-stream"));
  const auto heard = hear_messages_stream(first.body);
  REQUIRE(heard.wrong.empty());
  CHECK(heard.stop_reason == "tool_use");
  const auto* call = first_of(heard.content, "tool_use");
  REQUIRE(call != nullptr);
  CHECK(call->at("name") == "Bash");
  CHECK(call->at("input") == json::parse(R"({"command":"make 2>&1","timeout":1000})"));
  const auto* text = first_of(heard.content, "text");
  REQUIRE(text != nullptr);
  CHECK(text->at("text") == "I look at it: größer.");
  // Nothing of the client's credential leaves.
  CHECK(at.requests().back().head.raw.find("nf-client-key") == std::string::npos);

  // A strict double refuses a signature that it did not give and a call without its result.
  at.push({});
  const auto second = replay(gw, next_turn(turn, heard.content));
  INFO(second.body);
  REQUIRE(second.status == 200);
  const auto end = hear_messages_stream(second.body);
  REQUIRE(end.wrong.empty());
  CHECK(end.stop_reason == "end_turn");
  CHECK(at.counters().requests == 2);
}

TEST_CASE("Claude Code's turns with tools and thinking are answered by its own vendor and by another",
          "[P1][P7]") {
  for (const std::string_view file : {"claude_code_turn", "claude_code_turn_2023"}) {
    for (const std::string_view provider : {"claude", "lab"}) {
      DYNAMIC_SECTION(file << " at " << provider) {
        play_claude_code(file, provider);
      }
    }
  }
}

TEST_CASE("Claude Code's request reaches its own vendor as it was sent, with its versions and betas",
          "[P7]") {
  far_sides up;
  gateway_under_test gw(up.policy("claude"));
  const auto turn = recorded("claude_code_turn");
  (void)replay(gw, turn);
  const auto seen = up.claude.requests();
  REQUIRE(seen.size() == 1);
  auto expected = turn.body;
  expected.replace(expected.find("\"claude-sonnet-5\""), 17, "\"m\"");
  CHECK(seen.front().body == expected);
  for (const auto& [name, value] : turn.fields) {
    if (name.starts_with("anthropic-") || name == "x-claude-code-session-id")
      CHECK(seen.front().head.field(name) == value);
  }
}

TEST_CASE("Claude Code's request for a title in JSON is answered", "[P1]") {
  for (const std::string_view provider : {"claude", "lab"}) {
    DYNAMIC_SECTION("at " << provider) {
      far_sides up;
      gateway_under_test gw(up.policy(provider));
      behaviour titled;
      titled.script = {R"({"title":)", R"("Fix the build"})"};
      up.at(provider).push(titled);
      const auto a = replay(gw, recorded("claude_code_title"));
      INFO(a.body);
      REQUIRE(a.status == 200);
      const auto heard = hear_messages_stream(a.body);
      REQUIRE(heard.wrong.empty());
      REQUIRE(heard.content.size() == 1);
      CHECK(heard.content.front().at("text") == R"({"title":"Fix the build"})");
      const auto seen = body_seen(up.at(provider));
      CHECK(seen.contains(provider == "claude" ? "output_config" : "response_format"));
    }
  }
}

TEST_CASE("Claude Code's count of tokens is a number, whoever is behind", "[P1]") {
  for (const std::string_view provider : {"claude", "lab"}) {
    DYNAMIC_SECTION("at " << provider) {
      far_sides up;
      gateway_under_test gw(up.policy(provider));
      const auto a = replay(gw, recorded("claude_code_count_tokens"));
      INFO(a.body);
      CHECK(a.status == 200);
      CHECK(json::parse(a.body).at("input_tokens").to_number<int>() > 0);
    }
  }
}

TEST_CASE("the probes of Claude Code and Codex are answered") {
  gateway_under_test gw;
  const auto head = replay(gw, recorded("claude_code_head"));
  CHECK(head.status == 200);
  CHECK(head.body.empty());
  for (const std::string_view file : {"claude_code_models", "codex_models"}) {
    const auto models = replay(gw, recorded(file));
    INFO(models.body);
    CHECK(models.status == 200);
    CHECK(json::parse(models.body).at("data").as_array().size() >= 4);
  }
}

// Codex keeps nothing at the vendor: it sends the items again without their ids.
recorded_request_file next_turn_of_codex(recorded_request_file of, const json::array& output) {
  auto body = json::parse(of.body).as_object();
  auto& input = body["input"].as_array();
  json::array results;
  for (auto item : output) {
    auto& o = item.get_object();
    const auto type = type_of(item);
    if (type == "function_call" || type == "custom_tool_call") {
      results.push_back(
          {{"type", type == "function_call" ? "function_call_output" : "custom_tool_call_output"},
           {"call_id", o.at("call_id")},
           {"output", "Exit code: 0\nWall time: 0.1 seconds\nOutput:\nREADME.md\n"}});
    }
    o.erase("id");
    o.erase("status");
    input.push_back(item);
  }
  for (auto& each : results) input.push_back(std::move(each));
  of.body = json::serialize(body);
  return of;
}

TEST_CASE("Codex's turns with tools and sealed reasoning are answered by its own vendor and by another",
          "[P1][P7]") {
  for (const std::string_view provider : {"openai", "lab"}) {
    DYNAMIC_SECTION("at " << provider) {
      far_sides up;
      auto& at = up.at(provider);
      gateway_under_test gw(up.policy(provider));
      at.push(works_with("shell_command", R"({"command":"ls"})"));
      const auto turn = recorded("codex_turn");
      const auto first = replay(gw, turn);
      INFO(first.body);
      REQUIRE(first.status == 200);
      CHECK(first.complete);
      const auto heard = hear_responses_stream(first.body);
      REQUIRE(heard.wrong.empty());
      CHECK(heard.last == "response.completed");
      CHECK(heard.closed.contains("usage"));
      const auto* call = first_of(heard.output, "function_call");
      REQUIRE(call != nullptr);
      CHECK(call->at("name") == "shell_command");
      CHECK(call->at("arguments") == R"({"command":"ls"})");
      CHECK(first_of(heard.output, "message") != nullptr);

      at.push({});
      const auto second = replay(gw, next_turn_of_codex(turn, heard.output));
      INFO(second.body);
      REQUIRE(second.status == 200);
      const auto end = hear_responses_stream(second.body);
      REQUIRE(end.wrong.empty());
      CHECK(end.last == "response.completed");
      CHECK(first_of(end.output, "message") != nullptr);
      CHECK(at.counters().requests == 2);
    }
  }
}

TEST_CASE("Codex's request reaches its own vendor as it was sent", "[P7]") {
  far_sides up;
  gateway_under_test gw(up.policy("openai"));
  const auto turn = recorded("codex_turn");
  (void)replay(gw, turn);
  const auto seen = up.openai.requests();
  REQUIRE(seen.size() == 1);
  auto expected = turn.body;
  expected.replace(expected.find("\"gpt-5.2-codex\""), 15, "\"m\"");
  CHECK(seen.front().body == expected);
}

}  // namespace
}  // namespace nearfar::tests
