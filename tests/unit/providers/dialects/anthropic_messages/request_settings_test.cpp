// Requests of other dialects in this one: tools, limits, sampling, thinking, formats.
#include "tests/unit/providers/dialects/anthropic_messages/written.hpp"

#include <catch2/generators/catch_generators.hpp>

using namespace nearfar;
using namespace nearfar::providers;
using namespace nearfar::providers::anthropic_messages;

TEST_CASE("a schema has an object at its root", "[trap16]") {
  auto asked = hello();
  asked.tools = {tool("f"), tool("g"), tool("h")};
  asked.tools[1].parameters = nullptr;
  asked.tools[2].parameters = value_of(R"({"properties":{"a":{}}})");
  asked.tools[0].strict = true;
  asked.tools[0].description = "d";
  CHECK(body_of(asked).at("tools") == value_of(R"([
      {"name":"f","description":"d","input_schema":{"type":"object","properties":{}},"strict":true},
      {"name":"g","input_schema":{"type":"object","properties":{}}},
      {"name":"h","input_schema":{"properties":{"a":{}},"type":"object"}}])"));
}

TEST_CASE("the choice of a tool in this dialect's words", "[trap17]") {
  auto asked = hello();
  asked.tools = {tool("f"), tool("g")};
  auto& choose = asked.choose.emplace();
  SECTION("auto, one call at a time") {
    asked.parallel_calls = false;
    CHECK(body_of(asked).at("tool_choice") ==
          value_of(R"({"type":"auto","disable_parallel_tool_use":true})"));
  }
  SECTION("none") {
    choose.mode = chat::choice_mode::none;
    asked.parallel_calls = false;
    CHECK(body_of(asked).at("tool_choice") == value_of(R"({"type":"none"})"));
  }
  SECTION("required") {
    choose.mode = chat::choice_mode::required;
    CHECK(body_of(asked).at("tool_choice") == value_of(R"({"type":"any"})"));
  }
  SECTION("named") {
    choose.mode = chat::choice_mode::required;
    choose.names = {"g"};
    CHECK(body_of(asked).at("tool_choice") == value_of(R"({"type":"tool","name":"g"})"));
  }
  SECTION("allowed ones are the only ones") {
    choose.mode = chat::choice_mode::allowed;
    choose.names = {"g"};
    choose.must_call = true;
    const auto body = body_of(asked);
    CHECK(body.at("tool_choice") == value_of(R"({"type":"any"})"));
    REQUIRE(body.at("tools").as_array().size() == 1);
    CHECK(body.at("tools").at(0).at("name").as_string() == "g");
  }
  SECTION("a target that knows less") {
    config::quirks quirks;
    quirks.tool_choice = {"auto"};
    choose.mode = chat::choice_mode::required;
    const auto made = written(asked, {.quirks = &quirks});
    CHECK(value_of(made.body).at("tool_choice") == value_of(R"({"type":"auto"})"));
    CHECK(notes(made, "tool_choice required"));
  }
  SECTION("there is none to call") {
    asked.tools.clear();
    choose.mode = chat::choice_mode::required;
    CHECK(refusal_of(asked).find("tool_choice") == 0);
  }
}

TEST_CASE("tools of calls in the history are declared") {
  const auto body =
      body_of(asking({message(role::user, {text("q")}), message(role::assistant, {call("a"), call("b")}),
                      message(role::tool, {result("a"), result("b")})}));
  CHECK(body.at("tools") == value_of(R"([{"name":"f","input_schema":{"type":"object","properties":{}}}])"));
  CHECK(body.at("tool_choice") == value_of(R"({"type":"none"})"));
}

TEST_CASE("max_tokens is always said") {
  auto asked = hello();
  CHECK(body_of(asked).at("max_tokens").as_int64() == 8192);
  CHECK(body_of(asked, {.max_output = 64000}).at("max_tokens").as_int64() == 64000);
  asked.max_output = 100;
  CHECK(body_of(asked, {.max_output = 64000}).at("max_tokens").as_int64() == 100);
  asked.max_output = 100'000;
  CHECK(body_of(asked, {.max_output = 64000}).at("max_tokens").as_int64() == 64000);
}

TEST_CASE("temperature is brought into 0 to 1, and never stands with top_p", "[trap18][trap21]") {
  auto asked = hello();
  asked.temperature = 1.7;
  asked.top_p = 0.5;
  const auto made = written(asked);
  const auto body = value_of(made.body).as_object();
  CHECK(body.at("temperature").as_double() == 1.0);
  CHECK_FALSE(body.contains("top_p"));
  CHECK(notes(made, "temperature"));
  CHECK(notes(made, "top_p"));
  asked.temperature.reset();
  CHECK(body_of(asked).at("top_p").as_double() == 0.5);
}

TEST_CASE("effort is adaptive thinking, or a budget where the target's models take one", "[trap20]") {
  auto asked = hello();
  auto& think = asked.think.emplace();
  think.effort = "medium";
  SECTION("adaptive") {
    const auto body = body_of(asked);
    CHECK(body.at("thinking") == value_of(R"({"type":"adaptive"})"));
    CHECK(body.at("output_config") == value_of(R"({"effort":"medium"})"));
  }
  SECTION("minimal is low, none is none") {
    think.effort = "minimal";
    CHECK(body_of(asked).at("output_config").at("effort").as_string() == "low");
    think.effort = "none";
    CHECK(body_of(asked).at("thinking") == value_of(R"({"type":"disabled"})"));
  }
  SECTION("a budget") {
    config::quirks quirks;
    quirks.effort = config::effort_style::thinking_object;
    auto body = body_of(asked, {.quirks = &quirks});
    CHECK(body.at("thinking") == value_of(R"({"type":"enabled","budget_tokens":8192})"));
    CHECK(body.at("max_tokens").as_int64() == 16384);
    CHECK_FALSE(body.contains("output_config"));
    asked.max_output = 4000;
    body = body_of(asked, {.quirks = &quirks});
    CHECK(body.at("max_tokens").as_int64() == 4000);
    CHECK(body.at("thinking").at("budget_tokens").as_int64() < 4000);
    CHECK(body.at("thinking").at("budget_tokens").as_int64() >= 1024);
    asked.max_output = 1000;
    CHECK_FALSE(body_of(asked, {.quirks = &quirks}).contains("thinking"));
  }
  SECTION("a target that has none") {
    config::quirks quirks;
    quirks.effort = config::effort_style::none;
    const auto made = written(asked, {.quirks = &quirks});
    CHECK_FALSE(value_of(made.body).as_object().contains("thinking"));
    CHECK(notes(made, "reasoning effort"));
  }
}

TEST_CASE("thinking bounds sampling and gives way to a required call", "[trap21]") {
  auto asked = hello();
  asked.think.emplace().effort = "high";
  asked.temperature = 0.2;
  asked.top_k = 5;
  auto body = body_of(asked);
  CHECK_FALSE(body.contains("temperature"));
  CHECK_FALSE(body.contains("top_k"));
  asked.tools = {tool("f")};
  asked.choose.emplace().mode = chat::choice_mode::required;
  const auto made = written(asked);
  body = value_of(made.body).as_object();
  CHECK_FALSE(body.contains("thinking"));
  CHECK(body.at("temperature").as_double() == 0.2);
  CHECK(notes(made, "thinking: not together"));
}

TEST_CASE("a budget is not asked for in a loop that was begun without a thought") {
  config::quirks quirks;
  quirks.effort = config::effort_style::thinking_object;
  auto asked = asking({message(role::user, {text("q")}), message(role::assistant, {call("a")}),
                       message(role::tool, {result("a")})});
  asked.tools = {tool("f")};
  asked.think.emplace().effort = "low";
  CHECK_FALSE(body_of(asked, {.quirks = &quirks}).contains("thinking"));
  asked.messages[1].parts.insert(asked.messages[1].parts.begin(), thought("t", "s", std::string{issuer}));
  CHECK(body_of(asked, {.quirks = &quirks}).contains("thinking"));
}

TEST_CASE("a schema for the answer is output_config.format, JSON as such is asked for in words") {
  auto asked = hello();
  auto& format = asked.format.emplace();
  format.kind = chat::format_kind::json_schema;
  format.name = "n";
  format.schema = value_of(R"({"type":"object"})");
  CHECK(body_of(asked).at("output_config") ==
        value_of(
            R"({"format":{"type":"json_schema","schema":{"type":"object","additionalProperties":false}}})"));
  config::quirks quirks;
  quirks.structured = config::structured_output::none;
  const auto hinted = body_of(asked, {.quirks = &quirks});
  CHECK_FALSE(hinted.contains("output_config"));
  CHECK(hinted.at("system").at(0).at("text").as_string().find("JSON Schema") != boost::json::string::npos);
  format.kind = chat::format_kind::json_object;
  CHECK(body_of(asked).contains("system"));
}

TEST_CASE("whatever this dialect has not is told, or refused") {
  auto asked = hello();
  asked.seed = 1;
  asked.frequency_penalty = 1;
  asked.presence_penalty = 1;
  asked.logprobs = true;
  asked.top_logprobs = 3;
  asked.cache_key = "k";
  asked.extra["logit_bias"] = value_of("{}");
  asked.extra["of the client's own\n"] = 1;
  asked.user = "u";
  asked.stop = {"END", " "};
  const auto made = written(asked);
  for (const std::string_view each :
       {"seed", "frequency_penalty", "presence_penalty", "logprobs", "top_logprobs", "prompt_cache_key",
        "logit_bias", "further members", "a stop sequence"}) {
    INFO(each);
    CHECK(notes(made, each));
  }
  for (const auto& each : made.notes) CHECK(each.find("client") == std::string::npos);
  const auto body = value_of(made.body).as_object();
  CHECK(body.at("metadata") == value_of(R"({"user_id":"u"})"));
  CHECK(body.at("stop_sequences") == value_of(R"(["END"])"));
  asked.choices = 2;
  CHECK(refusal_of(asked).find("n:") == 0);
}

TEST_CASE("hosted tools of other dialects are left out") {
  auto asked = hello();
  asked.tools = {tool("f")};
  asked.tools[0].form = chat::tool_form::hosted;
  CHECK_FALSE(body_of(asked).contains("tools"));
}

TEST_CASE("cache_control of clients of other dialects goes through") {
  auto asked = hello();
  asked.messages[0].parts[0].extra["cache_control"] = value_of(R"({"type":"ephemeral"})");
  CHECK(turns_of(asked).at(0).at("content").at(0).at("cache_control") == value_of(R"({"type":"ephemeral"})"));
}

TEST_CASE("quirks drop, rename and clamp members") {
  config::quirks quirks;
  quirks.drop = {"top_k"};
  quirks.clamp = {{"temperature", {0.1, 0.9}}};
  quirks.rename = {{"max_tokens", "max_output_tokens"}};
  auto asked = hello();
  asked.top_k = 3;
  asked.temperature = 0.0;
  const auto made = written(asked, {.quirks = &quirks});
  const auto body = value_of(made.body).as_object();
  CHECK_FALSE(body.contains("top_k"));
  CHECK(body.at("temperature").as_double() == 0.1);
  CHECK(body.contains("max_output_tokens"));
  CHECK(made.notes.size() == 2);
}
