// Wrong files and what is said of them, word for word: corpus/NAME.yaml and corpus/NAME.expected.
// NEARFAR_WRITE_EXPECTED=1 writes the expectations anew; read them before they are kept.
#include "config/load.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

using namespace nearfar::config;
namespace fs = std::filesystem;

namespace {

const fs::path corpus = fs::path(NEARFAR_SOURCE_DIR) / "tests/unit/config/corpus";

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::vector<fs::path> files() {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(corpus)) {
    if (entry.path().extension() == ".yaml") found.push_back(entry.path());
  }
  std::ranges::sort(found);
  return found;
}

}  // namespace

TEST_CASE("every wrong file of the corpus is answered with the expected diagnostics", "[P6]") {
  const auto path = GENERATE(from_range(files()));
  INFO(path.filename().string());
  const auto expected = fs::path(path).replace_extension(".expected");
  const auto result = load_text(read(path), path.filename().string(), "/nonexistent");
  const auto said = result.found.render(diagnostics::style::plain);
  if (std::getenv("NEARFAR_WRITE_EXPECTED") != nullptr) std::ofstream(expected, std::ios::binary) << said;
  REQUIRE_FALSE(said.empty());
  CHECK(said == read(expected));
  CHECK((result.value == nullptr) == result.found.has_errors());
}

TEST_CASE("the corpus holds more than a hundred wrong files and no expectation without its file") {
  CHECK(files().size() > 100);
  for (const auto& entry : fs::directory_iterator(corpus)) {
    INFO(entry.path().filename().string());
    CHECK(fs::exists(fs::path(entry.path()).replace_extension(".yaml")));
  }
}

TEST_CASE("the mistakes that cost most are among the wrong files") {
  struct mistake {
    const char* file;
    const char* code;
  };
  for (const auto& m : {
           mistake{"warn_privacy_only_in_rule", "warning[P054]"},  // a rule where a guard is needed
           mistake{"undeclared_tag", "error[P033]"},
           mistake{"unquoted_greater", "error[P003]"},
           mistake{"price_of_a_token", "error[P017]"},
           mistake{"price_of_a_token_per_million", "warning[P064]"},
           mistake{"guard_on_client_facts", "error[P035]"},  // a header that a client may leave out
           mistake{"nothing_supplies_sensed", "warning[P063]"},
           mistake{"warn_shadowed", "warning[P057]"},
           mistake{"given_unknown_limit", "error[P031]"},
       }) {
    INFO(m.file);
    CHECK(read(corpus / (std::string(m.file) + ".expected")).find(m.code) != std::string::npos);
  }
}
