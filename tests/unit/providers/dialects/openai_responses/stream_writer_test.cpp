#include "providers/dialects/openai_responses/stream_writer.hpp"

#include "providers/dialects/openai_responses/request_reader.hpp"
#include "tests/unit/providers/dialects/openai_responses/event_check.hpp"
#include "tests/unit/providers/dialects/padded.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <random>

using namespace nearfar::providers;
using namespace nearfar::providers::openai_responses;
using chat::answer_event;
using chat::event_kind;
namespace json = boost::json;

namespace {

// A writer with its request and what it wrote.
struct written {
  explicit written(std::string_view request = R"({"model":"auto","input":"hi"})",
                   std::string_view issuer = "")
      : body(request) {
    openai_responses::request_reader reader;
    REQUIRE(reader.read(body, view).has_value());
    terms.asked = &view;
    terms.model = view.model_text;
    terms.id = "01ABC";
    terms.now = 1700000000;
    terms.issuer = issuer;
    writer = std::make_unique<openai_responses::stream_writer>(terms);
  }

  written& operator<<(const answer_event& event) {
    writer->write(event, text);
    return *this;
  }

  // Checked against the grammar.
  event_check checked() const {
    event_check check;
    check.read(text);
    return check;
  }

  json::array output() const { return checked().response.at("output").as_array(); }

  padded body;
  request_view view;
  answer_terms terms;
  std::unique_ptr<openai_responses::stream_writer> writer;
  std::string text;
};

answer_event event_of(event_kind kind, std::string_view text = {}) {
  answer_event out;
  out.kind = kind;
  out.text = text;
  return out;
}

answer_event start_of(std::string_view id) {
  answer_event out = event_of(event_kind::start);
  out.id = id;
  out.name = "upstream";
  out.created = 1700000001;
  return out;
}

answer_event call_of(std::uint32_t index, std::string_view id, std::string_view name,
                     chat::call_form form = chat::call_form::function) {
  answer_event out = event_of(event_kind::tool_call);
  out.index = index;
  out.id = id;
  out.name = name;
  out.form = form;
  return out;
}

answer_event arguments_of(std::uint32_t index, std::string_view piece) {
  answer_event out = event_of(event_kind::tool_arguments, piece);
  out.index = index;
  return out;
}

answer_event finish_of(chat::finish why) {
  answer_event out = event_of(event_kind::finish);
  out.why = why;
  return out;
}

answer_event signature_of(std::string_view text, std::string_view issuer, bool redacted = false) {
  answer_event out = event_of(event_kind::signature, text);
  out.issuer = issuer;
  out.redacted = redacted;
  return out;
}

const answer_event the_end = event_of(event_kind::end);

}  // namespace

TEST_CASE("a text answer is a Responses stream in the vendor's order") {
  written w;
  usage tokens;
  tokens.input = 10;
  tokens.output = 4;
  tokens.cached = 3;
  tokens.reasoning = 1;
  answer_event counted = event_of(event_kind::usage);
  counted.tokens = &tokens;
  w << start_of("chatcmpl-9") << start_of("again") << event_of(event_kind::text, "Hel")
    << event_of(event_kind::text, "lo \"\n") << finish_of(chat::finish::stop) << counted << the_end;
  const event_check check = w.checked();
  CHECK(check.types == std::vector<std::string>{"response.created", "response.in_progress",
                                                "response.output_item.added", "response.content_part.added",
                                                "response.output_text.delta", "response.output_text.delta",
                                                "response.output_text.done", "response.content_part.done",
                                                "response.output_item.done", "response.completed"});
  CHECK(check.response.at("id").as_string() == "resp_chatcmpl-9");
  CHECK(check.response.at("model").as_string() == "auto");
  CHECK(check.response.at("created_at").as_int64() == 1700000001);
  CHECK(check.response.at("store") == json::value(false));
  CHECK(check.response.at("output").at(0).at("content").at(0).at("text").as_string() == "Hello \"\n");
  CHECK(json::serialize(check.response.at("usage")) ==
        R"({"input_tokens":10,"input_tokens_details":{"cached_tokens":3},"output_tokens":4,)"
        R"("output_tokens_details":{"reasoning_tokens":1},"total_tokens":14})");
}

TEST_CASE("every event leaves with the event that it came from") {
  written w;
  w << start_of("r");
  const auto delta = [&](std::string_view piece) {
    const std::size_t before = w.text.size();
    w << event_of(event_kind::text, piece);
    return w.text.substr(before);
  };
  CHECK(delta("one").find("\"delta\":\"one\"") != std::string::npos);
  CHECK(delta("two").find("\"delta\":\"two\"") != std::string::npos);
}

TEST_CASE("the request's settings stand in the response on one line") {
  written w(
      "{\"model\":\"auto\",\"input\":\"hi\",\n \"temperature\": 0.5,\n\"tools\":[\n{\"type\":\"function\","
      "\"name\":\"f\"}\n],\"text\":{ \"verbosity\":\"low\"},\"metadata\":{\"a\":\"b\"},\"store\":true,"
      "\"instructions\":\"be\\nkind\",\"max_output_tokens\":null,\"reasoning\":{\"effort\":\"low\"}}");
  w << start_of("x") << the_end;
  const json::object response = w.checked().response;
  CHECK(response.at("temperature") == json::value(0.5));
  CHECK(response.at("tools").at(0).at("name").as_string() == "f");
  CHECK(json::serialize(response.at("text")) == R"({"format":{"type":"text"},"verbosity":"low"})");
  CHECK(response.at("metadata").at("a").as_string() == "b");
  CHECK(response.at("instructions").as_string() == "be\nkind");
  CHECK(response.at("store") == json::value(false));
  CHECK(response.at("max_output_tokens").is_null());
  CHECK(response.at("tool_choice").as_string() == "auto");
  CHECK(response.at("reasoning").at("effort").as_string() == "low");
  CHECK(response.at("parallel_tool_calls") == json::value(true));
}

TEST_CASE("parallel calls whose pieces mix keep their own arguments [trap11] [trap14]") {
  written w;
  w << start_of("x") << event_of(event_kind::text, "let me see") << call_of(0, "call_a", "f")
    << arguments_of(0, "{\"a\"") << call_of(1, "call_b", "g") << arguments_of(1, "{")
    << call_of(0, "call_a", "f") << arguments_of(0, ":1}") << arguments_of(1, "}")
    << finish_of(chat::finish::tool_calls) << the_end;
  const json::array output = w.output();
  REQUIRE(output.size() == 3);
  CHECK(output[0].at("type").as_string() == "message");
  CHECK(output[1].at("call_id").as_string() == "call_a");
  CHECK(output[1].at("arguments").as_string() == "{\"a\":1}");
  CHECK(output[2].at("call_id").as_string() == "call_b");
  CHECK(output[2].at("arguments").as_string() == "{}");
  CHECK(output[1].at("id") != output[1].at("call_id"));
}

TEST_CASE("a call without arguments has an empty object in a Responses stream [trap15]") {
  written w;
  w << start_of("x") << call_of(0, "c", "f") << finish_of(chat::finish::tool_calls) << the_end;
  CHECK(w.output().at(0).at("arguments").as_string() == "{}");
}

TEST_CASE("a custom tool's call has its own events") {
  written w;
  w << start_of("x") << call_of(0, "c", "sh", chat::call_form::custom) << arguments_of(0, "ls -l")
    << finish_of(chat::finish::tool_calls) << the_end;
  const auto check = w.checked();
  CHECK(std::count(check.types.begin(), check.types.end(), "response.custom_tool_call_input.delta") == 1);
  CHECK(check.response.at("output").at(0).at("input").as_string() == "ls -l");
}

TEST_CASE("thoughts are a reasoning item, sealed with their issuer's name") {
  written w(R"({"model":"auto","input":"hi"})", "anthropic-messages");
  w << start_of("x") << event_of(event_kind::thinking, "hm") << event_of(event_kind::thinking, "m")
    << signature_of("SIG==", "anthropic-messages") << event_of(event_kind::text, "hi")
    << finish_of(chat::finish::stop) << the_end;
  const json::array output = w.output();
  REQUIRE(output.size() == 2);
  CHECK(output[0].at("summary").at(0).at("text").as_string() == "hmm");
  CHECK(output[0].at("encrypted_content").as_string() == "nf1.anthropic-messages.SIG==");
  CHECK(output[1].at("type").as_string() == "message");
}

TEST_CASE("the dialect's own signatures stand as they came") {
  written w(R"({"model":"auto","input":"hi"})", "openai-responses");
  w << start_of("x") << signature_of("gAAA", "openai-responses", true) << call_of(0, "c", "f")
    << finish_of(chat::finish::tool_calls) << the_end;
  CHECK(w.output().at(0).at("encrypted_content").as_string() == "gAAA");
  CHECK(w.output().at(0).at("summary").as_array().empty());
}

TEST_CASE("signatures of calls, texts and redacted thoughts are items that say so") {
  written w(R"({"model":"auto","input":"hi"})", "gemini");
  w << start_of("x") << signature_of("RED", "gemini", true) << event_of(event_kind::text, "a")
    << signature_of("TXT", "gemini") << call_of(0, "call_1", "f") << arguments_of(0, "{}")
    << signature_of("CALL", "gemini") << finish_of(chat::finish::tool_calls) << the_end;
  const json::array output = w.output();
  REQUIRE(output.size() == 5);
  CHECK(output[0].at("encrypted_content").as_string() == "nf1.gemini.!RED");
  CHECK(output[2].at("encrypted_content").as_string() == "nf1.gemini.=TXT");
  CHECK(output[3].at("type").as_string() == "function_call");
  CHECK(output[4].at("encrypted_content").as_string() == "nf1.gemini.@call_1@CALL");
}

TEST_CASE("a refusal behind a text is a part of the same message") {
  written w;
  w << start_of("x") << event_of(event_kind::text, "well") << event_of(event_kind::refusal, "no")
    << finish_of(chat::finish::stop) << the_end;
  const json::array output = w.output();
  REQUIRE(output.size() == 1);
  CHECK(output[0].at("content").at(1).at("refusal").as_string() == "no");
}

TEST_CASE("an answer that ran into its limit is incomplete") {
  written w;
  w << start_of("x") << event_of(event_kind::text, "cut") << finish_of(chat::finish::length) << the_end;
  const auto check = w.checked();
  CHECK(check.last == "response.incomplete");
  CHECK(check.response.at("incomplete_details").at("reason").as_string() == "max_output_tokens");
  CHECK(check.response.at("output").at(0).at("status").as_string() == "incomplete");
  written filtered;
  filtered << start_of("x") << event_of(event_kind::text, "cut") << finish_of(chat::finish::content_filter)
           << the_end;
  CHECK(filtered.checked().response.at("incomplete_details").at("reason").as_string() == "content_filter");
}

TEST_CASE("citations and probabilities stand in the part that they belong to") {
  written w;
  w << start_of("x") << event_of(event_kind::text, "see")
    << event_of(event_kind::logprobs, R"({"content":[{"token":"see","logprob":-1}]})")
    << event_of(event_kind::annotation,
                R"({"type":"url_citation","url_citation":{"url":"https://x","start_index":0,"end_index":3}})")
    << finish_of(chat::finish::stop) << the_end;
  const json::value part = w.output().at(0).at("content").at(0);
  CHECK(part.at("annotations").at(0).at("url").as_string() == "https://x");
  CHECK(part.at("annotations").at(0).at("type").as_string() == "url_citation");
  CHECK(part.at("logprobs").at(0).at("token").as_string() == "see");
}

TEST_CASE("an image and a sound have items of their own") {
  written w;
  chat::media_source image{"image/png", "AAAA", {}, {}, {}, {}};
  chat::media_source sound{"audio/wav", "BBBB", {}, {}, {}, {}};
  answer_event shown = event_of(event_kind::media);
  shown.media = &image;
  answer_event heard = event_of(event_kind::media);
  heard.media = &sound;
  w << start_of("x") << event_of(event_kind::text, "look") << shown << heard
    << event_of(event_kind::text, "so") << finish_of(chat::finish::stop) << the_end;
  const json::array output = w.output();
  REQUIRE(output.size() == 4);
  CHECK(output[1].at("result").as_string() == "AAAA");
  CHECK(output[2].at("content").at(0).at("data").as_string() == "BBBB");
}

TEST_CASE("a stream that breaks is failed, and nothing follows") {
  written w;
  client_error why;
  why.kind = nearfar::routes::error_kind::too_long;
  why.message = "too \"long\"";
  w << start_of("x") << event_of(event_kind::text, "half");
  w.writer->fail(why, w.text);
  const std::size_t size = w.text.size();
  w << event_of(event_kind::text, "more") << the_end;
  w.writer->fail(why, w.text);
  CHECK(w.text.size() == size);
  const auto check = w.checked();
  CHECK(check.last == "response.failed");
  CHECK(check.response.at("error").at("code").as_string() == "context_length_exceeded");
  CHECK(check.response.at("error").at("message").as_string() == "too \"long\"");
}

TEST_CASE("a stream that never began ends in an error event") {
  written w;
  client_error why;
  why.code = "no_target";
  why.message = "nobody";
  w.writer->keep_alive(w.text);
  w.writer->fail(why, w.text);
  const auto check = w.checked();
  CHECK(check.comments == 1);
  CHECK(check.types == std::vector<std::string>{"error"});
  CHECK(w.text.find("\"code\":\"no_target\",\"message\":\"nobody\",\"param\":null") != std::string::npos);
}

TEST_CASE("a stream whose beginning was passed on goes on under its names [P7]") {
  written w(R"({"model":"auto","input":"hi"})", "openai-responses");
  begun_answer from;
  from.id = "resp_up";
  from.model = "upstream";
  from.created = 5;
  from.said = "Hel";
  from.block = 1;
  from.item_id = "msg_up";
  from.sequence = 8;
  chat::part thought;
  thought.kind = chat::part_kind::thinking;
  thought.text = "hm";
  thought.item_id = "rs_up";
  thought.signature = "gAAA";
  from.before.push_back(thought);
  w.writer->adopt(from);
  w << start_of("resp_other") << event_of(event_kind::text, "lo") << finish_of(chat::finish::stop) << the_end;
  event_check check(8);
  check.adopt_done(0);
  check.adopt_message(1, "Hel");
  check.read(w.text);
  CHECK(check.types.front() == "response.output_text.delta");
  CHECK(check.response.at("id").as_string() == "resp_up");
  CHECK(check.response.at("created_at").as_int64() == 5);
  const auto& output = check.response.at("output").as_array();
  REQUIRE(output.size() == 2);
  CHECK(output[0].at("id").as_string() == "rs_up");
  CHECK(output[0].at("encrypted_content").as_string() == "gAAA");
  CHECK(output[1].at("id").as_string() == "msg_up");
  CHECK(output[1].at("content").at(0).at("text").as_string() == "Hello");
}

TEST_CASE("any order of events is a stream that follows the grammar") {
  std::mt19937 engine{7};
  const auto below = [&](unsigned n) { return std::uniform_int_distribution<unsigned>{0, n - 1}(engine); };
  for (int round = 0; round < 300; ++round) {
    written w(R"({"model":"auto","input":"hi"})", below(2) ? "gemini" : "");
    const chat::media_source image{"image/png", "AAAA", {}, {}, {}, {}};
    answer_event shown = event_of(event_kind::media);
    shown.media = &image;
    w << start_of("x");
    for (unsigned i = below(30); i > 0; --i) {
      switch (below(9)) {
        case 0:
          w << event_of(event_kind::text, "t\xc3\xa9");
          break;
        case 1:
          w << event_of(event_kind::thinking, "h");
          break;
        case 2:
          w << signature_of("S", "gemini", below(3) == 0);
          break;
        case 3:
          w << call_of(below(4), "call", "f", below(2) ? chat::call_form::custom : chat::call_form::function);
          break;
        case 4:
          w << arguments_of(below(4), "1");
          break;
        case 5:
          w << event_of(event_kind::refusal, "no");
          break;
        case 6:
          w << event_of(event_kind::annotation, R"({"type":"url_citation","url_citation":{"url":"u"}})");
          break;
        case 7:
          w << shown;
          break;
        default:
          w << event_of(event_kind::ping);
      }
    }
    w << finish_of(below(2) ? chat::finish::stop : chat::finish::length) << the_end;
    w.checked();
  }
}
