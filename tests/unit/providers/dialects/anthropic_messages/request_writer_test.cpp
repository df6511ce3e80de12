// Conversations of other dialects as requests of this one.
#include "providers/dialects/anthropic_messages/request_writer.hpp"

#include "tests/unit/providers/dialects/anthropic_messages/samples.hpp"

#include <catch2/generators/catch_generators.hpp>

#include <algorithm>

using namespace nearfar;
using namespace nearfar::providers;
using namespace nearfar::providers::anthropic_messages;
using chat::part;
using chat::part_kind;
using chat::role;

namespace {

part text(std::string words) {
  part made;
  made.text = std::move(words);
  return made;
}

part call(std::string id, std::string arguments = "{}", std::string name = "f") {
  part made;
  made.kind = part_kind::tool_call;
  made.id = std::move(id);
  made.name = std::move(name);
  made.text = std::move(arguments);
  return made;
}

part result(std::string id, std::string words = "ok") {
  part made;
  made.kind = part_kind::tool_result;
  made.id = std::move(id);
  made.plain = true;
  made.content.push_back(text(std::move(words)));
  return made;
}

part image(std::string mime, std::string data) {
  part made;
  made.kind = part_kind::image;
  made.media.mime = std::move(mime);
  made.media.data = std::move(data);
  return made;
}

part thought(std::string words, std::string signature = {}, std::string issuer = {}) {
  part made;
  made.kind = part_kind::thinking;
  made.text = std::move(words);
  made.signature = std::move(signature);
  made.issuer = std::move(issuer);
  return made;
}

chat::message message(role who, std::vector<part> parts, bool plain = false) {
  chat::message made;
  made.who = who;
  made.parts = std::move(parts);
  made.plain = plain;
  return made;
}

chat::chat_request asking(std::vector<chat::message> messages) {
  chat::chat_request made;
  made.model = "ours";
  made.messages = std::move(messages);
  return made;
}

chat::chat_request hello() {
  return asking({message(role::user, {text("hi")}, true)});
}

chat::tool tool(std::string name) {
  chat::tool made;
  made.name = std::move(name);
  made.parameters = value_of(R"({"type":"object","properties":{}})");
  return made;
}

constexpr std::string_view issuer = "anthropic-messages";

written_request written(const chat::chat_request& asked, write_options how = {}) {
  how.model = "m";
  if (how.issuer.empty()) how.issuer = issuer;
  auto made = write_request(asked, how);
  if (made.has_error()) FAIL(made.error().context);
  return *std::move(made);
}

boost::json::object body_of(const chat::chat_request& asked, write_options how = {}) {
  return value_of(written(asked, how).body).as_object();
}

boost::json::value turns_of(const chat::chat_request& asked) {
  return body_of(asked).at("messages");
}

std::string refusal_of(const chat::chat_request& asked) {
  const auto made = write_request(asked, {.model = "m"});
  REQUIRE(made.has_error());
  CHECK(made.error().kind == routes::error_kind::bad_request);
  CHECK(made.error().side == routes::error_side::internal);
  return made.error().context;
}

bool notes(const written_request& made, std::string_view beginning) {
  return std::any_of(made.notes.begin(), made.notes.end(),
                     [&](const std::string& each) { return each.starts_with(beginning); });
}

}  // namespace

TEST_CASE("system messages in front go on top, a later one is the user's") {
  const auto asked =
      asking({message(role::system, {text("a")}, true), message(role::developer, {text("b")}, true),
              message(role::user, {text("hi")}, true), message(role::system, {text("c")}, true)});
  const auto made = written(asked);
  const auto body = value_of(made.body);
  CHECK(body.at("system") == value_of(R"([{"type":"text","text":"a"},{"type":"text","text":"b"}])"));
  CHECK(body.at("messages") ==
        value_of(R"([{"role":"user","content":[{"type":"text","text":"hi"},{"type":"text","text":"c"}]}])"));
  CHECK(notes(made, "a system message amid"));
}

TEST_CASE("empty and blank texts are dropped, and turns that hold nothing else", "[trap1][trap10]") {
  const auto turns = turns_of(
      asking({message(role::user, {text("hi")}, true), message(role::assistant, {text(""), call("a")}, true),
              message(role::tool, {result("a", "")}), message(role::assistant, {text(" \n")}, true),
              message(role::user, {text("go")}, true)}));
  CHECK(turns == value_of(R"([{"role":"user","content":"hi"},
      {"role":"assistant","content":[{"type":"tool_use","id":"a","name":"f","input":{}}]},
      {"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":""},
      {"type":"text","text":"go"}]}])"));
}

TEST_CASE("all results of a turn stand first, in one user turn", "[trap2][trap3]") {
  part seen = result("b");
  seen.plain = false;
  seen.content = {image("image/png", "AAAA")};
  const auto turns = turns_of(
      asking({message(role::user, {text("q")}), message(role::assistant, {call("a"), call("b")}),
              message(role::tool, {result("a")}),
              message(role::user, {image("image/jpg", "AAAA"), text("see")}), message(role::tool, {seen})}));
  CHECK(turns.at(2) == value_of(R"({"role":"user","content":[
      {"type":"tool_result","tool_use_id":"a","content":"ok"},
      {"type":"tool_result","tool_use_id":"b","content":[
        {"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}}]},
      {"type":"image","source":{"type":"base64","media_type":"image/jpeg","data":"AAAA"}},
      {"type":"text","text":"see"}]})"));
}

TEST_CASE("orphans go on both sides, and the turns that they leave empty", "[trap2]") {
  const auto made =
      written(asking({message(role::tool, {result("gone")}), message(role::user, {text("q")}, true),
                      message(role::assistant, {text("x"), call("a"), call("b")}),
                      message(role::tool, {result("a"), result("c"), result("a")}),
                      message(role::assistant, {call("d")}), message(role::user, {text("r")}, true)}));
  CHECK(value_of(made.body).at("messages") == value_of(R"([{"role":"user","content":"q"},
      {"role":"assistant","content":[{"type":"text","text":"x"},
        {"type":"tool_use","id":"a","name":"f","input":{}}]},
      {"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":"ok"},
        {"type":"text","text":"r"}]}])"));
  CHECK(notes(made, "a call without a result"));
  CHECK(notes(made, "a result without a call"));
}

TEST_CASE("ids are of the API's alphabet, unique, and the same in every turn", "[trap14]") {
  auto asked = asking({message(role::user, {text("q")}), message(role::assistant, {call("functions.add:0")}),
                       message(role::tool, {result("functions.add:0")}),
                       message(role::assistant, {call("functions_add_0"), call("")}),
                       message(role::tool, {result("functions_add_0"), result("")}),
                       message(role::assistant, {call("functions.add:0")}),
                       message(role::tool, {result("functions.add:0")})});
  const auto turns = turns_of(asked);
  std::vector<std::string> ids;
  for (const std::size_t at : {1U, 3U, 5U}) {
    const auto& calls = turns.at(at).at("content").as_array();
    const auto& results = turns.at(at + 1).at("content").as_array();
    REQUIRE(calls.size() == results.size());
    for (std::size_t i = 0; i < calls.size(); ++i) {
      CHECK(calls[i].at("id") == results[i].at("tool_use_id"));
      ids.emplace_back(calls[i].at("id").as_string());
      CHECK(ids.back().find_first_not_of(
                "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == std::string::npos);
    }
  }
  std::sort(ids.begin(), ids.end());
  CHECK(std::adjacent_find(ids.begin(), ids.end()) == ids.end());
  // The prefix stays what it was when the conversation goes on.
  asked.messages.push_back(message(role::user, {text("more")}));
  const auto later = turns_of(asked);
  for (std::size_t i = 0; i < 6; ++i) CHECK(later.at(i) == turns.at(i));
}

TEST_CASE("arguments are an object whatever came", "[trap12][trap15]") {
  const auto [arguments, input] = GENERATE(table<std::string, std::string>({
      {"", "{}"},
      {"  ", "{}"},
      {"null", "{}"},
      {R"({"a":1.0,"b":[]})", R"({"a":1.0,"b":[]})"},
      {R"({"a":)", R"({"_raw":"{\"a\":"})"},
      {"[1]", R"({"_raw":"[1]"})"},
  }));
  const auto turns =
      turns_of(asking({message(role::user, {text("q")}), message(role::assistant, {call("a", arguments)}),
                       message(role::tool, {result("a")})}));
  CHECK(turns.at(1).at("content").at(0).at("input") == value_of(input));
}

TEST_CASE("the first turn is the user's") {
  const auto made =
      written(asking({message(role::assistant, {text("hello")}), message(role::user, {text("hi")})}));
  const auto turns = value_of(made.body).at("messages").as_array();
  REQUIRE(turns.size() == 3);
  CHECK(turns[0].at("role").as_string() == "user");
  CHECK(turns[1].at("role").as_string() == "assistant");
  CHECK(notes(made, "the first turn"));
  CHECK(value_of(written(asking({})).body).at("messages").as_array().size() == 1);
}

TEST_CASE("a prefill loses the blanks at its end", "[trap5]") {
  const auto made =
      written(asking({message(role::user, {text("q")}), message(role::assistant, {text("It is \n")}, true)}));
  CHECK(value_of(made.body).at("messages").at(1) == value_of(R"({"role":"assistant","content":"It is"})"));
  CHECK(notes(made, "blanks at the end"));
}

TEST_CASE("images are of four types, by name or by their first bytes") {
  const auto type_of = [](const part& one) {
    const auto turns = turns_of(asking({message(role::user, {one})}));
    return std::string{turns.at(0).at("content").at(0).at("source").at("media_type").as_string()};
  };
  CHECK(type_of(image("image/jpg", "AAAA")) == "image/jpeg");
  CHECK(type_of(image("image/webp", "AAAA")) == "image/webp");
  CHECK(type_of(image("", "iVBORw0KGgoAAA")) == "image/png");
  CHECK(refusal_of(asking({message(role::user, {image("image/tiff", "AAAA")})})).find("image") == 0);
  part linked = image("", "");
  linked.media.url = "https://x/y.png";
  CHECK(turns_of(asking({message(role::user, {linked})})).at(0).at("content").at(0).at("source") ==
        value_of(R"({"type":"url","url":"https://x/y.png"})"));
  part stored = image("", "");
  stored.media.file_id = "file-1";
  CHECK(refusal_of(asking({message(role::user, {stored})})).find("another vendor") != std::string::npos);
}

TEST_CASE("files are PDF or text, sound is refused") {
  part file = image("application/pdf", "JVBERi0=");
  file.kind = part_kind::file;
  file.media.name = "a.pdf";
  part notes_file = image("text/markdown", "IyBoaQ==");
  notes_file.kind = part_kind::file;
  const auto turns = turns_of(asking({message(role::user, {file, notes_file})}));
  CHECK(turns.at(0).at("content") == value_of(R"([{"type":"document","source":
      {"type":"base64","media_type":"application/pdf","data":"JVBERi0="},"title":"a.pdf"},
      {"type":"document","source":{"type":"text","media_type":"text/plain","data":"# hi"}}])"));
  part zip = image("application/zip", "AAAA");
  zip.kind = part_kind::file;
  CHECK(refusal_of(asking({message(role::user, {zip})})).find("file") == 0);
  part sound = image("audio/wav", "AAAA");
  sound.kind = part_kind::audio;
  CHECK(refusal_of(asking({message(role::user, {sound})})) == "input audio: anthropic-messages takes none");
}

TEST_CASE("only the target's own thoughts go back to it") {
  const auto made =
      written(asking({message(role::user, {text("q")}),
                      message(role::assistant, {thought("a", "s1", std::string{issuer}), thought("b"),
                                                thought("c", "s2", "gemini"), text("x")}),
                      message(role::user, {text("r")})}));
  CHECK(value_of(made.body).at("messages").at(1).at("content") ==
        value_of(R"([{"type":"thinking","thinking":"a","signature":"s1"},{"type":"text","text":"x"}])"));
  CHECK(notes(made, "reasoning: left out, its signature"));
  CHECK(notes(made, "reasoning: left out, it bears no"));
}

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
        value_of(R"({"format":{"type":"json_schema","schema":{"type":"object"}}})"));
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

TEST_CASE("custom tools are refused, hosted ones of other dialects left out") {
  auto asked = hello();
  asked.tools = {tool("f")};
  asked.tools[0].form = chat::tool_form::hosted;
  CHECK_FALSE(body_of(asked).contains("tools"));
  asked.tools[0].form = chat::tool_form::custom;
  CHECK(refusal_of(asked).find("custom") != std::string::npos);
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
