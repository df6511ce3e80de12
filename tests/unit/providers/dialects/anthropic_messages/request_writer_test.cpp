// Conversations of other dialects as requests of this one: their turns.
#include "tests/unit/providers/dialects/anthropic_messages/written.hpp"

#include <catch2/generators/catch_generators.hpp>

using namespace nearfar;
using namespace nearfar::providers;
using namespace nearfar::providers::anthropic_messages;

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
