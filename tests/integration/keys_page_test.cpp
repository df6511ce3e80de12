// docs/keys.md answers what it shows.
#include "tests/integration/gateway_under_test.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>

#include <array>
#include <cstdio>
#include <fstream>
#include <memory>

namespace nearfar::tests {
namespace {

std::string key_for(const gateway_under_test& gw, std::string_view wishes) {
  const auto a = gw.admin("POST", "/admin/keys", wishes);
  REQUIRE(a.status == 201);
  return std::string(boost::json::parse(a.body).at("key").as_string());
}

std::string output_of(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> from(::popen(command.c_str(), "r"), ::pclose);
  REQUIRE(from);
  std::string out;
  std::array<char, 4096> some;
  while (const auto got = std::fread(some.data(), 1, some.size(), from.get())) out.append(some.data(), got);
  return out;
}

std::string with_port(std::string command, const std::string& address) {
  constexpr std::string_view written = "127.0.0.1:8484";
  const auto at = command.find(written);
  REQUIRE(at != std::string::npos);
  return command.replace(at, written.size(), address);
}

TEST_CASE("the examples of docs/keys.md answer what the page shows") {
  gateway_under_test gw;
  const auto key = key_for(gw, R"({"name":"anna","models":["near","auto"]})");
  const auto old = key_for(gw, R"({"name":"old"})");
  REQUIRE(gw.admin("DELETE", "/admin/keys/old").status == 200);
  const auto known = fmt::format("KEY={}; OLD={}; ", key, old);
  std::ifstream page(NEARFAR_SOURCE_DIR "/docs/keys.md");
  REQUIRE(page.is_open());
  std::string line;
  std::string answer;
  unsigned shown = 0;
  bool inside = false;
  while (std::getline(page, line)) {
    if (line.starts_with("```")) {
      inside = line == "```console";
    } else if (inside && line.starts_with("$ ")) {
      answer = output_of(known + with_port(line.substr(2), gw.address()));
    } else if (inside) {
      INFO(line << "\n" << answer);
      CHECK(answer.find(line) != std::string::npos);
      ++shown;
    }
  }
  CHECK(shown >= 8);
}

}  // namespace
}  // namespace nearfar::tests
