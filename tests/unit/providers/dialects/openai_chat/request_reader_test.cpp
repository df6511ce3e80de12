#include "providers/dialects/openai_chat/request_reader.hpp"

#include "providers/dialects/text_measure.hpp"
#include "tests/unit/providers/dialects/padded.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <string>

using namespace nearfar;
using providers::padded;
using providers::request_view;
using providers::openai_chat::request_reader;

namespace {

std::string with(std::string_view members) {
  return std::string{R"({"model":"m","messages":[{"role":"user","content":"hi"}])"} +
         (members.empty() ? "" : ",") + std::string{members} + "}";
}

routes::query facts_of(std::string_view text) {
  request_reader reader;
  request_view view;
  const padded body{text};
  const auto read = reader.read(body, view);
  INFO(text);
  if (read.has_error()) FAIL(read.error().context);
  return view.facts;
}

std::string refusal_of(std::string_view text) {
  request_reader reader;
  request_view view;
  const padded body{text};
  const auto read = reader.read(body, view);
  INFO(text);
  REQUIRE(read.has_error());
  CHECK(read.error().kind == routes::error_kind::bad_request);
  CHECK(read.error().side == routes::error_side::downstream);
  CHECK(read.error().context.find('\n') == std::string::npos);
  return read.error().context;
}

}  // namespace

TEST_CASE("the model is read unescaped and its span keeps the quotes") {
  request_reader reader;
  request_view view;
  const padded body{R"( { "mod\u0065l" : "qwen\/\u4f60\"x" , "messages" : [ ] } )"};
  REQUIRE(reader.read(body, view).has_value());
  CHECK(view.model_text == "qwen/\xe4\xbd\xa0\"x");
  CHECK(view.facts.model == view.model_text);
  CHECK(view.facts.model.data() == view.model_text.data());
  CHECK(body.view().substr(view.model.offset, view.model.length) == R"("qwen\/\u4f60\"x")");
}

TEST_CASE("members stand in order with trimmed spans") {
  request_reader reader;
  request_view view;
  const padded body{
      "{\"model\" : \"auto\"  ,\n \"temperature\":1.0 , \"messages\":[ ] \t, \"x\" : { \"a\":1 } ,\"n\":null "
      "}\n"};
  REQUIRE(reader.read(body, view).has_value());
  REQUIRE(view.members.size() == 5);
  const auto text = [&](std::size_t i) {
    return body.view().substr(view.members[i].value.offset, view.members[i].value.length);
  };
  CHECK(text(0) == "\"auto\"");
  CHECK(text(1) == "1.0");
  CHECK(text(2) == "[ ]");
  CHECK(text(3) == "{ \"a\":1 }");
  CHECK(text(4) == "null");
  CHECK(view.members[3].name == "x");
  CHECK(view.last_member_end == body.view().find("null") + 4);
}

TEST_CASE("a reader and a view are used again without remnants of the last request") {
  request_reader reader;
  request_view view;
  const padded rich{
      with(R"("stream":true,"stream_options":{"include_usage":true},"tools":[{}],"n":3,"max_tokens":9)")};
  REQUIRE(reader.read(rich, view).has_value());
  REQUIRE(view.facts.tools);
  const padded plain{with("")};
  REQUIRE(reader.read(plain, view).has_value());
  CHECK(view.members.size() == 2);
  CHECK_FALSE(view.facts.tools);
  CHECK_FALSE(view.facts.stream);
  CHECK_FALSE(view.has_include_usage);
  CHECK_FALSE(view.stream_options.present());
  CHECK(view.facts.choices == 1);
  CHECK(view.facts.output_tokens == 0);
  CHECK(view.facts.body_bytes == plain.view().size());
}

TEST_CASE("facts of the top level are read") {
  CHECK(facts_of(with(R"("stream":true)")).stream);
  CHECK_FALSE(facts_of(with(R"("stream":null)")).stream);
  CHECK(facts_of(with(R"("stream_options":{"include_usage":true})")).include_usage);
  CHECK_FALSE(facts_of(with(R"("stream_options":{"include_usage":false})")).include_usage);
  CHECK(facts_of(with(R"("tools":[{"type":"function"}])")).tools);
  CHECK_FALSE(facts_of(with(R"("tools":[ ])")).tools);
  CHECK_FALSE(facts_of(with(R"("tools":null,"tool_choice":"none")")).tools);
  CHECK(facts_of(with(R"("functions":[{"name":"f"}])")).tools);
  CHECK(facts_of(with(R"("response_format":{"json_schema":{"type":"text"},"type":"json_schema"})")).json);
  CHECK(facts_of(with(R"("response_format":{"type":"json_object"})")).json);
  CHECK_FALSE(facts_of(with(R"("response_format":{"type":"text"})")).json);
  CHECK(facts_of(with(R"("max_tokens":100)")).output_tokens == 100);
  CHECK(facts_of(with(R"("max_completion_tokens":1E2)")).output_tokens == 100);
  CHECK(facts_of(with(R"("max_tokens":-1)")).output_tokens == 0);
  CHECK(facts_of(with(R"("max_tokens":null)")).output_tokens == 0);
  CHECK(facts_of(with(R"("n":4)")).choices == 4);
  CHECK(facts_of(with(R"("modalities":["text","audio"],"audio":{"voice":"x"})")).audio);
}

TEST_CASE("include_usage is seen whatever it says") {
  request_reader reader;
  request_view view;
  const auto has = [&](std::string_view members) {
    const padded body{with(members)};
    REQUIRE(reader.read(body, view).has_value());
    return view.has_include_usage;
  };
  CHECK(has(R"("stream_options":{"include_usage":false})"));
  CHECK(has(R"("stream_options":{"x":[1],"include\u005fusage":null})"));
  CHECK_FALSE(has(R"("stream_options":{})"));
  CHECK_FALSE(has(R"("stream_options":null)"));
}

TEST_CASE("duplicate top-level keys are refused however they are written", "[P3][P7]") {
  CHECK(refusal_of(R"({"model":"a","messages":[],"model":"b"})").find("\"model\" stands twice") !=
        std::string::npos);
  CHECK(refusal_of(R"({"model":"a","messages":[],"mod\u0065l":"b"})").find("stands twice") !=
        std::string::npos);
  CHECK(refusal_of(R"({"model":"a","messages":[],"seed":1,"seed":1})").find("\"seed\"") != std::string::npos);
}

TEST_CASE("what is no JSON object is refused") {
  const auto body = GENERATE(
      as<std::string>{}, "", " ", "nope", "[]", "[{}]", "1", "\"x\"", "null", "{", "{nope",
      R"({"model":"m","messages":[])", R"({"model":"m","messages":[]}})", R"({"model":"m","messages":[]} x)",
      R"({"model":"m","messages":[]}{})", R"({"model":"m",,"messages":[]})", R"({"model":"m" "messages":[]})",
      R"({"model":"m","messages":[],})", R"({"model":"m","messages":[],"x":})",
      R"({"model":"m","messages":[],"x":[1,]})", R"({"model":"m","messages":[],"x":[1}})",
      R"({"model":"m","messages":[],"x":{"a" 1}})", R"({"model":"m","messages":[],"x":01})",
      R"({"model":"m","messages":[],"x":nan})", R"({"model":"m","messages":[],"x":1.})",
      R"({"model":"m","messages":[],"x":tru})", R"({"model":"m","messages":[],"x":"a)",
      R"({"model":"m","messages":[],x:1})", R"({"model":"m","messages":[{]})",
      "{\"model\":\"m\",\"messages\":[],\"x\":\"\xff\"}", "{\"model\":\"m\",\"messages\":[],\"x\":\"\n\"}",
      "{\"model\":\"\\q\",\"messages\":[]}", "\xef\xbb\xbf{}");
  refusal_of(body);
}

TEST_CASE("a refusal names the place and the cure") {
  struct row {
    const char* body;
    const char* says;
  };
  const auto each = GENERATE(
      row{"{}", "model is missing"}, row{R"({"messages":[]})", "model is missing"},
      row{R"({"model":"m"})", "messages is missing"},
      row{R"({"model":1,"messages":[]})", "model must be a string"},
      row{R"({"model":"","messages":[]})", "model is empty"},
      row{R"({"model":"m","messages":"hi"})", "messages must be an array: send"},
      row{R"({"model":"m","messages":["hi"]})", "messages[0] must be an object"},
      row{R"({"model":"m","messages":[{"role":"user","content":"a"},{"role":7}]})",
          "messages[1].role must be a string"},
      row{R"({"model":"m","messages":[{"role":"user","content":7}]})",
          "messages[0].content must be a string"},
      row{R"({"model":"m","messages":[{"role":"user","content":[7]}]})", "messages[0].content has a part"},
      row{R"({"model":"m","messages":[{"role":"user","content":"\q"}]})",
          "messages[0].content holds an escape"},
      row{R"({"model":"m","messages":[],"stream":"yes"})", "stream must be true or false"},
      row{R"({"model":"m","messages":[],"stream_options":true})", "stream_options must be an object"},
      row{R"({"model":"m","messages":[],"stream_options":{"include_usage":1}})",
          "include_usage must be true or false"},
      row{R"({"model":"m","messages":[],"stream_options":{"include_usage":true,"include_usage":false}})",
          "twice"},
      row{R"({"model":"m","messages":[],"tools":{}})", "tools must be an array"},
      row{R"({"model":"m","messages":[],"tool_choice":1})", "tool_choice must be"},
      row{R"({"model":"m","messages":[],"response_format":"json"})", "response_format must be an object"},
      row{R"({"model":"m","messages":[],"response_format":{"type":1}})",
          "response_format.type must be a string"},
      row{R"({"model":"m","messages":[],"max_tokens":"9"})", "max_tokens must be a whole number"},
      row{R"({"model":"m","messages":[],"n":0})", "n must be a whole number from 1"},
      row{R"({"model":"m","messages":[],"n":4000000000})", "n must be a whole number from 1"},
      row{R"({"model":"m","messages":[],"session_id":1})", "session_id must be a string"});
  INFO(each.body);
  const std::string said = refusal_of(each.body);
  INFO(said);
  CHECK(said.find(each.says) != std::string::npos);
}

TEST_CASE("nesting is bounded in every part that is visited") {
  const std::string deep = std::string(70, '[') + std::string(70, ']');
  const std::string fine = std::string(60, '[') + std::string(60, ']');
  CHECK(refusal_of(with("\"x\":" + deep)).find("nested deeper than 64") != std::string::npos);
  CHECK(refusal_of(R"({"model":"m","messages":[{"role":"user","name":)" + deep + "}]}").find("nested") !=
        std::string::npos);
  CHECK(refusal_of(R"({"model":"m","messages":[{"role":"user","reasoning_details":)" + deep + "}]}")
            .find("nested") != std::string::npos);
  CHECK(facts_of(with("\"x\":" + fine)).model.size() == 1);
}

TEST_CASE("too many keys are refused") {
  std::string members;
  for (int i = 0; i < 300; ++i) members += (i ? "," : "") + ("\"k" + std::to_string(i)) + "\":1";
  CHECK(refusal_of(with(members)).find("more than 256 keys") != std::string::npos);
}

TEST_CASE("input tokens follow the script of the text") {
  const auto tokens = [](std::string_view text) {
    return facts_of(R"({"model":"m","messages":[{"role":"user","content":")" + std::string{text} + "\"}]}")
        .input_tokens;
  };
  const auto empty = tokens("");
  CHECK(tokens(std::string(400, 'a')) - empty == 100);
  std::string chinese;
  std::string escaped;
  for (int i = 0; i < 100; ++i) {
    chinese += "\xe4\xbd\xa0";
    escaped += "\\u4f60";
  }
  CHECK(tokens(chinese) - empty == 100);
  CHECK(tokens(escaped) - empty == 100);
  CHECK(tokens("\\n\\n\\n\\n\\t\\\"\\\\\\/") - empty == 2);
}

TEST_CASE("an image is an image and not a million tokens") {
  const std::string image(5 * 1024 * 1024, 'A');
  const auto facts =
      facts_of(R"({"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"what is it"},)"
               R"({"type":"image_url","image_url":{"url":"data:image/png;base64,)" +
               image + R"("}}]}]})");
  CHECK(facts.images);
  CHECK(facts.input_tokens < 2000);
  CHECK(facts.body_bytes > image.size());
}

TEST_CASE("parts are told by the member that carries their data") {
  const auto with_part = [](std::string_view part) {
    return facts_of(R"({"model":"m","messages":[{"content":[)" + std::string{part} + R"(],"role":"user"}]})");
  };
  CHECK(with_part(R"({"type":"input_audio","input_audio":{"data":"AAAA","format":"wav"}})").audio);
  CHECK(with_part(R"({"type":"file","file":{"file_data":"data:application/pdf;base64,AA"}})").images);
  CHECK(with_part(R"({"image_url":"https://x.y/z.png","type":"image_url"})").images);
  const auto text = with_part(R"({"type":"text","text":"image_url input_audio"})");
  CHECK_FALSE(text.images);
  CHECK_FALSE(text.audio);
}

TEST_CASE("signed reasoning in the history is seen") {
  const auto signed_by = [](std::string_view members) {
    return facts_of(
               R"({"model":"m","messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b",)" +
               std::string{members} + "}]}")
        .reasoning_signed;
  };
  CHECK(signed_by(R"("reasoning_details":[{"type":"reasoning.text","text":"x","signature":"abc"}])"));
  CHECK(signed_by(R"("reasoning_details":[{"type":"reasoning.encrypted","data":"abc"}])"));
  CHECK(signed_by(R"("tool_calls":[{"id":"1","extra_content":{"google":{"thought_signature":"abc"}}}])"));
  CHECK(signed_by(
      R"("tool_calls":[{"id":"1","function":{"name":"f","arguments":"{}","thought_signature":"abc"}}])"));
  CHECK(signed_by(R"("thinking_blocks":[{"type":"thinking","thinking":"x","signature":"abc"}])"));
  CHECK_FALSE(signed_by(R"("reasoning_details":[{"type":"reasoning.text","text":"x","signature":null}])"));
  CHECK_FALSE(signed_by(R"("reasoning_content":"signature")"));
  CHECK_FALSE(
      signed_by(R"("tool_calls":[{"id":"1","function":{"name":"f","arguments":"{\"signature\":\"x\"}"}}])"));
}

TEST_CASE("the conversation is the session, the cache key, or how it began") {
  const auto hash = [](std::string_view text) { return facts_of(text).conversation; };
  const auto talk = [&](std::string_view model, std::string_view system, std::string_view turns) {
    return hash(R"({"model":")" + std::string{model} + R"(","messages":[{"role":"system","content":")" +
                std::string{system} + "\"}," + std::string{turns} + "]}");
  };
  const char* first = R"({"role":"user","content":"one"})";
  const char* second =
      R"({"content":"one","role":"user"},{"role":"assistant","content":"x"},{"role":"user","content":"two"})";
  CHECK(talk("m", "s", first) == talk("m", "s", second));
  CHECK(talk("m", "s", first) != talk("m", "t", first));
  CHECK(talk("m", "s", first) != talk("k", "s", first));
  CHECK(talk("m", "s", first) != talk("m", "s", R"({"role":"user","content":"two"})"));
  CHECK(talk("m", "one", R"({"role":"user","content":"s"})") != talk("m", "s", first));
  CHECK(hash(with(R"("session_id":"a")")) == hash(R"({"model":"z","session_id":"a","messages":[]})"));
  CHECK(hash(with(R"("session_id":"a")")) != hash(with(R"("prompt_cache_key":"a")")));
  CHECK(hash(with(R"("session_id":"a","prompt_cache_key":"b")")) == hash(with(R"("session_id":"a")")));
  CHECK(hash(with(R"("session_id":null)")) == hash(with("")));
  CHECK(hash(with(R"("session_id":"a")")) == providers::conversation_of_session("a"));
}
