// What /readyz tells of the policy in force, and of a file that cannot be written.
#include "tests/integration/gateway_under_test.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>

#include <filesystem>
#include <fstream>

namespace nearfar::tests {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr std::string_view to_device = "  auto: [phone/small]\n";
constexpr std::string_view to_home = "  auto: [homelab/medium]\n";
policy_text editable() {
  policy_text out;
  out.from_file = true;
  out.models = to_device;
  return out;
}

json::value ready(const gateway_under_test& gw) {
  return json::parse(gw.admin("GET", "/readyz").body);
}

std::string reload_field(const gateway_under_test& gw, std::string_view name) {
  return std::string(ready(gw).at("reload").at(json::string_view(name.data(), name.size())).as_string());
}

// A provider that is reached from outside without a key, which `check` warns about.
constexpr std::string_view keyless =
    "  open:\n    tier: remote\n    preset: openai-compatible\n    url: https://open.example/v1\n"
    "    models: [one]\n";

bool warns(const gateway_under_test& gw) {
  const auto now = ready(gw);
  for (const auto& one : now.at("warnings").as_array()) {
    if (one.as_string().find("remote provider `open` has no `key`") != json::string::npos) return true;
  }
  return false;
}

TEST_CASE("warnings of the policy in force are in readiness: of the start, and of what came after", "[P6]") {
  policy_text policy = editable();
  SECTION("at the start, and gone with the policy") {
    policy.providers = keyless;
    gateway_under_test gw(policy);
    CHECK(eventually([&] { return warns(gw); }));
    auto text = gw.text_with(to_device);
    text.erase(text.find(keyless), keyless.size());
    std::ofstream(gw.path()) << text;
    CHECK(eventually([&] { return !warns(gw); }));
  }
  SECTION("of a reload, and kept by a mistake after it") {
    gateway_under_test gw(policy);
    CHECK_FALSE(warns(gw));
    auto text = gw.text_with(to_device);
    text.insert(text.find("models:\n  auto"), keyless);
    std::ofstream(gw.path()) << text;
    CHECK(eventually([&] { return warns(gw); }));
    std::ofstream(gw.path()) << text << "rulez: []\n";
    REQUIRE(gw.metric_reaches("nearfar_policy_reload_total{result=\"failed\"}", 1));
    CHECK(warns(gw));
  }
}

TEST_CASE("who changed the policy stays known when the file is looked at again", "[P6]") {
  gateway_under_test gw(editable());
  CHECK(reload_field(gw, "changed_by") == "start");
  const auto etag = std::string(gw.admin("GET", "/admin/policy").field("etag"));
  REQUIRE(gw.admin("PUT", "/admin/policy", gw.text_with(to_home), {{"if-match", etag}}).status == 200);
  CHECK(reload_field(gw, "changed_by") == "admin");
  REQUIRE(gw.admin("POST", "/admin/revisions/undo").status == 200);
  gw.server().reload();
  REQUIRE(gw.metric_reaches("nearfar_policy_reload_total{result=\"unchanged\"}", 1));
  CHECK(reload_field(gw, "result") == "unchanged");
  CHECK(reload_field(gw, "changed_by") == "undo");
  std::ofstream(gw.path()) << gw.text_with(to_home) << "rulez: []\n";
  REQUIRE(gw.metric_reaches("nearfar_policy_reload_total{result=\"failed\"}", 1));
  CHECK(reload_field(gw, "changed_by") == "undo");
  CHECK_FALSE(reload_field(gw, "changed_at").empty());
}

TEST_CASE("a policy whose file cannot be replaced is not put into force", "[P6]") {
  gateway_under_test gw(editable());
  // No room in the name for that of the file which is written beside it and renamed: fails for root too.
  const auto real = gw.folder() + "/" + std::string(250, 'x');
  fs::rename(gw.path(), real);
  fs::create_symlink(real, gw.path());
  const auto etag = std::string(gw.admin("GET", "/admin/policy").field("etag"));
  const auto refused = gw.admin("PUT", "/admin/policy", gw.text_with(to_home), {{"if-match", etag}});
  CHECK(refused.status == 409);
  CHECK(error_field(refused.body, "code") == "policy_not_writable");
  CHECK(refused.body.find("nothing has changed") != std::string::npos);
  CHECK(gw.admin("GET", "/admin/policy").field("etag") == etag);
  CHECK(gw.ask(chat("auto")).field("x-nearfar-target") == "phone/small");
  for (const auto& entry : fs::directory_iterator(gw.folder()))
    CHECK_FALSE(entry.path().filename().string().starts_with(".x"));
}

}  // namespace
}  // namespace nearfar::tests
