// The written pages against the tables in the code.
#include "config/field_docs.hpp"
#include "config/preset.hpp"

#include <catch2/catch_test_macros.hpp>

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

TEST_CASE("docs/configuration.md lists every preset") {
  const auto page = read("docs/configuration.md");
  for (const auto& p : presets()) CHECK(page.find("| `" + p.name + "` |") != std::string::npos);
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
