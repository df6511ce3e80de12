#include "providers/dialects/custom_calls.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <catch2/catch_test_macros.hpp>

#include <string>
#include <utility>
#include <vector>

using namespace nearfar::providers;
using chat::answer_event;
using chat::call_form;
using chat::event_kind;
using chat::finish;
namespace json = boost::json;

namespace {

std::string text_of(const std::vector<std::string_view>& pieces) {
  free_text_reader reader;
  std::string out;
  for (const auto piece : pieces) reader.feed(piece, out);
  reader.finish(out);
  return out;
}

// The same, cut once at every place and cut everywhere.
std::string text_of_any_cut(std::string_view arguments) {
  const std::string whole = text_of({arguments});
  std::vector<std::string_view> bytes;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    CHECK(text_of({arguments.substr(0, i), arguments.substr(i)}) == whole);
    bytes.push_back(arguments.substr(i, 1));
  }
  CHECK(text_of(bytes) == whole);
  return whole;
}

struct heard {
  event_kind kind;
  std::uint32_t index;
  call_form form;
  std::string text;
  bool operator==(const heard&) const = default;
};

std::vector<heard> through(custom_calls& calls, const std::vector<answer_event>& events) {
  std::vector<heard> out;
  for (const auto& each : events) {
    for (const auto& one : calls.take(each))
      out.push_back({one.kind, one.index, one.form, std::string(one.text)});
  }
  return out;
}

answer_event begins(std::uint32_t index, std::string_view name) {
  return {.kind = event_kind::tool_call, .index = index, .id = "c", .name = name};
}

answer_event says(std::uint32_t index, std::string_view text) {
  return {.kind = event_kind::tool_arguments, .index = index, .text = text};
}

const std::vector<std::string> patch{"apply_patch"};

}  // namespace

TEST_CASE("the text of the one parameter is the same however its pieces are cut") {
  const std::string text = "*** Begin Patch\n\"a\"\\b/\t\r\b\f größer \xF0\x9F\x98\x80 \x01 end";
  CHECK(text_of_any_cut(R"({"input":)" + json::serialize(json::string(text)) + "}") == text);
  CHECK(text_of_any_cut(" {\n \"input\"\t:  \"a\\u00e4\\u20AC\\/\" } ") == "aä€/");
  CHECK(text_of_any_cut(R"({"input":""})").empty());
  CHECK(text_of_any_cut(R"({"input":"{\"input\":\"x\"}"})") == R"({"input":"x"})");
}

TEST_CASE("surrogates become one character, halves of them none") {
  CHECK(text_of_any_cut(R"({"input":"\ud83d\ude00!"})") == "\xF0\x9F\x98\x80!");
  CHECK(text_of_any_cut(R"({"input":"\ud83dx"})") == "\xEF\xBF\xBDx");
  CHECK(text_of_any_cut(R"({"input":"\ude00x"})") == "\xEF\xBF\xBDx");
  CHECK(text_of_any_cut(R"({"input":"\ud83d\ud83d\ude00"})") == "\xEF\xBF\xBD\xF0\x9F\x98\x80");
  CHECK(text_of_any_cut(R"({"input":"\ud83d\n"})") == "\xEF\xBF\xBD\n");
  CHECK(text_of_any_cut(R"({"input":"\ud83d"})") == "\xEF\xBF\xBD");
  CHECK(text_of_any_cut(R"({"input":"\ud83d)") == "\xEF\xBF\xBD");
}

TEST_CASE("what is no escape is taken as it was meant") {
  CHECK(text_of_any_cut(R"({"input":"\d+\."})") == R"(\d+\.)");
  CHECK(text_of_any_cut(R"({"input":"\u00zq"})") == "\xEF\xBF\xBDzq");
  CHECK(text_of_any_cut("{\"input\":\"a\nb\"}") == "a\nb");
  CHECK(text_of_any_cut(R"({"input":"cut \)") == "cut ");
}

TEST_CASE("arguments of another form come out as the text they are") {
  for (const std::string_view each :
       {R"({"patch":"x"})", R"({"input":{"a":1}})", R"({"input":3})", R"({})", R"("text")", "*** Begin Patch",
        R"({"inputs":"x"})", R"({"inp)", R"({"input":)", "", "[1]", R"({"input" "x"})"}) {
    INFO(each);
    CHECK(text_of_any_cut(each) == each);
  }
  const std::string blank(5000, ' ');
  CHECK(text_of_any_cut(blank.substr(0, 600)).size() == 600);
}

TEST_CASE("text is let out with the piece that brought it") {
  free_text_reader reader;
  std::string out;
  reader.feed(R"({"input":"ab)", out);
  CHECK(out == "ab");
  reader.feed(R"(c\)", out);
  CHECK(out == "abc");
  reader.feed("n", out);
  CHECK(out == "abc\n");
  reader.feed(R"(d","more":"x"})", out);
  CHECK(out == "abc\nd");
}

TEST_CASE("calls of the named functions come in the custom form, others as they are") {
  custom_calls calls;
  calls.expect(patch);
  const auto got = through(calls, {begins(0, "apply_patch"),
                                   says(0, R"({"inp)"),
                                   begins(1, "shell"),
                                   says(1, R"({"input":"ls"})"),
                                   begins(2, "apply_patch"),
                                   says(0, R"(ut":"A\n)"),
                                   says(2, R"({"input":"B"})"),
                                   says(0, R"(C"})"),
                                   {.kind = event_kind::finish, .why = finish::tool_calls}});
  const std::vector<heard> expected{{event_kind::tool_call, 0, call_form::custom, ""},
                                    {event_kind::tool_call, 1, call_form::function, ""},
                                    {event_kind::tool_arguments, 1, call_form::function, R"({"input":"ls"})"},
                                    {event_kind::tool_call, 2, call_form::custom, ""},
                                    {event_kind::tool_arguments, 0, call_form::custom, "A\n"},
                                    {event_kind::tool_arguments, 2, call_form::custom, "B"},
                                    {event_kind::tool_arguments, 0, call_form::custom, "C"},
                                    {event_kind::finish, 0, call_form::function, ""}};
  CHECK(got == expected);
}

TEST_CASE("what was held back goes out before the end of its choice, once") {
  custom_calls calls;
  calls.expect(patch);
  auto other = begins(0, "apply_patch");
  other.choice = 1;
  const auto got = through(calls, {begins(0, "apply_patch"),
                                   other,
                                   says(0, R"({"in)"),
                                   {.kind = event_kind::finish, .choice = 1},
                                   {.kind = event_kind::finish, .choice = 0},
                                   {.kind = event_kind::end}});
  REQUIRE(got.size() == 6);
  CHECK(got[2].kind == event_kind::finish);
  CHECK(got[3] == heard{event_kind::tool_arguments, 0, call_form::custom, R"({"in)"});
  CHECK(got[4].kind == event_kind::finish);
  CHECK(got[5].kind == event_kind::end);
}

TEST_CASE("a call that is of free text already stays as it is, and a new stream begins anew") {
  custom_calls calls;
  calls.expect(patch);
  auto own = begins(0, "apply_patch");
  own.form = call_form::custom;
  CHECK(through(calls, {own, says(0, R"({"input":"x"})")})[1].text == R"({"input":"x"})");
  through(calls, {begins(1, "apply_patch"), says(1, R"({"input":"a)")});
  calls.expect(patch);
  CHECK(through(calls, {begins(1, "apply_patch"), says(1, R"({"input":"b)")})[1].text == "b");
  calls.expect({});
  CHECK_FALSE(calls.expects_any());
  CHECK(through(calls, {begins(0, "apply_patch")})[0].form == call_form::function);
}

TEST_CASE("a whole answer's calls are changed likewise") {
  chat::chat_answer answer;
  auto& parts = answer.choices.emplace_back().parts;
  for (const auto& [name, text] : {std::pair{"apply_patch", R"({"input":"a\nb"})"},
                                   {"shell", R"({"input":"ls"})"},
                                   {"apply_patch", R"({"patch":1})"}}) {
    auto& call = parts.emplace_back();
    call.kind = chat::part_kind::tool_call;
    call.name = name;
    call.text = text;
  }
  functions_as_custom_calls(answer, patch);
  CHECK(parts[0].form == call_form::custom);
  CHECK(parts[0].text == "a\nb");
  CHECK(parts[1].form == call_form::function);
  CHECK(parts[1].text == R"({"input":"ls"})");
  CHECK(parts[2].form == call_form::custom);
  CHECK(parts[2].text == R"({"patch":1})");
}
