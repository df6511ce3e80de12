// POST /admin/simulate: the gateway's own log under another policy, beside the serving.
#include "tests/integration/gateway_under_test.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>

namespace nearfar::tests {
namespace {

namespace json = boost::json;

constexpr std::string_view to_device = "  auto: [phone/small]\n";
constexpr std::string_view to_home = "  auto: [homelab/medium]\n";

policy_text recording() {
  policy_text out;
  out.from_file = true;
  out.models = std::string(to_device) + "  near: [phone/small]\n";
  out.more = "decisions: {}\n";
  return out;
}

std::string next_text(const gateway_under_test& gw) {
  return gw.text_with(std::string(to_home) + "  near: [phone/small]\n");
}

json::value parsed(const http_answer& a) {
  INFO(a.body);
  boost::system::error_code ec;
  auto out = json::parse(a.body, ec);
  REQUIRE_FALSE(ec);
  return out;
}

std::int64_t number(const json::value& in, std::string_view name) {
  return in.as_object().at(json::string_view(name.data(), name.size())).to_number<std::int64_t>();
}

TEST_CASE("simulate over HTTP replays what the gateway has recorded", "[P5]") {
  gateway_under_test gw(recording());
  for (int i = 0; i < 5; ++i) REQUIRE(gw.ask(chat("auto")).status == 200);
  for (int i = 0; i < 3; ++i) REQUIRE(gw.ask(chat("near")).status == 200);
  // A query is settled, and its line written, after its last byte.
  REQUIRE(gw.metric_reaches("nearfar_queries_total", 8));
  json::value report;
  REQUIRE(eventually([&] {
    report = parsed(gw.admin("POST", "/admin/simulate", next_text(gw)));
    return number(report, "queries") == 8;
  }));
  CHECK(number(report, "moved") == 5);
  CHECK(number(report, "newly_refused") == 0);
  CHECK(json::serialize(report.at("matrix")) ==
        R"([{"from":"phone/small","to":"homelab/medium","queries":5},)"
        R"({"from":"phone/small","to":"phone/small","queries":3}])");
  CHECK(report.at("examples").as_array().size() == 5);
  CHECK_FALSE(report.as_object().contains("fail_if"));
  SECTION("parameters choose the queries, as the options of the command do") {
    const auto near = parsed(gw.admin("POST", "/admin/simulate?model=near", next_text(gw)));
    CHECK(number(near, "queries") == 3);
    CHECK(number(near, "moved") == 0);
    CHECK(number(parsed(gw.admin("POST", "/admin/simulate?key=nobody", next_text(gw))), "queries") == 0);
    const auto later = "/admin/simulate?since=2100-01-01T00:00+01:00";
    CHECK(number(parsed(gw.admin("POST", later, next_text(gw))), "queries") == 0);
    const auto earlier = "/admin/simulate?since=2000-01-01T00%3A00Z";
    CHECK(number(parsed(gw.admin("POST", earlier, next_text(gw))), "queries") == 8);
  }
  SECTION("limits are judged in the answer") {
    const auto judged =
        parsed(gw.admin("POST", "/admin/simulate?fail_if=moved%3E50%25&fail_if=refused%3E0", next_text(gw)));
    CHECK(json::serialize(judged.at("fail_if")) ==
          R"([{"limit":"moved>50%","holds":true},{"limit":"refused>0","holds":false}])");
  }
  SECTION("nothing of it is in force") {
    CHECK(gw.ask(chat("auto")).field("x-nearfar-target") == "phone/small");
    CHECK(gw.metric("nearfar_policy_reload_total{result=\"ok\"}") == 0);
  }
}

TEST_CASE("simulate over HTTP says what is wrong with the request before it reads the log") {
  gateway_under_test gw(recording());
  const auto next = next_text(gw);
  for (const auto* path : {"/admin/simulate?fail_if=moved", "/admin/simulate?since=yesterday",
                           "/admin/simulate?sinc=2026-01-01T00:00Z", "/admin/simulate?model=%4"}) {
    INFO(path);
    const auto refused = gw.admin("POST", path, next);
    CHECK(refused.status == 400);
    CHECK(error_field(refused.body, "code") == "invalid_simulation");
  }
  const auto wrong = gw.admin("POST", "/admin/simulate", next + "rulez: []\n");
  CHECK(wrong.status == 422);
  CHECK(wrong.body.find("unknown key `rulez`") != std::string::npos);
  CHECK(gw.admin("GET", "/admin/simulate").status == 405);
  CHECK(error_field(gw.admin("POST", "/admin/simulate", next).body, "code") == "no_decision_log");
}

TEST_CASE("a path that the admin listener does not have is unknown, whatever the method") {
  gateway_under_test gw;
  for (const auto* method : {"GET", "POST", "PUT", "DELETE", "PATCH"}) {
    INFO(method);
    const auto a = gw.admin(method, "/admin/simulat", "");
    CHECK(a.status == 404);
    CHECK(error_field(a.body, "code") == "unknown_path");
  }
  CHECK(gw.admin("POST", "/metrics").status == 405);
  CHECK(gw.admin("POST", "/admin/events").status == 405);
}

}  // namespace
}  // namespace nearfar::tests
