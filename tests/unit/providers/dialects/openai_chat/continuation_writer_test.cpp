#include "providers/dialects/openai_chat/continuation_writer.hpp"

#include "config/preset.hpp"
#include "providers/dialects/openai_chat/request_reader.hpp"
#include "tests/unit/providers/dialects/padded.hpp"

#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>

#include <string>

using namespace nearfar;
using namespace nearfar::providers;
using config::continuation_kind;
using handover::seam;
namespace json = boost::json;

namespace {

struct written {
  handover::asked how;
  std::string text;
  json::object body;

  const json::array& messages() const { return body.at("messages").as_array(); }
  std::string content(std::size_t i) const {
    return std::string(messages()[i].as_object().at("content").as_string());
  }
};

written write(const std::string& body, const handover::ask& what,
              openai_chat::request_changes changes = {.model = "up"}) {
  const auto text = padded(body);
  openai_chat::request_reader reader;
  request_view view;
  REQUIRE(reader.read(text.view(), view));
  openai_chat::spliced_body into;
  written out;
  out.how = openai_chat::splice_continuation(view, changes, what, into);
  for (const auto piece : into.pieces) out.text.append(piece);
  CHECK(out.text.size() == into.size);
  out.body = json::parse(out.text).as_object();
  return out;
}

handover::ask natively(std::string_view said, std::string_view preset) {
  return {.said = said, .how = &config::find_preset(preset)->hand_over};
}

handover::ask told(std::string_view said) {
  return {
      .said = said, .how = &config::find_preset("openai")->hand_over, .kind = continuation_kind::instruct};
}

const std::string plain =
    R"({"model": "m", "messages" : [ {"role":"system","content":"Be brief."}, {"role":"user","content":"Tell me of the cat and the dog, and what they are."} ] , "stream":true})";

}  // namespace

TEST_CASE("each vendor's own way to go on is what it is sent", "[P2][P7]") {
  const auto vllm = write(plain, natively("The cat ", "vllm"));
  CHECK(vllm.how.kind == continuation_kind::native);
  CHECK(vllm.how.seam.how == seam::exact);
  CHECK(vllm.how.seam.cut == 1);
  CHECK(vllm.messages().size() == 3);
  CHECK(vllm.messages()[2] == json::parse(R"({"role":"assistant","content":"The cat"})"));
  CHECK(vllm.body.at("continue_final_message").as_bool());
  CHECK_FALSE(vllm.body.at("add_generation_prompt").as_bool());

  const auto deepseek = write(plain, natively("The cat", "deepseek"));
  CHECK(deepseek.messages()[2] == json::parse(R"({"role":"assistant","content":"The cat","prefix":true})"));
  CHECK(config::find_preset("deepseek")->hand_over.path == "/beta/chat/completions");

  const auto llama = write(plain, natively("The cat", "llama-server"));
  CHECK(llama.body.at("continue_final_message").as_bool());
  CHECK(llama.body.at("chat_template_kwargs") == json::parse(R"({"enable_thinking":false})"));
}

TEST_CASE("all of the client's bytes are in a continuation, in their order", "[P7]") {
  const auto got = write(plain, natively("The cat", "deepseek"));
  CHECK(
      got.text ==
      R"({"model": "up", "messages" : [ {"role":"system","content":"Be brief."}, {"role":"user","content":"Tell me of the cat and the dog, and what they are."} ,{"role":"assistant","content":"The cat","prefix":true}] , "stream":true})");
  const auto empty = write(R"({"model":"m","messages":[ ]})", natively("The cat", "deepseek"));
  CHECK(empty.messages().size() == 1);
}

TEST_CASE("white space at the end is cut where the vendor wants it so, and the seam knows", "[P2]") {
  config::continuation how;
  how.kind = continuation_kind::native;
  how.echo = config::echo_habit::maybe;
  how.trim = true;
  const auto got = write(plain, {.said = "The cat:\n\n", .how = &how});
  CHECK(got.content(2) == "The cat:");
  CHECK(got.how.seam.cut == 2);
  CHECK(got.how.seam.how == seam::may_echo);
  CHECK_FALSE(got.how.seam.own_message);
}

TEST_CASE("what was said may hold any character", "[P2]") {
  const std::string said = "a \"quote\" \\ back\tslash\n\x01 caf\xc3\xa9 \xf0\x9f\x91\x8d";
  CHECK(write(plain, natively(said, "vllm")).content(2) == said);
}

TEST_CASE("a turn of the user asks to go on, and the system prompt stays", "[P2]") {
  const auto got = write(plain, told("The cat is black and it sat on the mat. "));
  CHECK(got.how.kind == continuation_kind::instruct);
  CHECK(got.how.seam.how == seam::may_echo);
  CHECK(got.how.seam.own_message);
  CHECK(got.how.seam.cut == 1);
  CHECK(got.how.seam.anchor == std::string_view{"and it sat on the mat."}.size());
  REQUIRE(got.messages().size() == 4);
  CHECK(got.messages()[0] == json::parse(R"({"role":"system","content":"Be brief."})"));
  CHECK(got.messages()[2] ==
        json::parse(R"({"role":"assistant","content":"The cat is black and it sat on the mat."})"));
  CHECK(got.messages()[3].as_object().at("role").as_string() == "user");
  CHECK(got.content(3).find("\n\nand it sat on the mat.\n\n") != std::string::npos);
  CHECK(got.content(3).starts_with("Your last answer was cut off"));
}

TEST_CASE("it is asked in the language of the answer, else of the last turn of the user") {
  const auto first_words = [](std::string_view said, const std::string& question = "?") {
    const std::string body =
        R"({"model":"m","messages":[{"role":"system","content":"You are the helper of the shop and this is it."},{"role":"user","content":[{"type":"text","text":")" +
        question + R"("}]}]})";
    return write(body, told(said)).content(3).substr(0, 40);
  };
  CHECK(first_words("Die Katze ist nicht auf dem Dach und").starts_with("Deine letzte"));
  CHECK(first_words("Le chat est sur la table et il ne vous").starts_with("Ta derni"));
  CHECK(first_words("El gato está en la casa pero los perros no").starts_with("Tu última"));
  CHECK(first_words("今天天气").starts_with("你上一次"));
  CHECK(first_words("今日は天気がいい").starts_with("直前の"));
  CHECK(first_words("Кошка сидит").starts_with("Твой последний"));
  CHECK(first_words("Кіт сидить на їхньому").starts_with("Твоя остання"));
  CHECK(first_words("42", "Wie groß ist der Turm und ist das nicht").starts_with("Deine letzte"));
  CHECK(first_words("42").starts_with("Your last"));
}

TEST_CASE("a limit of tokens shrinks by what was said, whoever set it, and never below one", "[P4]") {
  const auto with = [](const std::string& fields) {
    return R"({"model":"m","messages":[{"role":"user","content":"hi"}],)" + fields + "}";
  };
  auto ask = natively("The cat", "vllm");
  ask.tokens_said = 30;
  CHECK(write(with(R"("max_tokens":100)"), ask).body.at("max_tokens") == 70);
  CHECK(
      write(with(R"("max_completion_tokens": 100 ,"max_tokens":40)"), ask).body.at("max_completion_tokens") ==
      70);
  CHECK(write(with(R"("max_completion_tokens":100,"max_tokens":40)"), ask).body.at("max_tokens") == 10);
  CHECK(write(with(R"("max_tokens":20)"), ask).body.at("max_tokens") == 1);
  CHECK(write(with(R"("max_tokens":null)"), ask).body.at("max_tokens").is_null());
  CHECK(write(with(R"("max_tokens":-1)"), ask).body.at("max_tokens") == -1);
  const std::vector<config::body_field> set{{"max_tokens", "50", {}}};
  CHECK(write(with(R"("max_tokens":20)"), ask, {.model = "up", .set = set}).body.at("max_tokens") == 20);
  CHECK(write(with(R"("top_p":1)"), ask, {.model = "up", .defaults = set}).body.at("max_tokens") == 20);
  // Estimated: seven letters are two tokens.
  CHECK(write(with(R"("max_tokens":100)"), natively("The cat", "vllm")).body.at("max_tokens") == 98);
  // What a target is asked to repeat is no part of the client's.
  auto tell = told("The cat");
  CHECK(write(with(R"("max_tokens":100)"), tell).body.at("max_tokens") == 100);
  tell.kind = continuation_kind::restart;
  CHECK(write(with(R"("max_tokens":100)"), tell).body.at("max_tokens") == 100);
}

TEST_CASE("a continuation's fields go over the model's own, and only where it goes on natively") {
  const std::vector<config::body_field> set{{"chat_template_kwargs", R"({"enable_thinking":true})", {}},
                                            {"top_k", "7", {}}};
  const auto native = write(plain, natively("The cat", "llama-server"), {.model = "up", .set = set});
  CHECK(native.body.at("chat_template_kwargs") == json::parse(R"({"enable_thinking":false})"));
  CHECK(native.body.at("top_k") == 7);
  auto weaker = natively("The cat", "llama-server");
  weaker.kind = continuation_kind::instruct;
  const auto instruct = write(plain, weaker, {.model = "up", .set = set});
  CHECK(instruct.body.at("chat_template_kwargs") == json::parse(R"({"enable_thinking":true})"));
  CHECK_FALSE(instruct.body.contains("continue_final_message"));
}

TEST_CASE("where nothing else is possible the request goes out again as it was", "[P2]") {
  const std::string prefilled =
      R"({"model":"up","messages":[{"role":"user","content":"hi"},{"role":"assistant","content":"We"}]})";
  for (const auto& what : {natively("ll, the cat", "vllm"), told("ll, the cat")}) {
    const auto got = write(prefilled, what);
    CHECK(got.how.kind == continuation_kind::restart);
    CHECK(got.how.seam.how == seam::restart);
    CHECK(got.text == prefilled);
  }
  CHECK(write(plain, natively(" \n", "vllm")).how.kind == continuation_kind::restart);
  auto again = natively("The cat", "vllm");
  again.kind = continuation_kind::restart;
  CHECK(write(plain, again).messages().size() == 2);
}

TEST_CASE("what a query asks for that forbids continuing is read from its body", "[P2]") {
  using enum handover::obstacle;
  const auto why = [](const std::string& fields) {
    const padded body{R"({"model":"m","messages":[{"role":"user","content":"hi"}])" + fields + "}"};
    openai_chat::request_reader reader;
    request_view view;
    REQUIRE(reader.read(body.view(), view));
    return handover::why_not_continuable(openai_chat::wanted_of(view), {.text = "Hello"});
  };
  CHECK_FALSE(why(""));
  CHECK_FALSE(why(R"(,"logprobs":false,"modalities":["text"],"audio":null,"n":1)"));
  CHECK(why(R"(,"logprobs":true)") == logprobs);
  CHECK(why(R"(,"n":2)") == several_choices);
  CHECK(why(R"(,"response_format":{"type":"json_object"})") == json_output);
  CHECK(why(R"(,"modalities":["text", "audio"])") == audio);
  CHECK(why(R"(,"audio":{"voice":"a"})") == audio);
}
