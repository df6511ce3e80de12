// The written pages against the tables in the code.
#include "config/field_docs.hpp"
#include "config/preset.hpp"
#include "config/preset_table.hpp"

#include <catch2/catch_test_macros.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

using namespace nearfar::config;

namespace {

std::string read(const std::string& name) {
  std::ifstream in(std::string(NEARFAR_SOURCE_DIR) + "/" + name, std::ios::binary);
  REQUIRE(in.is_open());
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace

TEST_CASE("docs/reference.md is the generated page") {
  // The cure is one command: nearfar docs --markdown > docs/reference.md
  CHECK(read("docs/reference.md") == docs_page());
}

TEST_CASE("docs/providers.md has the generated table of presets") {
  // The cure is one command: nearfar docs --presets, and put its table there
  CHECK(read("docs/providers.md").find("\n" + preset_table()) != std::string::npos);
}

TEST_CASE("the presets in docs/presets.md are ones") {
  const auto page = read("docs/presets.md");
  std::size_t seen = 0;
  for (auto at = page.find("```yaml\n"); at != std::string::npos; at = page.find("```yaml\n", at + 1)) {
    const auto begin = at + 8;
    const auto text = page.substr(begin, page.find("```", begin) - begin);
    if (text.find("title: ") == std::string::npos) continue;
    diagnostics found("docs/presets.md", text);
    CHECK(parse_preset("mine", text, found));
    INFO(found.render(diagnostics::style::plain));
    CHECK(found.all().empty());
    ++seen;
  }
  CHECK(seen == 2);
}

TEST_CASE("every preset has an example, and every example a preset") {
  for (const auto& p : presets()) {
    INFO(p.name);
    CHECK(read("examples/providers/" + p.name + ".yaml").find("preset: " + p.name) != std::string::npos);
  }
  std::size_t files = 0;
  for (const auto& each : std::filesystem::directory_iterator(NEARFAR_SOURCE_DIR "/examples/providers")) {
    if (each.path().extension() == ".yaml") ++files;
  }
  CHECK(files == presets().size());
}

TEST_CASE("docs/diagnostics.md lists every code once, and no other") {
  const auto page = read("docs/diagnostics.md");
  const auto codes = read("config/codes.hpp");
  std::size_t known = 0;
  for (auto at = codes.find("\"P0"); at != std::string::npos; at = codes.find("\"P0", at + 1)) {
    const std::string row = "| " + codes.substr(at + 1, 4) + " |";
    INFO(row);
    const auto first = page.find(row);
    CHECK(first != std::string::npos);
    CHECK(page.find(row, first + 1) == std::string::npos);
    ++known;
  }
  std::size_t listed = 0;
  for (auto at = page.find("\n| P0"); at != std::string::npos; at = page.find("\n| P0", at + 1)) ++listed;
  CHECK(known > 40);
  CHECK(listed == known);
}
