// Every committed input through its target, in every build: what fuzzing once found stays found.
#include "providers/dialects/codec.hpp"
#include "tests/fuzz/leaves.hpp"
#include "tests/fuzz/targets.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

using namespace nearfar;
using config::dialect;

namespace {

std::vector<std::string> inputs_of(std::string_view name) {
  std::vector<std::string> all;
  const auto folder = std::filesystem::path{NEARFAR_SOURCE_DIR "/tests/fuzz/corpus"} / name;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    all.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return all;
}

}  // namespace

TEST_CASE("every input of the corpus goes through its target") {
  const auto all = fuzz::targets();
  const auto& each = GENERATE_REF(from_range(all.begin(), all.end()));
  INFO(each.name);
  std::size_t inputs = 0;
  for (const std::string& bytes : inputs_of(each.name)) {
    // A block of exactly its size: a sanitizer sees any read beyond it.
    const std::vector<char> exact(bytes.begin(), bytes.end());
    each.run({exact.data(), exact.size()});
    ++inputs;
  }
  CHECK(inputs > 3);
  each.run({});
}

TEST_CASE("a request that goes through its form and back loses nothing") {
  struct row {
    dialect speaks;
    std::string_view corpus;
  };
  const auto each =
      GENERATE(row{dialect::openai_chat, "chat_request_form"}, row{dialect::openai_chat, "request"},
               row{dialect::openai_responses, "responses_request"},
               row{dialect::anthropic_messages, "anthropic_request"}, row{dialect::gemini, "gemini_request"});
  const auto& codec = *providers::codec_of(each.speaks);
  std::size_t whole = 0;
  for (const std::string& said : inputs_of(each.corpus)) {
    const auto asked = codec.parse_request(said);
    if (asked.has_error()) continue;
    INFO(said);
    const auto made = codec.write_request(
        *asked,
        {.model = asked->model, .stream = asked->stream == true, .issuer = config::to_string(each.speaks)});
    REQUIRE(made.has_value());
    if (!made->notes.empty()) continue;  // of what was lost is told
    fuzz::leaves before;
    fuzz::leaves after;
    REQUIRE(before.add(said));
    REQUIRE(after.add(made->body));
    CHECK(before.missing_in(after).empty());
    ++whole;
  }
  CHECK(whole > 0);
}
