#include "providers/dialects/gemini/stream_writer.hpp"
#include "providers/dialects/answer_collector.hpp"
#include "providers/dialects/gemini/answer_reader.hpp"
#include "providers/dialects/gemini/answer_writer.hpp"
#include "providers/dialects/gemini/codec.hpp"
#include "providers/dialects/gemini/error_writer.hpp"
#include "providers/dialects/gemini/stream_reader.hpp"
#include "tests/unit/providers/dialects/padded.hpp"

#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>

using namespace nearfar;
using namespace nearfar::providers;
using chat::answer_event;
using chat::event_kind;
namespace json = boost::json;

namespace {

answer_event text(std::string_view t) {
  answer_event e{.kind = event_kind::text};
  e.text = t;
  return e;
}

answer_event thinking(std::string_view t) {
  answer_event e{.kind = event_kind::thinking};
  e.text = t;
  return e;
}

answer_event signature(std::string_view issuer, std::string_view t) {
  answer_event e{.kind = event_kind::signature};
  e.issuer = issuer;
  e.text = t;
  return e;
}

answer_event call(std::uint32_t index, std::string_view id, std::string_view name) {
  answer_event e{.kind = event_kind::tool_call};
  e.index = index;
  e.id = id;
  e.name = name;
  return e;
}

answer_event arguments(std::uint32_t index, std::string_view t) {
  answer_event e{.kind = event_kind::tool_arguments};
  e.index = index;
  e.text = t;
  return e;
}

answer_event finish(chat::finish why) {
  answer_event e{.kind = event_kind::finish};
  e.why = why;
  return e;
}

answer_terms terms() {
  answer_terms out;
  out.model = "m";
  out.id = "nf-1";
  return out;
}

// The chunks of a stream of events.
std::vector<json::value> chunks(std::string_view stream) {
  std::vector<json::value> out;
  sse_reader reader;
  reader.push(stream);
  sse_event event;
  while (*reader.next(event)) {
    if (!event.comment_only) out.push_back(json::parse({event.data.data(), event.data.size()}));
  }
  CHECK(reader.pending() == 0);
  return out;
}

const json::value& part(const json::value& chunk, int i = 0) {
  return chunk.at("candidates").at(0).at("content").at("parts").at(static_cast<std::size_t>(i));
}

const answer_event end{.kind = event_kind::end};

}  // namespace

TEST_CASE("text goes out at once, the reason and the usage at the end") {
  gemini::stream_writer writer(terms(), gemini::stream_form::events);
  std::string to;
  answer_event start{.kind = event_kind::start};
  start.id = "r9";
  start.name = "other";
  writer.write(start, to);
  CHECK(to.empty());
  writer.write(text("a\"b"), to);
  REQUIRE(chunks(to).size() == 1);
  CHECK(part(chunks(to)[0]) == json::parse(R"({"text":"a\"b"})"));
  CHECK(chunks(to)[0].at("responseId") == "r9");
  CHECK(chunks(to)[0].at("modelVersion") == "m");
  writer.write(finish(chat::finish::length), to);
  usage tokens;
  tokens.input = 10;
  tokens.output = 9;
  tokens.cached = 3;
  tokens.reasoning = 4;
  answer_event counted{.kind = event_kind::usage};
  counted.tokens = &tokens;
  writer.write(counted, to);
  CHECK(chunks(to).size() == 1);
  writer.write(end, to);
  REQUIRE(chunks(to).size() == 2);
  const auto last = chunks(to)[1];
  CHECK(last.at("candidates").at(0).at("finishReason") == "MAX_TOKENS");
  CHECK(last.at("usageMetadata") ==
        json::parse(R"({"promptTokenCount":10,"candidatesTokenCount":5,"totalTokenCount":19,
                        "cachedContentTokenCount":3,"thoughtsTokenCount":4})"));
  const auto size = to.size();
  writer.write(text("late"), to);
  CHECK(to.size() == size);
}

TEST_CASE("a call goes out whole, and in order") {
  gemini::stream_writer writer(terms(), gemini::stream_form::events);
  std::string to;
  writer.write(call(0, "a", "f"), to);
  writer.write(arguments(0, "{\"x\":"), to);
  writer.write(call(1, "b", "g"), to);
  CHECK(to.empty());
  writer.write(arguments(1, "{}"), to);
  writer.write(arguments(0, "1}"), to);
  writer.write(call(2, "c", "h"), to);
  REQUIRE(chunks(to).size() == 2);
  CHECK(part(chunks(to)[0]).at("functionCall") == json::parse(R"({"id":"a","name":"f","args":{"x":1}})"));
  writer.write(arguments(2, "{\"cut"), to);
  writer.write(finish(chat::finish::tool_calls), to);
  writer.write(end, to);
  const auto all = chunks(to);
  REQUIRE(all.size() == 4);
  CHECK(part(all[2]).at("functionCall").at("args") == json::parse(R"({"arguments":"{\"cut"})"));
  CHECK(all[3].at("candidates").at(0).at("finishReason") == "STOP");
}

TEST_CASE("a call that came without arguments has empty args [trap15]") {
  gemini::stream_writer writer(terms(), gemini::stream_form::events);
  std::string to;
  writer.write(call(0, "", "f"), to);
  writer.write(end, to);
  CHECK(part(chunks(to).at(0)).at("functionCall") == json::parse(R"({"name":"f","args":{}})"));
}

TEST_CASE("signatures stand where they belong, foreign ones with their issuer") {
  gemini::stream_writer writer(terms(), gemini::stream_form::events);
  std::string to;
  writer.write(thinking("hm"), to);
  writer.write(signature("anthropic-messages", "abc"), to);
  writer.write(call(0, "a", "f"), to);
  writer.write(arguments(0, "{}"), to);
  writer.write(signature("gemini", "own"), to);
  writer.write(end, to);
  const auto all = chunks(to);
  REQUIRE(all.size() == 4);
  CHECK(part(all[0]) == json::parse(R"({"text":"hm","thought":true})"));
  CHECK(part(all[1]).at("thought") == true);
  CHECK(part(all[2]).at("thoughtSignature") == "own");

  // What a client sends back is the same signature of the same issuer.
  json::array parts;
  for (int i = 0; i < 3; ++i) parts.push_back(part(all[static_cast<std::size_t>(i)]));
  const auto body = json::serialize(
      json::object{{"contents", json::array{json::object{{"role", "model"}, {"parts", parts}}}}});
  const auto asked = gemini::the_codec()->parse_request(body);
  REQUIRE(asked.has_value());
  const auto& back = asked->messages.at(0).parts;
  REQUIRE(back.size() == 2);
  CHECK(back[0].kind == chat::part_kind::thinking);
  CHECK(back[0].text == "hm");
  CHECK(back[0].signature == "abc");
  CHECK(back[0].issuer == "anthropic-messages");
  CHECK(back[1].signature == "own");
  CHECK(back[1].issuer == "gemini");
}

TEST_CASE("without alt=sse the stream is one array of the same chunks") {
  const auto writer = gemini::make_array_stream_writer(terms());
  std::string to;
  writer->keep_alive(to);
  writer->write(text("a"), to);
  writer->keep_alive(to);
  writer->write(text("b"), to);
  writer->write(finish(chat::finish::stop), to);
  writer->write(end, to);
  const auto all = json::parse(to).as_array();
  REQUIRE(all.size() == 3);
  CHECK(part(all[1]) == json::parse(R"({"text":"b"})"));
  CHECK(all[2].at("candidates").at(0).at("finishReason") == "STOP");
}

TEST_CASE("a broken stream ends with an error object in either form") {
  const client_error why{.status = 502,
                         .kind = routes::error_kind::broken,
                         .code = "upstream_broken",
                         .message = "it broke",
                         .param = "",
                         .id = "x"};
  for (const auto form : {gemini::stream_form::events, gemini::stream_form::array}) {
    gemini::stream_writer writer(terms(), form);
    std::string to;
    writer.write(text("a"), to);
    writer.fail(why, to);
    const auto last = form == gemini::stream_form::events ? chunks(to).back() : json::parse(to).at(1);
    CHECK(last.at("error").at("code") == 502);
    CHECK(last.at("error").at("status") == "UNAVAILABLE");
    const auto size = to.size();
    writer.keep_alive(to);
    writer.write(end, to);
    CHECK(to.size() == size);
  }
}

TEST_CASE("a stream goes on under the name that was begun") {
  gemini::stream_writer writer(terms(), gemini::stream_form::events);
  begun_answer begun;
  begun.id = "first";
  begun.model = "gemini-x";
  writer.adopt(begun);
  std::string to;
  answer_event start{.kind = event_kind::start};
  start.id = "second";
  writer.write(start, to);
  writer.write(text("b"), to);
  CHECK(chunks(to).at(0).at("responseId") == "first");
  CHECK(chunks(to).at(0).at("modelVersion") == "gemini-x");
}

TEST_CASE("what the writer says the reader reads") {
  gemini::stream_writer writer(terms(), gemini::stream_form::events);
  std::string to;
  writer.write(thinking("t"), to);
  writer.write(text("a\xc3\xa9\n\x01"), to);
  answer_event note{.kind = event_kind::annotation};
  note.text = R"({"type":"url_citation","url_citation":{"url":"https://u","title":"t"}})";
  writer.write(note, to);
  answer_event odds{.kind = event_kind::logprobs};
  odds.text = R"({"content":[{"token":"a","logprob":-1,"top_logprobs":[]}]})";
  writer.write(odds, to);
  chat::media_source media{
      .mime = "image/png", .data = "AAAA", .url = "", .file_id = "", .name = "", .detail = ""};
  answer_event image{.kind = event_kind::media};
  image.media = &media;
  writer.write(image, to);
  writer.write(call(0, "id1", "f"), to);
  writer.write(arguments(0, R"({"k":[1,2]})"), to);
  writer.write(finish(chat::finish::tool_calls), to);
  writer.write(end, to);

  gemini::stream_reader reader;
  answer_collector whole;
  std::vector<answer_event> events;
  sse_reader frames;
  frames.push(to);
  sse_event event;
  while (*frames.next(event)) {
    events.clear();
    REQUIRE(reader.read(event, events));
    for (const auto& each : events) whole.take(each);
  }
  events.clear();
  reader.close(events);
  for (const auto& each : events) whole.take(each);
  REQUIRE(whole.ended());
  const auto answer = std::move(whole).answer();
  REQUIRE(answer.choices.size() == 1);
  const auto& one = answer.choices[0];
  REQUIRE(one.parts.size() == 4);
  CHECK(one.parts[0].text == "t");
  CHECK(one.parts[1].text == "a\xc3\xa9\n\x01");
  CHECK(one.parts[2].media.data == "AAAA");
  CHECK(one.parts[3].id == "id1");
  CHECK(one.parts[3].text == R"({"k":[1,2]})");
  CHECK(one.why == chat::finish::tool_calls);
  CHECK(one.annotations.as_array().size() == 1);
  CHECK(one.logprobs.at("content").as_array().size() == 1);

  // The same of a whole answer.
  const padded body(gemini::write_answer(answer, terms()));
  const auto again = gemini::read_answer(body);
  REQUIRE(again.has_value());
  CHECK(again->choices[0].parts.size() == 4);
  CHECK(again->choices[0].parts[3].text == R"({"k":[1,2]})");
  CHECK(again->choices[0].why == chat::finish::tool_calls);
  CHECK(again->choices[0].annotations == one.annotations);
}

TEST_CASE("errors have Google's words") {
  client_error why{.status = 400,
                   .kind = routes::error_kind::too_long,
                   .code = "context_length_exceeded",
                   .message = "The prompt is too long.",
                   .param = "contents",
                   .id = "x"};
  const auto body = json::parse(gemini::error_body(why));
  CHECK(body.at("error").at("status") == "INVALID_ARGUMENT");
  const std::string message(body.at("error").at("message").as_string().c_str());
  CHECK(message.find("exceeds the maximum number of tokens allowed") != std::string::npos);
  CHECK(message.find("The prompt is too long.") != std::string::npos);
  CHECK(body.at("error").at("details").at(0).at("reason") == "context_length_exceeded");
  const auto word = [&](int status) {
    why.status = status;
    why.kind = routes::error_kind::internal;
    return std::string(json::parse(gemini::error_body(why)).at("error").at("status").as_string().c_str());
  };
  CHECK(word(401) == "UNAUTHENTICATED");
  CHECK(word(403) == "PERMISSION_DENIED");
  CHECK(word(404) == "NOT_FOUND");
  CHECK(word(429) == "RESOURCE_EXHAUSTED");
  CHECK(word(499) == "CANCELLED");
  CHECK(word(500) == "INTERNAL");
  CHECK(word(503) == "UNAVAILABLE");
  CHECK(word(504) == "DEADLINE_EXCEEDED");
  CHECK(gemini::token_count_body(12) == R"({"totalTokens":12})");
}
