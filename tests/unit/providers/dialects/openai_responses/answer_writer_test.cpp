#include "providers/dialects/openai_responses/answer_writer.hpp"

#include "providers/dialects/openai_responses/error_writer.hpp"

#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>

using namespace nearfar;
using namespace nearfar::providers;
namespace json = boost::json;

namespace {

chat::part part_of(chat::part_kind kind, std::string_view text) {
  chat::part out;
  out.kind = kind;
  out.text = text;
  return out;
}

json::value written(const chat::chat_answer& answer, std::string_view issuer = "") {
  answer_terms terms;
  terms.model = "auto";
  terms.id = "01ABC";
  terms.now = 7;
  terms.issuer = issuer;
  return json::parse(openai_responses::write_answer(answer, terms));
}

}  // namespace

TEST_CASE("a whole answer is a response with an item for each part") {
  chat::chat_answer answer;
  auto& choice = answer.choices.emplace_back();
  chat::part thought = part_of(chat::part_kind::thinking, "hm");
  thought.signature = "SIG";
  choice.parts.push_back(thought);
  choice.parts.push_back(part_of(chat::part_kind::text, "a"));
  choice.parts.push_back(part_of(chat::part_kind::refusal, "no"));
  chat::part call = part_of(chat::part_kind::tool_call, "");
  call.id = "call_1";
  call.name = "f";
  call.signature = "CS";
  choice.parts.push_back(call);
  choice.why = chat::finish::tool_calls;
  choice.annotations = json::parse(R"([{"type":"url_citation","url_citation":{"url":"u"}}])");
  answer.tokens = usage{.input = 3,
                        .output = 2,
                        .cached = 0,
                        .cache_write = 0,
                        .cache_write_long = 0,
                        .reasoning = 0,
                        .image = 0,
                        .audio = 0,
                        .cost = {}};
  const json::value response = written(answer, "gemini");
  CHECK(response.at("id").as_string() == "resp_01ABC");
  CHECK(response.at("status").as_string() == "completed");
  CHECK(response.at("created_at").as_int64() == 7);
  CHECK(response.at("usage").at("total_tokens").as_int64() == 5);
  const auto& output = response.at("output").as_array();
  REQUIRE(output.size() == 4);
  CHECK(output[0].at("encrypted_content").as_string() == "nf1.gemini.SIG");
  CHECK(output[1].at("content").at(0).at("annotations").at(0).at("url").as_string() == "u");
  CHECK(output[1].at("content").at(1).at("refusal").as_string() == "no");
  CHECK(output[2].at("arguments").as_string() == "{}");
  CHECK(output[3].at("encrypted_content").as_string() == "nf1.gemini.@call_1@CS");
  CHECK(output[0].at("id") != output[3].at("id"));
}

TEST_CASE("an answer cut by its limit says so") {
  chat::chat_answer answer;
  auto& choice = answer.choices.emplace_back();
  choice.parts.push_back(part_of(chat::part_kind::text, "a"));
  choice.why = chat::finish::length;
  const json::value response = written(answer);
  CHECK(response.at("status").as_string() == "incomplete");
  CHECK(response.at("incomplete_details").at("reason").as_string() == "max_output_tokens");
  CHECK(response.at("output").at(0).at("status").as_string() == "incomplete");
  CHECK(response.at("usage").is_null());
}

TEST_CASE("an error has OpenAI's shape, and a code that agents compact on [trap31]") {
  client_error why;
  why.status = 400;
  why.kind = routes::error_kind::too_long;
  why.code = "whatever";
  why.message = "a \"b\"";
  CHECK(openai_responses::error_body(why) ==
        R"({"error":{"message":"a \"b\"","type":"invalid_request_error","param":null,)"
        R"("code":"context_length_exceeded"}})");
  why.kind = routes::error_kind::bad_request;
  why.param = "input";
  why.code = "";
  CHECK(openai_responses::error_body(why) ==
        R"({"error":{"message":"a \"b\"","type":"invalid_request_error","param":"input","code":null}})");
  why.status = 429;
  why.kind = routes::error_kind::rate_limited;
  CHECK(openai_responses::error_body(why).find("rate_limit_error") != std::string::npos);
}
