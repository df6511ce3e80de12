#include "providers/dialects/openrouter/provider_wishes.hpp"

#include "config/load.hpp"
#include "providers/dialects/openai_chat/request_reader.hpp"
#include "providers/dialects/openai_chat/request_writer.hpp"
#include "tests/unit/providers/dialects/padded.hpp"

#include <catch2/catch_test_macros.hpp>

#include <memory>
#include <string>

using namespace nearfar;
using namespace nearfar::providers;
using strings = std::vector<std::string>;

namespace {

struct read_request {
  explicit read_request(const std::string& members)
      : body(R"({"model":"auto","messages":[{"role":"user","content":"hi"}])" + members + "}") {
    openai_chat::request_reader reader;
    const auto read = reader.read(body, view);
    INFO(body.view());
    if (read.has_error()) FAIL(read.error().context);
  }
  padded body;
  request_view view;
};

routes::client_wishes wishes_of(const std::string& members) {
  const read_request one(members);
  CHECK(openrouter::has_own_members(one.view));
  routes::client_wishes out;
  const auto read = openrouter::read_wishes(one.view, out);
  if (read.has_error()) FAIL(read.error().context);
  return out;
}

std::string problem_of(const std::string& members) {
  const read_request one(members);
  routes::client_wishes out;
  const auto read = openrouter::read_wishes(one.view, out);
  REQUIRE(read.has_error());
  CHECK(read.error().kind == routes::error_kind::bad_request);
  CHECK(read.error().side == routes::error_side::downstream);
  return read.error().context;
}

bool says(const std::string& text, std::string_view part) {
  INFO(text);
  return text.find(part) != std::string::npos;
}

std::shared_ptr<const routes::policy> house() {
  auto loaded = config::load_text(R"(version: 1
providers:
  phone: {tier: device, preset: llama-server, url: "http://127.0.0.1:1", models: {small: {}}}
  deepseek: {tier: remote, preset: openai-compatible, url: "https://far.example", models: {best: {}}}
  hub: {tier: remote, preset: openrouter, models: {vendor/huge: {}}}
models:
  auto: [phone/small, deepseek/best, hub/vendor/huge]
)",
                                  "test.yaml", "/");
  INFO(loaded.found.render(config::diagnostics::style::plain));
  REQUIRE(loaded.value);
  auto out = routes::policy::compile(loaded.value, loaded.found);
  REQUIRE(out);
  return out;
}

// What the target gets of the body.
std::string sent_to(std::string_view target, const std::string& members) {
  const read_request one(members);
  const auto rules = house();
  for (const auto& t : rules->targets()) {
    if (t.name != target) continue;
    const auto changes = openrouter::changes_for(one.view, t, rules->configuration());
    openai_chat::spliced_body into;
    openai_chat::splice(one.view,
                        {.model = "m",
                         .without = changes.without,
                         .instead = changes.provider ? &*changes.provider : nullptr},
                        into);
    std::string all;
    for (const auto piece : into.pieces) all += piece;
    const std::string_view head = R"({"model":"m","messages":[{"role":"user","content":"hi"}])";
    REQUIRE(all.starts_with(head));
    return all.substr(head.size());
  }
  FAIL("no target " << target);
  return {};
}

}  // namespace

TEST_CASE("a request without members of OpenRouter's own has none") {
  CHECK_FALSE(
      openrouter::has_own_members(read_request(R"(,"temperature":1,"reasoning":{},"user":"u")").view));
  CHECK(openrouter::has_own_members(read_request(R"(,"usage":{"include":true})").view));
}

TEST_CASE("every field of `provider` is read") {
  const auto w = wishes_of(R"(,"provider":{"order":["a","b"],"only":["c"],"ignore":["d/e"],
    "allow_fallbacks":false,"require_parameters":true,"data_collection":"deny","zdr":false,
    "quantizations":["fp8","int4"],"sort":"throughput","max_price":{"prompt":1,"completion":"2.5"},
    "preferred_min_throughput":{"p50":30},"preferred_max_latency":1.5,"enforce_distillable_text":false},
    "seed":7,"top_k":3)");
  CHECK(w.order == strings{"a", "b"});
  CHECK(w.only == strings{"c"});
  CHECK(w.ignore == strings{"d/e"});
  CHECK_FALSE(w.fallbacks);
  CHECK(w.no_retention);
  CHECK(w.required == (routes::parameter_bit("seed") | routes::parameter_bit("top_k")));
  CHECK(w.quantizations == (routes::quantization_bits("fp8") | routes::quantization_bits("int4")));
  CHECK(w.sort == config::order_by::throughput);
  CHECK(w.max_price_input == 1.0);
  CHECK(w.max_price_output == 2.5);
  CHECK(w.min_throughput == 30.0);
  CHECK(w.max_latency == routes::millis{1500});
}

TEST_CASE("null is as good as absent") {
  const auto w = wishes_of(
      R"(,"provider":{"order":null,"zdr":null,"sort":null},"models":null,"route":null,"plugins":null)");
  CHECK(w.order.empty());
  CHECK(w.fallbacks);
  CHECK_FALSE(w.sort);
}

TEST_CASE("`data_collection: allow` takes nothing back that `zdr` said") {
  CHECK(wishes_of(R"(,"provider":{"zdr":true,"data_collection":"allow"})").no_retention);
  CHECK(wishes_of(R"(,"provider":{"data_collection":"deny","zdr":false})").no_retention);
  CHECK_FALSE(wishes_of(R"(,"provider":{"data_collection":"allow"})").no_retention);
}

TEST_CASE("`sort` may be an object, and `route` is its older form") {
  auto w = wishes_of(R"(,"provider":{"sort":{"by":"latency","partition":"none"}})");
  CHECK(w.sort == config::order_by::latency);
  CHECK(w.across_models);
  w = wishes_of(R"(,"provider":{"sort":"exacto"},"models":["a","b"],"route":"fallback")");
  CHECK(w.sort == config::order_by::quality);
  CHECK_FALSE(w.across_models);
  CHECK(w.models == strings{"a", "b"});
  CHECK(wishes_of(R"(,"route":"sort")").across_models);
}

TEST_CASE("plugins that are on keep to OpenRouter, those that are off do not") {
  CHECK(wishes_of(R"(,"plugins":[{"id":"web","max_results":3}])").openrouter_only);
  CHECK_FALSE(wishes_of(R"(,"plugins":[{"id":"web","enabled":false}])").openrouter_only);
  CHECK_FALSE(wishes_of(R"(,"plugins":[])").openrouter_only);
  CHECK(wishes_of(R"(,"transforms":["middle-out"])").openrouter_only);
  CHECK_FALSE(wishes_of(R"(,"transforms":[])").openrouter_only);
}

TEST_CASE("an error names the field that is wrong") {
  CHECK(says(problem_of(R"(,"provider":[])"), "provider must be an object"));
  CHECK(says(problem_of(R"(,"provider":{"orders":["a"]})"), "field that is not known"));
  CHECK(says(problem_of(R"(,"provider":{"order":"a"})"), "provider.order must be an array"));
  CHECK(says(problem_of(R"(,"provider":{"only":[1]})"), "provider.only"));
  CHECK(says(problem_of(R"(,"provider":{"allow_fallbacks":"no"})"),
             "provider.allow_fallbacks must be true or"));
  CHECK(says(problem_of(R"(,"provider":{"data_collection":"maybe"})"), "\"allow\" or \"deny\""));
  CHECK(says(problem_of(R"(,"provider":{"quantizations":["q4"]})"), "provider.quantizations takes int4"));
  CHECK(says(problem_of(R"(,"provider":{"sort":"random"})"), "provider.sort must be"));
  CHECK(says(problem_of(R"(,"provider":{"sort":{"partition":"x"}})"), "provider.sort.partition"));
  CHECK(says(problem_of(R"(,"provider":{"max_price":{"prompt":"cheap"}})"),
             "provider.max_price takes numbers"));
  CHECK(says(problem_of(R"(,"provider":{"max_price":{"prompt":-1}})"), "provider.max_price takes numbers"));
  CHECK(says(problem_of(R"(,"provider":{"max_price":{"image":1}})"), "prompt and completion"));
  CHECK(says(problem_of(R"(,"provider":{"preferred_max_latency":{"p99":1}})"), "no other percentile"));
  CHECK(says(problem_of(R"(,"provider":{"enforce_distillable_text":true})"), "distillable"));
  CHECK(says(problem_of(R"(,"models":"a")"), "models must be an array"));
  CHECK(says(problem_of(R"(,"models":[""])"), "models must be an array"));
  CHECK(says(problem_of(R"(,"route":"x")"), "route must be"));
  CHECK(
      says(problem_of(R"(,"plugins":[{"id":"teleport"}])"), "no plugin has this id; known are auto-router"));
  CHECK(says(problem_of(R"(,"plugins":["web"])"), "plugins: each is an object"));
  CHECK(says(problem_of(R"(,"transforms":["top-out"])"), "transforms"));
  std::string many = R"(,"models":["a")";
  for (int i = 0; i < 32; ++i) many += R"(,"a")";
  CHECK(says(problem_of(many + "]"), "at most 32"));
}

TEST_CASE("an error never repeats the client's words") {
  for (const auto* members :
       {R"(,"provider":{"SECRET":1})", R"(,"provider":{"sort":"SECRET"})", R"(,"plugins":[{"id":"SECRET"}])",
        R"(,"provider":{"quantizations":["SECRET"]})"})
    CHECK_FALSE(says(problem_of(members), "SECRET"));
}

TEST_CASE("a target that is not OpenRouter gets none of its members", "[P7]") {
  CHECK(sent_to("phone/small",
                R"(,"provider":{"only":["device"]},"seed":1,"models":["a"],"usage":{"include":true})") ==
        R"(,"seed":1})");
  CHECK(sent_to("deepseek/best", R"(,"session_id":"s","route":"fallback","transforms":[],"plugins":[])") ==
        "}");
  CHECK(sent_to("deepseek/best", R"(,"reasoning":{"effort":"low"},"user":"u")") ==
        R"(,"reasoning":{"effort":"low"},"user":"u"})");
}

TEST_CASE("OpenRouter gets what it can act on, less what routing here has done", "[P7]") {
  CHECK(sent_to("hub/vendor/huge",
                R"(,"models":["x"],"session_id":"s","plugins":[{"id":"web"}],"usage":{"include":true})") ==
        R"(,"session_id":"s","plugins":[{"id":"web"}],"usage":{"include":true}})");
  // Nothing of ours in it: byte for byte.
  CHECK(sent_to("hub/vendor/huge", R"(,"provider":{ "order" : ["deepinfra"], "zdr":true })") ==
        R"(,"provider":{ "order" : ["deepinfra"], "zdr":true }})");
  CHECK(sent_to("hub/vendor/huge", R"(,"provider":{"order":["phone","deepinfra","hub"],"sort":"price"})") ==
        R"(,"provider":{"order":["deepinfra"],"sort":"price"}})");
  CHECK(sent_to("hub/vendor/huge", R"(,"provider":{"only":["hub","remote"]},"seed":1)") == R"(,"seed":1})");
  // To leave out what is called as one of ours is meant for OpenRouter's provider of that name, too.
  CHECK(sent_to("hub/vendor/huge", R"(,"provider":{"ignore":["deepseek","device","hub"]})") ==
        R"(,"provider":{"ignore":["deepseek"]}})");
}
