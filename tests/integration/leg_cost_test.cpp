// What an answer of several legs costs.
#include "tests/integration/query_watcher.hpp"

#include <fmt/format.h>
#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>

namespace nearfar::tests {
namespace {

using words = std::vector<std::string>;

constexpr double input_price = 1'000;  // USD per million tokens, of the remote; the device is free
constexpr double output_price = 2'000;
const words spoken{"The ", "tower ", "is ", "very ", "very ", "high."};
constexpr unsigned broke_after = 4;

behaviour first_leg() {
  behaviour b;
  b.script = spoken;
  b.break_with = break_kind::cut;
  b.after = broke_after;
  return b;
}

constexpr std::uint64_t reported_input = 30;
constexpr std::uint64_t reported_output = 7;

behaviour second_leg() {
  behaviour b;
  b.script = words(spoken.begin() + broke_after, spoken.end());
  b.usage = support::scripted_usage{.prompt_tokens = reported_input, .completion_tokens = reported_output};
  return b;
}

policy_text with_a_dear_remote(const upstream_double& remote, std::string_view order) {
  policy_text policy;
  policy.continuation = "{kind: native}";
  policy.models = "  auto: [dear/grand, phone/small]\n";
  policy.rule = fmt::format("prefer: {}", order);
  policy.providers = fmt::format(
      "  dear:\n    tier: remote\n    preset: openai-compatible\n    url: {}\n    continuation: {{kind: "
      "native}}\n"
      "    models: {{grand: {{context: 64k, price: {{input: {} USD/M, output: {} USD/M}}}}}}\n",
      remote.url(), input_price, output_price);
  return policy;
}

std::uint64_t told(const boost::json::object& line, std::string_view what) {
  return line.at("tokens").at(what).to_number<std::uint64_t>();
}

TEST_CASE("a continued answer costs what each leg costs at its own target's price", "[P4]") {
  upstream_double dear({.name = "dear"});
  SECTION("the remote's leg broke, the device's is free") {
    gateway_under_test gw(with_a_dear_remote(dear, "[remote, device]"));
    dear.set_default(first_leg());
    gw.device.set_default(second_leg());
    query_watcher log(gw);
    REQUIRE(gw.ask(chat_stream("auto")).complete);
    const auto line = log.next();
    // It told no usage: estimated by what was asked and by what came.
    CHECK(told(line, "output") == broke_after + reported_output);
    const auto asked = static_cast<double>(told(line, "input") - reported_input);
    CHECK(asked > 0);
    const auto wanted = (asked * input_price + broke_after * output_price) / 1e6;
    CHECK(line.at("cost_usd_estimate").to_number<double>() == Catch::Approx(wanted));
    CHECK(line.at("tokens_estimated").as_bool());
  }
  SECTION("the device's leg broke, the remote goes on") {
    gateway_under_test gw(with_a_dear_remote(dear, "[device, remote]"));
    gw.device.set_default(first_leg());
    dear.set_default(second_leg());
    query_watcher log(gw);
    REQUIRE(gw.ask(chat_stream("auto")).complete);
    const auto wanted = (reported_input * input_price + reported_output * output_price) / 1e6;
    CHECK(log.next().at("cost_usd_estimate").to_number<double>() == Catch::Approx(wanted));
  }
}

}  // namespace
}  // namespace nearfar::tests
