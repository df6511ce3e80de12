#include "providers/dialects/openai_responses/answer_reader.hpp"

#include "providers/dialects/openai_responses/answer_writer.hpp"
#include "providers/dialects/openai_responses/codec.hpp"

#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>

using namespace nearfar;
using namespace nearfar::providers;
using chat::part_kind;
namespace json = boost::json;

namespace {

chat::chat_answer answer_of(std::string_view text) {
  auto read = openai_responses::read_answer(text);
  INFO(text);
  if (read.has_error()) FAIL(read.error().context);
  return *std::move(read);
}

routes::error_kind error_of(std::string_view text) {
  const auto read = openai_responses::read_answer(text);
  INFO(text);
  REQUIRE(read.has_error());
  return read.error().kind;
}

}  // namespace

TEST_CASE("llama-server's response is read") {
  const auto answer = answer_of(
      R"({"completed_at":1795304053,"created_at":1795304053,"id":"resp_f","model":"tiny-glasses","object":"response","output":[{"content":[{"type":"output_text","annotations":[],"logprobs":[],"text":"10 km is about 6.2 miles."}],"id":"msg_Q","role":"assistant","status":"completed","type":"message"}],"status":"completed","usage":{"input_tokens":17,"output_tokens":12,"total_tokens":29,"input_tokens_details":{"cached_tokens":16}}})");
  CHECK(answer.id == "resp_f");
  CHECK(answer.model == "tiny-glasses");
  CHECK(answer.created == 1795304053);
  REQUIRE(answer.choices.size() == 1);
  CHECK(answer.choices[0].why == chat::finish::stop);
  REQUIRE(answer.choices[0].parts.size() == 1);
  CHECK(answer.choices[0].parts[0].text == "10 km is about 6.2 miles.");
  CHECK(answer.tokens->cached == 16);
}

TEST_CASE("items of every type are read") {
  const auto answer = answer_of(R"({"id":"r","status":"completed","output":[
    {"type":"reasoning","id":"rs","summary":[{"type":"summary_text","text":"hm"}],"encrypted_content":"gA"},
    {"type":"reasoning","id":"rs2","summary":[],"encrypted_content":"gB"},
    {"type":"message","id":"m","role":"assistant","content":[{"type":"output_text","text":"a","annotations":[{"type":"url_citation","url":"u"}],"logprobs":[{"token":"a"}]},{"type":"refusal","refusal":"no"}]},
    {"type":"function_call","id":"f","call_id":"c","name":"n","arguments":""},
    {"type":"custom_tool_call","id":"g","call_id":"d","name":"s","input":"ls"},
    {"type":"image_generation_call","id":"i","status":"completed","result":"AAAA"},
    {"type":"web_search_call","id":"w","status":"completed"}]})");
  const auto& choice = answer.choices.at(0);
  REQUIRE(choice.parts.size() == 8);
  CHECK(choice.why == chat::finish::tool_calls);
  CHECK(choice.parts[0].signature == "gA");
  CHECK(choice.parts[0].issuer == "openai-responses");
  CHECK(choice.parts[1].redacted);
  CHECK(choice.parts[2].text == "a");
  CHECK(choice.parts[2].extra.empty());
  CHECK(choice.parts[3].kind == part_kind::refusal);
  CHECK(choice.parts[4].text == "{}");
  CHECK(choice.parts[5].form == chat::call_form::custom);
  CHECK(choice.parts[6].media.data == "AAAA");
  CHECK(choice.parts[7].kind == part_kind::opaque);
  CHECK(json::serialize(choice.annotations) == R"([{"type":"url_citation","url_citation":{"url":"u"}}])");
  CHECK(json::serialize(choice.logprobs) == R"({"content":[{"token":"a"}]})");
}

TEST_CASE("a response that is cut, failed, empty or none says so [trap28]") {
  const auto cut = answer_of(
      R"({"status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"output":[{"type":"message","role":"assistant","content":[{"type":"output_text","text":"a"}]}]})");
  CHECK(cut.choices[0].why == chat::finish::length);
  CHECK(error_of(R"({"error":{"code":"context_length_exceeded","message":"x"}})") ==
        routes::error_kind::too_long);
  CHECK(error_of(R"({"status":"failed","error":{"code":"server_error","message":"x"},"output":[]})") ==
        routes::error_kind::server_error);
  CHECK(error_of(R"({"status":"failed","error":null,"output":[]})") == routes::error_kind::server_error);
  CHECK(error_of(R"({"status":"completed","output":[]})") == routes::error_kind::empty);
  CHECK(error_of(R"({"status":"completed"})") == routes::error_kind::bad_answer);
  CHECK(error_of("<html>") == routes::error_kind::bad_answer);
  CHECK(error_of("[]") == routes::error_kind::bad_answer);
}

TEST_CASE("an answer read and written says the same") {
  const std::string text =
      R"([{"id":"rs_1","type":"reasoning","summary":[{"type":"summary_text","text":"hm"}],"encrypted_content":"gA"},{"id":"msg_1","type":"message","status":"completed","content":[{"type":"output_text","annotations":[{"type":"url_citation","url":"u"}],"logprobs":[{"token":"a"}],"text":"a"}],"role":"assistant"},{"id":"fc_1","type":"function_call","status":"completed","arguments":"{}","call_id":"c","name":"n"},{"type":"web_search_call","id":"ws_1","status":"completed"},{"id":"ig_1","type":"image_generation_call","status":"completed","result":"AAAA"}])";
  const auto answer = answer_of(R"({"id":"resp_1","status":"completed","output":)" + text + "}");
  answer_terms terms;
  terms.model = "auto";
  const json::value written = json::parse(openai_responses::write_answer(answer, terms));
  CHECK(written.at("output") == json::parse(text));
}

TEST_CASE("the codec of the dialect is the one that the dialect's name finds") {
  const codec* found = codec_of(config::dialect::openai_responses);
  REQUIRE(found == openai_responses::the_codec());
  CHECK(found->speaks() == config::dialect::openai_responses);
  CHECK(found->streams_as() == framing::sse);
  CHECK(found->make_request_reader() != nullptr);
  CHECK(found->make_stream_reader() != nullptr);
  CHECK(found->make_stream_writer({}) != nullptr);
}
