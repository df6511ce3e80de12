#include "providers/dialects/openai_chat/stream_reader.hpp"

#include "providers/dialects/openai_chat/think_tags.hpp"

#include <catch2/catch_test_macros.hpp>

#include <initializer_list>
#include <string>

using namespace nearfar;
using namespace nearfar::providers;
using chat::event_kind;

namespace {

// What a stream says, in words, with text of the same kind joined.
class watching {
 public:
  explicit watching(const config::quirks* of = nullptr) : reader_(of) {}

  bool data(std::string_view text, std::string_view name = {}) {
    std::vector<chat::answer_event> events;
    const std::string exact(text);
    const bool fine = reader_.read({.raw = exact, .name = name, .data = exact}, events);
    for (const auto& each : events) note(each);
    return fine;
  }
  void delta(std::string_view text, std::string_view rest = {}) {
    CHECK(data(R"({"id":"c1","model":"m","created":7,"choices":[{"index":0,"delta":)" + std::string(text) +
               std::string(rest) + "}]}"));
  }
  void close() {
    std::vector<chat::answer_event> events;
    reader_.close(events);
    for (const auto& each : events) note(each);
  }
  const std::string& said() const { return said_; }
  usage tokens;
  routes::error failure;

 private:
  void note(const chat::answer_event& e) {
    std::string now;
    switch (e.kind) {
      case event_kind::start:
        now =
            "start(" + std::string(e.id) + "," + std::string(e.name) + "," + std::to_string(e.created) + ")";
        break;
      case event_kind::text:
        now = "text:" + std::string(e.text);
        break;
      case event_kind::refusal:
        now = "refusal:" + std::string(e.text);
        break;
      case event_kind::thinking:
        now = "think:" + std::string(e.text);
        break;
      case event_kind::signature:
        now = "sign(" + std::string(e.issuer) + (e.redacted ? ",redacted" : "") + "):" + std::string(e.text);
        break;
      case event_kind::tool_call:
        now = "call" + std::to_string(e.index) + "(" + std::string(e.id) + "," + std::string(e.name) +
              (e.form == chat::call_form::custom ? ",custom" : "") + ")";
        break;
      case event_kind::tool_arguments:
        now = "args" + std::to_string(e.index) + ":" + std::string(e.text);
        break;
      case event_kind::media:
        now = "media(" + e.media->mime + "," + e.media->data + e.media->url + ")";
        break;
      case event_kind::annotation:
        now = "note:" + std::string(e.text);
        break;
      case event_kind::logprobs:
        now = "probs:" + std::string(e.text);
        break;
      case event_kind::finish:
        now = "finish" + std::to_string(e.choice) + "(" + std::to_string(static_cast<int>(e.why)) + "," +
              std::string(e.native) + ")";
        break;
      case event_kind::usage:
        tokens = *e.tokens;
        now = "usage";
        break;
      case event_kind::error:
        failure = *e.failure;
        now = "error";
        break;
      case event_kind::ping:
        now = "ping";
        break;
      case event_kind::end:
        now = "end";
        break;
    }
    if (!said_.empty()) said_ += ' ';
    said_ += now;
  }

  openai_chat::stream_reader reader_;
  std::string said_;
};

constexpr std::string_view begun = "start(c1,m,7) ";

std::string after_start(const watching& by) {
  REQUIRE(by.said().starts_with(begun));
  return by.said().substr(begun.size());
}

std::string tagged(std::initializer_list<std::string_view> pieces) {
  openai_chat::think_tags tags;
  std::string text;
  std::string thoughts;
  const auto emit = [&](openai_chat::think_tags::kind kind, std::string_view piece) {
    CHECK_FALSE(piece.empty());
    (kind == openai_chat::think_tags::kind::text ? text : thoughts).append(piece);
  };
  for (const auto each : pieces) tags.push(each, emit);
  tags.finish(emit);
  return thoughts + "|" + text;
}

}  // namespace

TEST_CASE("a plain stream is told as events", "[openai-chat][trap22][trap34]") {
  watching by;
  by.delta(R"({"role":"assistant","content":"","refusal":null})", R"(,"finish_reason":null)");
  by.delta(R"({"content":"Hel\"lo\n"})");
  by.delta(R"({"refusal":"no"})");
  by.delta(R"({"annotations":[{"type":"url_citation","url_citation":{"url":"u"}}, {"a":1}]})");
  by.delta(R"({"content":"x"})", R"(,"logprobs":{"content":[{"token":"x"}] })");
  by.delta("null");
  by.delta("{}", R"(,"finish_reason":"stop")");
  CHECK(by.data(R"({"id":"c1","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}})"));
  CHECK(by.data(R"({"id":"c1","object":"chat.completion.chunk"})"));
  CHECK(by.data("[DONE]"));
  CHECK(by.data("after it"));
  CHECK(after_start(by) ==
        "text:Hel\"lo\n refusal:no note:{\"type\":\"url_citation\",\"url_citation\":{\"url\":\"u\"}} "
        "note:{\"a\":1} "
        "text:x probs:{\"content\":[{\"token\":\"x\"}] } finish0(1,stop) usage end");
  CHECK(by.tokens.input == 3);
}

TEST_CASE("tool calls without indexes, or all with 0, are told apart",
          "[openai-chat][trap11][trap12][trap13]") {
  watching no_index;
  no_index.delta(
      R"({"tool_calls":[{"id":"a","function":{"name":"f","arguments":"{\"x\":1}"}},{"id":"b","function":{"name":"f","arguments":{"y": 2}}}]})");
  no_index.delta("{}", R"(,"finish_reason":"stop")");
  CHECK(after_start(no_index) == "call0(a,f) args0:{\"x\":1} call1(b,f) args1:{\"y\": 2} finish0(3,stop)");

  watching zeros;
  zeros.delta(R"({"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}]})");
  zeros.delta(R"({"tool_calls":[{"index":0,"id":"b","function":{"name":"g","arguments":"{}"}}]})");
  CHECK(after_start(zeros) == "call0(a,f) args0:{} call1(b,g) args1:{}");

  watching nothing;
  nothing.delta(R"({"tool_calls":[{"function":{"name":"f","arguments":"{\"a\":\"}\"}"}}]})");
  nothing.delta(R"({"tool_calls":[{"function":{"name":"f","arguments":"{}"}}]})");
  const std::string said = after_start(nothing);
  CHECK(said.find("call0(call_") != std::string::npos);
  CHECK(said.find("call1(call_") != std::string::npos);
}

TEST_CASE("pieces of calls go to their calls", "[openai-chat][trap14][trap15]") {
  watching by;
  by.delta(
      R"({"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""}}]})");
  by.delta(R"({"tool_calls":[{"index":1,"id":"b","type":"custom","custom":{"name":"g","input":"fr"}}]})");
  by.delta(R"({"tool_calls":[{"index":0,"function":{"name":"f","arguments":"{\"q\":"}}]})");
  by.delta(
      R"({"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"1}"}},{"index":1,"custom":{"input":"ee"}}]})");
  by.delta(R"({"tool_calls":[{"index":2,"id":"c","function":{"name":"h","arguments":null}}]})");
  by.delta(R"({"tool_calls":[{"index":3,"id":"d","function":{"arguments":"{\"l"}}]})");
  by.delta(R"({"tool_calls":[{"index":3,"function":{"name":"late","arguments":"\":1}"}}]})");
  by.delta("{}", R"(,"finish_reason":"tool_calls")");
  CHECK(after_start(by) ==
        "call0(a,f) call1(b,g,custom) args1:fr args0:{\"q\": args0:1} args1:ee call2(c,h) call3(d,late) "
        "args3:{\"l args3:\":1} args2:{} finish0(3,tool_calls)");
  watching old;
  old.delta(R"({"function_call":{"name":"f","arguments":"{"}})");
  old.delta(R"({"function_call":{"arguments":"}"}})", R"(,"finish_reason":"function_call")");
  CHECK(old.said().find("f) args0:{ args0:} finish0(3,function_call)") != std::string::npos);
}

TEST_CASE("reasoning is read wherever it stands, and once", "[openai-chat][trap7]") {
  watching by;
  by.delta(R"({"content":null,"reasoning_content":"a"})");
  by.delta(R"({"reasoning":"b","reasoning_details":[{"type":"reasoning.text","text":"b","index":0}]})");
  by.delta(
      R"({"reasoning_details":[{"type":"reasoning.text","text":"c"},{"type":"reasoning.text","signature":"s"},{"type":"reasoning.encrypted","data":"nf1.gemini.e"}]})");
  by.delta(
      R"({"content":[{"type":"thinking","thinking":[{"type":"text","text":"d"}]},{"type":"text","text":"e"}]})");
  by.delta(R"({"content":"f","reasoning_content":"g"})");
  CHECK(after_start(by) ==
        "think:a think:b think:c sign(openai-chat):s sign(gemini,redacted):e think:d text:e think:g text:f");
}

TEST_CASE("Gemini's signatures are told with their calls", "[openai-chat][trap11]") {
  watching by;
  by.delta(
      R"({"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"},"extra_content":{"google":{"thought_signature":"s"}}}]})");
  by.delta(R"({"extra_content":{"google":{"thought_signature":"t"}}})");
  // Of a call too, as the call itself says.
  by.delta(R"({"reasoning_details":[{"type":"reasoning.encrypted","data":"nf1.gemini.s","id":"a"}]})");
  CHECK(after_start(by) == "call0(a,f) args0:{} sign(gemini):s sign(gemini):t");
}

TEST_CASE("usage is found wherever it stands, and the last one counts",
          "[openai-chat][trap23][trap24][trap25]") {
  watching by;
  CHECK(by.data(
      R"({"id":"c1","choices":[{"index":0,"delta":{"content":"a"}}],"usage":{"prompt_tokens":3,"completion_tokens":1}})"));
  CHECK(by.tokens.output == 1);
  CHECK(by.data(
      R"({"id":"c1","choices":[],"x_groq":{"usage":{"prompt_tokens":3,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":2}}}})"));
  CHECK(by.tokens.output == 5);
  CHECK(by.tokens.cached == 2);
  CHECK(by.data(
      R"({"id":"c1","choices":[{"index":0,"delta":{},"finish_reason":"stop","usage":{"prompt_tokens":3,"completion_tokens":6,"cached_tokens":1}}]})"));
  CHECK(by.tokens.output == 6);
  CHECK(by.tokens.cached == 1);
  CHECK(by.data(
      R"({"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":15,"completion_tokens_details":{"reasoning_tokens":10}}})"));
  CHECK(by.tokens.output == 12);

  config::quirks xai;
  xai.reasoning_beside = true;
  watching beside{&xai};
  CHECK(beside.data(
      R"({"id":"c1","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"completion_tokens_details":{"reasoning_tokens":10}}})"));
  CHECK(beside.tokens.output == 12);
}

TEST_CASE("errors inside a stream end it", "[openai-chat][trap28]") {
  for (const std::string_view each :
       {R"({"error":{"message":"x","code":"rate_limit_exceeded"}})", R"({"object":"error","message":"x"})",
        R"([{"error":{"code":429,"message":"x"}}])",
        R"({"base_resp":{"status_code":1002,"status_msg":"rate"}})"}) {
    INFO(each);
    watching by;
    by.delta(R"({"content":"a"})");
    CHECK(by.data(each));
    CHECK(by.said().ends_with("text:a error"));
    CHECK(by.failure.kind != routes::error_kind::none);
    by.close();
    CHECK(by.said().ends_with("error"));
  }
  watching fine;
  CHECK(fine.data(
      R"({"id":"c1","choices":[{"index":0,"delta":{"content":"a"}}],"base_resp":{"status_code":0}})"));
  CHECK(fine.said().ends_with("text:a"));
}

TEST_CASE("what is no chunk is refused, and nothing of it is told", "[openai-chat]") {
  for (const std::string_view each : {"{", "[]", "x", R"({"choices":[{"delta":{"content":"a"}},5]})",
                                      R"({"choices":[{"delta":{"content":"a"}}]} x)", R"({"choices":5})"}) {
    INFO(each);
    watching by;
    CHECK_FALSE(by.data(each));
    CHECK(by.said().empty());
  }
}

TEST_CASE("a stream ends without its mark if every choice has ended", "[openai-chat][trap33]") {
  watching by;
  by.delta(R"({"content":"a"})");
  by.close();
  CHECK(by.said().ends_with("text:a"));
  by.delta("{}", R"(,"finish_reason":"length")");
  by.close();
  CHECK(by.said().ends_with("finish0(2,length) end"));
  watching nothing;
  nothing.close();
  CHECK(nothing.said().empty());
}

TEST_CASE("padding, empty heads and repeated messages are nothing", "[openai-chat][trap35]") {
  watching by;
  CHECK(by.data(R"({"id":"","model":"","choices":[],"prompt_filter_results":[]})"));
  CHECK(by.said().empty());
  by.delta(R"({"content":"a"})", R"(,"obfuscation":"xyz")");
  CHECK(by.data(
      R"({"id":"c1","choices":[{"index":0,"message":{"role":"assistant","content":"a"},"finish_reason":"stop"}]})"));
  CHECK(after_start(by) == "text:a finish0(1,stop)");
  CHECK(by.data(R"({"id":"c1","choices":[{"index":0,"delta":{"content":"late"}}]})"));
  CHECK(after_start(by) == "text:a finish0(1,stop)");
}

TEST_CASE("half a surrogate pair is a replacement character", "[openai-chat][trap36]") {
  watching by;
  by.delta(R"({"content":"a\ud83d\n"})");
  by.delta(R"({"content":"\ud83d\ude00"})");
  CHECK(after_start(by) == "text:a\xEF\xBF\xBD\n text:\xF0\x9F\x98\x80");
}

TEST_CASE("images and sound come whole", "[openai-chat]") {
  watching by;
  by.delta(R"({"images":[{"type":"image_url","image_url":{"url":"data:image/png;base64,aGk="}}]})");
  by.delta(R"({"audio":{"id":"x","transcript":"hi"}})");
  by.delta(R"({"audio":{"data":"aGk="}})");
  by.delta(R"({"audio":{"data":"aGk="}})", R"(,"finish_reason":"stop")");
  CHECK(after_start(by) == "media(image/png,aGk=) text:hi media(audio/pcm16,aGk=aGk=) finish0(1,stop)");
}

TEST_CASE("choices are told apart", "[openai-chat]") {
  watching by;
  CHECK(by.data(
      R"({"id":"c1","choices":[{"index":1,"delta":{"content":"b"},"finish_reason":"stop"},{"delta":{"content":"a"},"index":0}]})"));
  by.close();
  CHECK(by.said().find("end") == std::string::npos);
  by.delta("{}", R"(,"finish_reason":"stop")");
  by.close();
  CHECK(by.said().ends_with("finish0(1,stop) end"));
}

TEST_CASE("thoughts between tags are found over any boundary", "[openai-chat][trap37]") {
  const std::string whole = "\n<think>\na < b </thin> c</think>\n\nHi <think>no</think>";
  const std::string wanted = "a < b </thin> c|Hi <think>no</think>";
  for (std::size_t i = 0; i <= whole.size(); ++i) {
    for (std::size_t k = i; k <= whole.size(); ++k) {
      INFO(i << " " << k);
      const std::string_view text = whole;
      const std::string got = tagged({text.substr(0, i), text.substr(i, k - i), text.substr(k)});
      // Blank space that came before it was known to be before a tag has gone out.
      CHECK((got == wanted || got == "a < b </thin> c|\nHi <think>no</think>"));
    }
  }
  CHECK(tagged({"<thought>x</thought>y"}) == "x|y");
  CHECK(tagged({"<th", "x"}) == "|<thx");
  CHECK(tagged({"no tag"}) == "|no tag");
  CHECK(tagged({"<think>never ends</thi"}) == "never ends</thi|");
  CHECK(tagged({"<thin"}) == "|<thin");
  CHECK(tagged({" x"}) == "| x");

  config::quirks minimax;
  minimax.reasoning = config::reasoning_field::think_tags;
  watching by{&minimax};
  by.delta(R"({"content":"<thi"})");
  by.delta(R"({"content":"nk>a</th"})");
  by.delta(R"({"content":"ink>\nb"})", R"(,"finish_reason":"stop")");
  CHECK(after_start(by) == "think:a text:b finish0(1,stop)");
}
