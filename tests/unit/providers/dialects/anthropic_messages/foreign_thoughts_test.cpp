#include "providers/dialects/codec.hpp"
#include "providers/dialects/openai_chat/request_writer.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>

using namespace nearfar;

namespace {

struct walked {
  std::string body;
  providers::request_view view;
};

void read(walked& w, std::string_view content) {
  w.body =
      R"({"model":"m","max_tokens":9,"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":)" +
      std::string(content) + R"(},{"role":"user","content":"on"}]})";
  const std::size_t size = w.body.size();
  w.body.append(64, ' ');
  const auto reader = providers::codec_of(config::dialect::anthropic_messages)->make_request_reader();
  REQUIRE(reader->read(std::string_view(w.body).substr(0, size), w.view));
}

std::string cut(const walked& w) {
  providers::openai_chat::request_changes changes;
  changes.cut_thoughts = true;
  providers::openai_chat::spliced_body into;
  providers::openai_chat::splice(w.view, changes, into);
  std::string out;
  for (const auto piece : into.pieces) out += piece;
  CHECK(out.size() == into.size);
  return out;
}

std::string assistant(std::string_view body) {
  const std::string_view begin = R"("role":"assistant","content":)";
  const auto at = body.find(begin) + begin.size();
  return std::string(body.substr(at, body.find(R"(},{"role":"user","content":"on")") - at));
}

}  // namespace

TEST_CASE("a thought that nobody signed, or another issuer, is found and cut with every other byte kept") {
  walked w;
  read(w, R"([ {"type":"thinking","thinking":"a","signature":""} , {"type":"thinking","thinking":"b"},)"
          R"({"type":"thinking","thinking":"c","signature":"nf1.gemini.Zm9v"},)"
          R"({"type":"redacted_thinking","data":"nf1.gemini.Zm9v"},{"type":"text","text":"t"} ])");
  CHECK(w.view.foreign_thoughts.size() == 4);
  CHECK_FALSE(w.view.foreign_thought_last);
  CHECK(assistant(cut(w)) == R"([ {"type":"text","text":"t"} ])");
}

TEST_CASE("a thought that Anthropic signed is its own") {
  walked w;
  const std::string_view own =
      R"([{"type":"thinking","thinking":"a","signature":"EqQB"},{"type":"redacted_thinking","data":"EqQC"},{"type":"text","text":"t"}])";
  read(w, own);
  CHECK(w.view.foreign_thoughts.empty());
  CHECK(w.view.facts.reasoning_signed);
  CHECK(assistant(cut(w)) == own);
}

TEST_CASE("what only looks like a thought, inside another block, is nobody's business") {
  walked w;
  const std::string_view odd =
      R"([{"type":"thinking","thinking":"a","signature":"EqQB","content":[{"type":"thinking"},{"type":"thinking"}]},{"type":"text","text":"t"}])";
  read(w, odd);
  CHECK(w.view.foreign_thoughts.empty());
  CHECK_FALSE(w.view.foreign_thought_last);
  CHECK(assistant(cut(w)) == odd);
}

TEST_CASE("a foreign thought at the end of its turn is told apart: no cut leaves a turn that is whole") {
  walked w;
  read(w, R"([{"type":"text","text":"t"},{"type":"thinking","thinking":"a","signature":""}])");
  CHECK(w.view.foreign_thought_last);
  walked next;
  next.view = w.view;
  read(next, R"("plain")");
  CHECK_FALSE(next.view.foreign_thought_last);
  CHECK(next.view.foreign_thoughts.empty());
}
