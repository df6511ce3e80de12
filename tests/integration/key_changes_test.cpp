// Changing keys: what they were bound to, and names that the policy does not have.
#include "gateway/keys/key_edit.hpp"
#include "tests/integration/gateway_under_test.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <sys/wait.h>

#include <cstdio>
#include <fstream>
#include <string>
#include <utility>

namespace nearfar::tests {
namespace {

namespace json = boost::json;

std::string make(const gateway_under_test& gw, std::string_view wishes) {
  const auto a = gw.admin("POST", "/admin/keys", wishes);
  INFO(a.body);
  REQUIRE(a.status == 201);
  return std::string(json::parse(a.body).at("key").as_string());
}

bool contains(std::string_view text, std::string_view what) {
  return text.find(what) != std::string_view::npos;
}

header_list with(std::string_view key) {
  return {{"authorization", fmt::format("Bearer {}", key)}};
}

TEST_CASE("what a key was bound to is taken away again") {
  gateway_under_test gw;
  const auto key = make(gw, R"({"name":"anna","team":"field","models":["near"],"tiers":["device"],
                               "privacy":"private","tags":["voice"],"expires":"30d","rate":"9/minute"})");
  REQUIRE(gw.ask(chat("home"), with(key)).status == 403);
  const auto wish = GENERATE(
      R"({"team":null,"models":null,"tiers":null,"privacy":null,"tags":null,"expires":null,"rate":null})",
      R"({"team":"none","models":["*"],"tiers":["*"],"privacy":"none","tags":["*"],"expires":"never","rate":"none"})");
  const auto changed = gw.admin("PATCH", "/admin/keys/anna", wish);
  INFO(changed.body);
  REQUIRE(changed.status == 200);
  const auto now = json::parse(changed.body);
  for (const auto* field : {"team", "privacy", "expires", "rate"}) CHECK(now.at(field).is_null());
  for (const auto* field : {"models", "tiers", "tags"}) CHECK(now.at(field).as_array().empty());
  CHECK(gw.ask(chat("home"), with(key)).status == 200);
  CHECK(gw.ask(chat("far"), with(key)).status == 200);
}

TEST_CASE("the command line refuses names that the configuration does not have, and says what is near") {
  policy_text policy;
  policy.from_file = true;
  gateway_under_test gw(policy);
  const auto run = [&](std::string_view arguments) {
    const auto command = fmt::format("{} keys {} --config {} 2>&1", NEARFAR_BINARY, arguments, gw.path());
    std::pair<int, std::string> out;
    FILE* from = ::popen(command.c_str(), "r");
    REQUIRE(from != nullptr);
    char room[4096];
    for (std::size_t n = 0; (n = std::fread(room, 1, sizeof room, from)) > 0;) out.second.append(room, n);
    out.first = WEXITSTATUS(::pclose(from));
    return out;
  };
  const auto refused_model = run("create anna --models nerr");
  CHECK(refused_model.first == 1);
  CHECK(contains(refused_model.second, "the policy has no model `nerr`: did you mean `near`?"));
  CHECK(run("create anna --tags voise").first == 1);
  CHECK(run("create anna --tiers devise").first == 1);
  CHECK(gw.admin("GET", "/admin/keys").body.find("anna") == std::string::npos);
  CHECK(run("create anna --models near,'vendor/*' --team field --privacy private --tiers device").first == 0);
  CHECK(run("change anna --models nope").first == 1);
  const auto freed = run("change anna --models '*' --team none --privacy none --tiers '*'");
  INFO(freed.second);
  CHECK(freed.first == 0);
  CHECK(contains(freed.second, "models    all"));
  CHECK(contains(freed.second, "tiers     all"));
  CHECK(!contains(freed.second, "field"));
  CHECK(!contains(freed.second, "at least"));
  // With a configuration that cannot be understood nobody knows.
  std::ofstream(gw.path(), std::ios::app) << "nonsense: true\n";
  const auto warned = run("change anna --models nope");
  CHECK(warned.first == 0);
  CHECK(contains(warned.second, "were not looked up"));
}

}  // namespace
}  // namespace nearfar::tests
