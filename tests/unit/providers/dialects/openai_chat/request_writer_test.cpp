#include "providers/dialects/openai_chat/request_writer.hpp"

#include "providers/dialects/openai_chat/request_reader.hpp"
#include "tests/unit/providers/dialects/padded.hpp"
#include "tests/unit/providers/dialects/random_json.hpp"

#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <functional>
#include <numeric>
#include <string>

using namespace nearfar;
using namespace nearfar::providers;
using namespace nearfar::providers::openai_chat;

namespace {

std::string joined(const spliced_body& body) {
  std::string all;
  for (const auto& piece : body.pieces) all.append(piece);
  CHECK(all.size() == body.size);
  return all;
}

struct spliced {
  std::string text;
  bool usage_added = false;
};

spliced splice_text(std::string_view text, const request_changes& changes) {
  openai_chat::request_reader reader;
  request_view view;
  spliced_body into;
  const padded body{text};
  const auto read = reader.read(body, view);
  INFO(text.substr(0, 400));
  if (read.has_error()) FAIL(read.error().context);
  splice(view, changes, into);
  return {joined(into), into.usage_added};
}

}  // namespace

TEST_CASE("only the model's value changes", "[P7]") {
  const auto got = splice_text("{ \"temperature\":1.0,\n \"model\" : \"auto\"  , \"messages\":[ ] }\n",
                               {.model = "qwen\"3"});
  CHECK(got.text == "{ \"temperature\":1.0,\n \"model\" : \"qwen\\\"3\"  , \"messages\":[ ] }\n");
  CHECK_FALSE(got.usage_added);
}

TEST_CASE("the client's bytes are views, not copies", "[P7]") {
  openai_chat::request_reader reader;
  request_view view;
  spliced_body into;
  const padded body{R"({"messages":[],"model":"a","user":"u"})"};
  REQUIRE(reader.read(body, view).has_value());
  splice(view, {.model = "b"}, into);
  REQUIRE(into.pieces.size() >= 3);
  CHECK(into.pieces.front().data() == body.view().data());
  CHECK(into.pieces.back().data() + into.pieces.back().size() == body.view().data() + body.view().size());
  CHECK(into.scratch == "\"b\"");
}

TEST_CASE("usage is asked for where the client left it out", "[P7]") {
  const auto ask = [](std::string_view members) {
    return splice_text(R"({"model":"a","messages":[])" + std::string{members} + "}",
                       {.model = "a", .want_usage = true});
  };
  CHECK(ask("").text == R"({"model":"a","messages":[],"stream_options":{"include_usage":true}})");
  CHECK(ask("").usage_added);
  CHECK(ask(R"(,"stream_options":{})").text ==
        R"({"model":"a","messages":[],"stream_options":{"include_usage":true}})");
  CHECK(ask(R"(,"stream_options":{ })").text ==
        R"({"model":"a","messages":[],"stream_options":{"include_usage":true }})");
  CHECK(ask(R"(,"stream_options":null , "x":1)").text ==
        R"({"model":"a","messages":[],"stream_options":{"include_usage":true} , "x":1})");
  CHECK(
      ask(R"(,"stream_options":{ "include_obfuscation":false})").text ==
      R"({"model":"a","messages":[],"stream_options":{"include_usage":true, "include_obfuscation":false}})");
  const auto said = ask(R"(,"stream_options":{"include_usage":false})");
  CHECK(said.text == R"({"model":"a","messages":[],"stream_options":{"include_usage":false}})");
  CHECK_FALSE(said.usage_added);
}

TEST_CASE("set replaces or appends, defaults only append", "[P7]") {
  const std::vector<config::body_field> set = {{"temperature", "0.5", {}},
                                               {"chat_template_kwargs", R"({"a":false})", {}}};
  const std::vector<config::body_field> defaults = {
      {"top_p", "0.9", {}}, {"seed", "7", {}}, {"temperature", "9", {}}};
  const auto got = splice_text(R"({"temperature" : 1 ,"model":"a","messages":[],"top_p":1.0} )",
                               {.model = "b", .set = set, .defaults = defaults});
  CHECK(
      got.text ==
      R"({"temperature" : 0.5 ,"model":"b","messages":[],"top_p":1.0,"chat_template_kwargs":{"a":false},"seed":7} )");
}

TEST_CASE("a preset's stream_options stand above the wish for usage") {
  const std::vector<config::body_field> set = {{"stream_options", "{}", {}}};
  const auto got =
      splice_text(R"({"model":"a","messages":[]})", {.model = "a", .want_usage = true, .set = set});
  CHECK(got.text == R"({"model":"a","messages":[],"stream_options":{}})");
  CHECK_FALSE(got.usage_added);
}

TEST_CASE("a body is spliced many times from one view") {
  openai_chat::request_reader reader;
  request_view view;
  spliced_body into;
  const padded body{R"({"model":"a","messages":[]})"};
  REQUIRE(reader.read(body, view).has_value());
  splice(view, {.model = "one", .want_usage = true}, into);
  splice(view, {.model = "two"}, into);
  CHECK(joined(into) == R"({"model":"two","messages":[]})");
  CHECK_FALSE(into.usage_added);
}

TEST_CASE("any request arrives byte for byte but for the named fields", "[P7]") {
  for (unsigned seed = 1; seed <= 3000; ++seed) {
    random_json make{seed};
    const random_request request = make.request();
    const std::string name = make.model_name();
    std::string literal;
    append_json_string(literal, name);
    const std::string expected = request.before + literal + request.after;
    const auto got = splice_text(request.before + request.model + request.after, {.model = name});
    if (got.text != expected) {
      INFO("seed " << seed);
      CHECK(got.text == expected);
      break;
    }
  }
}

TEST_CASE("a spliced request means the same to another parser", "[P7]") {
  const std::vector<config::body_field> set = {{"temperature", "0.25", {}}, {"a key", "[1,2]", {}}};
  const std::vector<config::body_field> defaults = {{"top_k", "40", {}}, {"seed", "1", {}}};
  for (unsigned seed = 1; seed <= 1000; ++seed) {
    random_json make{seed};
    const random_request request = make.request();
    const std::string text = request.before + request.model + request.after;
    const auto got =
        splice_text(text, {.model = "m/x", .want_usage = true, .set = set, .defaults = defaults});
    INFO("seed " << seed << "\n" << text << "\n" << got.text);
    boost::json::value wanted = boost::json::parse(text);
    auto& object = wanted.as_object();
    object["model"] = "m/x";
    object["temperature"] = 0.25;
    object["a key"] = boost::json::array{1, 2};
    if (!object.contains("top_k")) object["top_k"] = 40;
    if (!object.contains("seed")) object["seed"] = 1;
    auto& options = object["stream_options"];
    if (!options.is_object()) options = boost::json::object{};
    if (!options.as_object().contains("include_usage")) options.as_object()["include_usage"] = true;
    REQUIRE(boost::json::parse(got.text) == wanted);
  }
}

TEST_CASE("members that a target is not to get are left out with their commas", "[P7]") {
  const std::vector<std::string_view> gone = {"provider", "models", "route"};
  const auto left = [&](std::string_view text) {
    return splice_text(text, {.model = "m", .without = gone}).text;
  };
  CHECK(left(R"({"provider":{"only":["a"]},"model":"x","messages":[]})") == R"({"model":"m","messages":[]})");
  CHECK(left(R"({ "route":null , "models":["a"], "model":"x","messages":[] })") ==
        R"({ "model":"m","messages":[] })");
  CHECK(left(R"({"model":"x", "provider":{}, "messages":[] , "models":["y"] })") ==
        R"({"model":"m", "messages":[] })");
  const config::body_field other{"provider", R"({"sort":"price"})", {}};
  CHECK(splice_text(R"({"model":"x","provider":{"only":["a"]},"messages":[]})",
                    {.model = "m", .instead = &other})
            .text == R"({"model":"m","provider":{"sort":"price"},"messages":[]})");
}

TEST_CASE("without some of its members a request means the same to another parser", "[P7]") {
  const std::vector<config::body_field> set = {{"temperature", "0.25", {}}};
  for (unsigned seed = 1; seed <= 1000; ++seed) {
    random_json make{seed};
    const random_request request = make.request();
    const std::string text = request.before + request.model + request.after;
    boost::json::value wanted = boost::json::parse(text);
    auto& object = wanted.as_object();
    std::vector<std::string> names;
    for (const auto& each : object) {
      if (each.key() != "model" && make.below(2) == 0) names.emplace_back(each.key());
    }
    std::vector<std::string_view> gone(names.begin(), names.end());
    for (const auto& each : names) object.erase(each);
    if (!std::ranges::count(names, "temperature")) object["temperature"] = 0.25;
    object["model"] = "m";
    const auto got = splice_text(text, {.model = "m", .set = set, .without = gone});
    INFO("seed " << seed << "\n" << text << "\n" << got.text);
    boost::json::value read = boost::json::parse(got.text);
    if (std::ranges::count(names, "temperature")) read.as_object().erase("temperature");
    REQUIRE(read == wanted);
  }
}

TEST_CASE("a five megabyte image arrives byte for byte", "[P7]") {
  const std::string image(5 * 1024 * 1024, 'Q');
  const std::string before =
      R"({"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,)" +
      image + R"("}}]}],"temperature":1E5,"model":)";
  const std::string after = R"( ,"seed":12345678901234567890123})";
  const auto got = splice_text(before + "\"auto\"" + after, {.model = "far"});
  CHECK((got.text == before + "\"far\"" + after));
}

TEST_CASE("a JSON string is escaped where it must be and nowhere else") {
  std::string out;
  append_json_string(out, "a\"b\\c\n\t\x01/\xc3\xa9");
  CHECK(out == "\"a\\\"b\\\\c\\n\\u0009\\u0001/\xc3\xa9\"");
}

TEST_CASE("a byte that must be escaped is found at every place of a text of any length") {
  for (std::size_t length = 1; length < 20; ++length) {
    for (std::size_t place = 0; place < length; ++place) {
      for (int value = 0; value < 256; ++value) {
        std::string text(length, 'a');
        text[place] = static_cast<char>(value);
        const bool plain = value >= 0x20 && value != '"' && value != '\\';
        if (needs_no_escape(text) != plain) FAIL("length " << length << ", place " << place << ": " << value);
      }
    }
  }
  CHECK(needs_no_escape(""));
}
