#include "providers/dialects/openai_responses/request_reader.hpp"

#include "providers/dialects/text_measure.hpp"
#include "tests/unit/providers/dialects/padded.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <string>

using namespace nearfar;
using providers::padded;
using providers::request_view;
using providers::openai_responses::request_reader;

namespace {

std::string with(std::string_view members) {
  return R"({"model":"m","input":"hi")" + (members.empty() ? "" : "," + std::string{members}) + "}";
}

std::string items(std::string_view list) {
  return R"({"model":"m","input":[)" + std::string{list} + "]}";
}

routes::query facts_of(std::string_view text) {
  request_reader reader;
  request_view view;
  const padded body{text};
  const auto read = reader.read(body, view);
  INFO(text);
  if (read.has_error()) FAIL(read.error().context);
  routes::query facts = view.facts;
  facts.model = {};
  return facts;
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

bool has(std::string_view text, std::string_view piece) {
  return text.find(piece) != std::string_view::npos;
}

}  // namespace

TEST_CASE("a Responses request's members stand in order with trimmed spans") {
  request_reader reader;
  request_view view;
  const padded body{R"( { "mod\u0065l" : "a\/b" , "input" : [ ] , "x" : { "y" : 1 } } )"};
  REQUIRE(reader.read(body, view).has_value());
  CHECK(view.model_text == "a/b");
  CHECK(view.facts.model.data() == view.model_text.data());
  CHECK(view.facts.in == config::dialect::openai_responses);
  REQUIRE(view.members.size() == 3);
  CHECK(view.members[2].name == "x");
  CHECK(body.view().substr(view.members[2].value.offset, view.members[2].value.length) == R"({ "y" : 1 })");
  CHECK(view.last_member_end == view.members[2].value.offset + view.members[2].value.length);
}

TEST_CASE("what a Responses request asks for is read") {
  CHECK(facts_of(with(R"("stream":true)")).stream);
  CHECK(facts_of(with(R"("max_output_tokens":77)")).output_tokens == 77);
  CHECK(facts_of(with(R"("tools":[{"type":"function","name":"f"}])")).tools);
  CHECK_FALSE(facts_of(with(R"("tools":[])")).tools);
  CHECK(facts_of(with(R"("text":{"format":{"name":"n","type":"json_schema","schema":{}}})")).json);
  CHECK_FALSE(facts_of(with(R"("text":{"format":{"type":"text"}})")).json);
  CHECK(facts_of(items(R"({"role":"user","content":[{"image_url":"https://x/y.png","type":"input_image"}]})"))
            .images);
  CHECK(facts_of(items(R"({"role":"user","content":[{"type":"input_file","file_id":"file-1"}]})")).images);
  CHECK(
      facts_of(
          items(
              R"({"role":"user","content":[{"type":"input_audio","input_audio":{"data":"AA","format":"wav"}}]})"))
          .audio);
  CHECK(facts_of(items(R"({"type":"reasoning","summary":[],"encrypted_content":"abc"})")).reasoning_signed);
  CHECK_FALSE(
      facts_of(items(R"({"type":"reasoning","summary":[],"encrypted_content":null})")).reasoning_signed);
  CHECK_FALSE(facts_of(with("")).tools);
}

TEST_CASE("Responses input is weighed by script wherever it stands") {
  const auto base = facts_of(with("")).input_tokens;
  CHECK(base == 5);  // four for the turn, two letters
  const auto chinese = facts_of(R"({"model":"m","input":"你好你好"})").input_tokens;
  CHECK(chinese == 8);
  CHECK(facts_of(with(R"("instructions":"aaaaaaaa")")).input_tokens == base + 2);
  CHECK(facts_of(items(R"({"role":"user","content":"hi"})")).input_tokens == base);
  CHECK(
      facts_of(items(R"({"type":"function_call_output","call_id":"c","output":"aaaaaaaa"})")).input_tokens ==
      6);
  CHECK(facts_of(items(R"({"type":"function_call","call_id":"c","name":"f","arguments":"{}aaaaa"})"))
            .input_tokens == 6);
}

TEST_CASE("a Responses conversation is known by its session, its cache key, or how it began") {
  const auto keyed = facts_of(with(R"("prompt_cache_key":"k")")).conversation;
  CHECK(keyed == providers::stable_hash(2, "k"));
  CHECK(facts_of(with(R"("session_id":"s","prompt_cache_key":"k")")).conversation ==
        providers::conversation_of_session("s"));
  const std::string first = R"({"role":"user","content":"one"})";
  const std::string later =
      first + R"(,{"role":"assistant","content":"two"},{"role":"user","content":"three"})";
  CHECK(facts_of(items(first)).conversation == facts_of(items(later)).conversation);
  CHECK(facts_of(items(first)).conversation !=
        facts_of(items(R"({"role":"user","content":"other"})")).conversation);
  CHECK(facts_of(with(R"("instructions":"a")")).conversation !=
        facts_of(with(R"("instructions":"b")")).conversation);
  CHECK(facts_of(R"({"model":"m","input":"one"})").conversation == facts_of(items(first)).conversation);
}

TEST_CASE("what names something stored is refused with the cure") {
  const auto [field, text] = GENERATE(
      table<std::string, std::string>({{"previous_response_id", R"("previous_response_id":"resp_1")"},
                                       {"conversation", R"("conversation":{"id":"conv_1"})"},
                                       {"conversation", R"("conversation":"conv_1")"},
                                       {"prompt", R"("prompt":{"id":"pmpt_1"})"},
                                       {"background", R"("background":true)"}}));
  const std::string why = refusal_of(with(text));
  INFO(why);
  CHECK(why.starts_with(field));
  CHECK(has(why, "conversation in `input`, with `store: false`"));
}

TEST_CASE("an item reference is refused with the cure") {
  const std::string why =
      refusal_of(items(R"({"role":"user","content":"x"},{"id":"msg_1","type":"item_reference"})"));
  CHECK(why.starts_with("input[1].type"));
  CHECK(has(why, "send the whole conversation in `input`, with `store: false`"));
}

TEST_CASE("nulls and a store that is not used are no reason to refuse") {
  CHECK(
      facts_of(with(R"("previous_response_id":null,"conversation":null,"prompt":null,"background":false,)"
                    R"("store":true,"tools":null,"text":null,"instructions":null,"max_output_tokens":null)"))
          .input_tokens == 5);
}

TEST_CASE("what is wrong in a Responses request is said with its place") {
  CHECK(has(refusal_of(with(R"("stream":1)")), "stream must be true or false"));
  CHECK(has(refusal_of(with(R"("mod\u0065l":"n")")), "\"model\" stands twice"));
  CHECK(has(refusal_of(with(R"("x":1,"x":2)")), "\"x\" stands twice"));
  CHECK(has(refusal_of(R"({"input":"x"})"), "model is missing"));
  CHECK(has(refusal_of(R"({"model":"m"})"), "input is missing"));
  CHECK(has(refusal_of(R"({"model":"m","input":7})"), "input must be a string or an array"));
  CHECK(has(refusal_of(items("7")), "input[0] must be an object"));
  CHECK(has(refusal_of(items(R"({"role":"user","content":[7]})")), "input[0].content"));
  CHECK(has(refusal_of(items(R"({"role":"user","content":"\q"})")), "escape"));
  CHECK(has(refusal_of(with(R"("text":{"format":{"type":7}})")), "text.format.type"));
  CHECK(has(refusal_of("{\"model\":\"m\",\"input\":[{]}"), "not valid JSON"));
  CHECK(has(refusal_of(""), "empty"));
  CHECK(has(refusal_of("[]"), "must be a JSON object"));
  CHECK(has(refusal_of(with(R"("x":)" + std::string(70, '[') + std::string(70, ']'))), "nested deeper"));
}
