// The written pages against the tables in the code.
#include "config/fact_table.hpp"
#include "config/fields_server.hpp"
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

struct page_check {
  const std::string& page;

  template <class Member, class Kind>
  void field(const field_info& info, Member&, Kind) {
    check(info);
  }
  void later(const field_info& info) { check(info); }
  void check(const field_info& info) const {
    INFO(info.key);
    CHECK(page.find("| `" + std::string(info.key) + "` | " + std::string(info.doc)) != std::string::npos);
  }
};

template <class... T>
void check_sections(const std::string& page) {
  page_check visitor{page};
  (
      [&] {
        T value{};
        describe(visitor, value);
      }(),
      ...);
}

}  // namespace

TEST_CASE("docs/configuration.md lists every key with the words of the field table") {
  const auto page = read("docs/configuration.md");
  check_sections<configuration, server_config, defaults_section, provider, target_model, runtime_config,
                 queue_config, tls_config, price, capabilities, selector, guard, rule, max_price,
                 attempts_entry, token_clock, answer_clock, fact_config, policy_test>(page);
  for (const auto& f : fact_table()) {
    INFO(f.name);
    CHECK(page.find("| `" + std::string(f.name) + "` | " + std::string(f.doc)) != std::string::npos);
  }
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
