// Every committed input through its target, in every build: what fuzzing once found stays found.
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

TEST_CASE("every input of the corpus goes through its target") {
  const auto all = fuzz::targets();
  const auto& each = GENERATE_REF(from_range(all.begin(), all.end()));
  const std::filesystem::path folder =
      std::filesystem::path{NEARFAR_SOURCE_DIR "/tests/fuzz/corpus"} / each.name;
  INFO(each.name);
  std::size_t inputs = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    // A block of exactly its size: a sanitizer sees any read beyond it.
    const std::vector<char> exact(bytes.begin(), bytes.end());
    each.run({exact.data(), exact.size()});
    ++inputs;
  }
  CHECK(inputs > 3);
  each.run({});
}
