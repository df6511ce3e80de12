// What a client may say of its own routing: it narrows and reorders, and nothing more.
#include "routes/client_wishes.hpp"

#include "routes/explain.hpp"
#include "tests/unit/routes/make.hpp"

using namespace nearfar::routes;
using namespace nearfar::routes::test;
namespace config = nearfar::config;

namespace {

// phone/small, homelab/middle, cloud/large, hub/vendor/huge (of OpenRouter).
config::configuration four() {
  auto c = three_tiers();
  c.providers[1].retention = "none";
  c.providers[1].labels = {"fp8"};
  c.providers[2].retention = "30d";
  c.providers[0].models[0].file = "/models/qwen3-0.6b-Q4_K_M.gguf";
  auto huge = model("vendor/huge");
  huge.cost = config::price{};
  huge.cost->input = 1;
  huge.cost->output = 2;
  auto hub = provider("hub", tier::remote, {huge});
  hub.preset = "openrouter";
  c.providers.push_back(hub);
  c.models = {name("auto", {"phone/small", "homelab/middle", "cloud/large", "hub/vendor/huge"}),
              name("big", {"cloud/large"}), name("home", {"homelab/middle", "phone/small"})};
  return c;
}

struct wished : scene {
  explicit wished(config::configuration c = four()) : scene(good(std::move(c))) { asked.wishes = &wishes; }
  client_wishes wishes;
};

const names as_listed{"phone/small", "homelab/middle", "cloud/large", "hub/vendor/huge"};

}  // namespace

TEST_CASE("wishes that wish nothing change nothing", "[routes]") {
  wished q;
  CHECK(q.order() == as_listed);
}

TEST_CASE("a slug is a tier, a provider or a target, in any case", "[routes]") {
  wished q;
  q.wishes.only = {"Device"};
  CHECK(q.order() == names{"phone/small"});
  q.wishes.only = {"HOMELAB", "self_hosted"};
  CHECK(q.order() == names{"homelab/middle"});
  q.wishes.only = {"remote"};
  CHECK(q.order() == names{"cloud/large", "hub/vendor/huge"});
  q.wishes.only = {"cloud/Large"};
  CHECK(q.order() == names{"cloud/large"});
  CHECK(q.verdict_on("phone/small").reason == drop_reason::client_only);
  CHECK(is_permanent(drop_reason::client_only));
}

TEST_CASE("a slug that is none of ours is meant for OpenRouter", "[routes]") {
  wished q;
  q.wishes.only = {"deepinfra/turbo"};
  CHECK(q.order() == names{"hub/vendor/huge"});
  q.wishes = {};
  q.wishes.order = {"deepinfra", "homelab"};
  CHECK(q.order() == names{"hub/vendor/huge", "homelab/middle", "phone/small", "cloud/large"});
  q.wishes = {};
  q.wishes.only = {"hub"};
  CHECK(q.order() == names{"hub/vendor/huge"});
}

TEST_CASE("`ignore` removes, `order` puts first and the rest follow", "[routes]") {
  wished q;
  q.wishes.ignore = {"remote"};
  CHECK(q.order() == names{"phone/small", "homelab/middle"});
  CHECK(q.verdict_on("cloud/large").reason == drop_reason::client_ignore);
  q.wishes.order = {"cloud", "homelab"};
  CHECK(q.order() == names{"homelab/middle", "phone/small"});
  q.wishes.ignore.clear();
  CHECK(q.order() == names{"cloud/large", "homelab/middle", "phone/small", "hub/vendor/huge"});
}

TEST_CASE("the client's order goes before the rule's, what a hand put last stays last", "[routes]") {
  auto c = four();
  auto r = rule("near");
  r.prefer = {{one_provider("homelab")}};
  r.min_quality = 1'000;
  c.rules = {r};
  wished q(c);
  CHECK(q.order() == names{"homelab/middle", "cloud/large", "phone/small", "hub/vendor/huge"});
  q.wishes.order = {"phone"};
  CHECK(q.order().front() == "phone/small");
  q.targets[q.find("phone/small")].last_until = q.now + millis{1'000};
  CHECK(q.order().back() == "phone/small");
}

TEST_CASE("without fallbacks the plan is one target, or those of `order`", "[routes]") {
  wished q;
  q.wishes.fallbacks = false;
  CHECK(q.order() == names{"phone/small"});
  CHECK(q.verdict_on("cloud/large").reason == drop_reason::no_fallbacks);
  // The first that can be tried now, not one that only leads the list.
  q.targets[q.find("phone/small")].breaker_admits = false;
  CHECK(q.order() == names{"homelab/middle"});
  for (auto& t : q.targets) t.breaker_admits = false;
  CHECK(q.order() == names{"phone/small"});
  q.wishes.order = {"cloud", "phone"};
  CHECK(q.order() == names{"cloud/large", "phone/small"});
}

TEST_CASE("who wants nothing kept gets the device and those that say so", "[routes][P3]") {
  wished q;
  q.wishes.no_retention = true;
  CHECK(q.order() == names{"phone/small", "homelab/middle"});
  CHECK(q.verdict_on("cloud/large").reason == drop_reason::client_retention);
  CHECK(q.verdict_on("hub/vendor/huge").reason == drop_reason::client_retention);  // not stated
}

TEST_CASE("a limit on the price is hard, and an unknown price is above it", "[routes][P4]") {
  auto c = four();
  c.providers.push_back(provider("dear", tier::remote, {model("unpriced-model")}));
  c.models[0].entries.emplace_back("dear/unpriced-model");
  wished q(c);
  q.wishes.max_price_output = 2;
  CHECK(q.order() == names{"phone/small", "homelab/middle", "hub/vendor/huge"});
  CHECK(q.verdict_on("dear/unpriced-model").reason == drop_reason::client_price);
  q.wishes.max_price_input = 0.5;
  CHECK(q.order() == names{"phone/small", "homelab/middle"});
  q.wishes = {};
  q.wishes.free_only = true;
  CHECK(q.order() == names{"phone/small", "homelab/middle"});
}

TEST_CASE("`sort` goes over the rule's ranks, and not over what it demotes", "[routes]") {
  auto c = four();
  auto r = rule("near");
  r.prefer = {{tiers({tier::device, tier::self_hosted})}};
  c.rules = {r};
  wished q(c);
  q.wishes.sort = config::order_by::quality;
  CHECK(q.order().front() == "cloud/large");
  q.wishes.sort = config::order_by::price;
  CHECK(q.order() == names{"phone/small", "homelab/middle", "hub/vendor/huge", "cloud/large"});
  q.wishes.sort = config::order_by::throughput;
  q.targets[q.find("homelab/middle")].tokens_per_second = 900;
  CHECK(q.order().front() == "homelab/middle");
  c.rules[0].min_quality = 1'200;
  wished demoting(c);
  demoting.wishes.sort = config::order_by::price;
  CHECK(demoting.order().front() == "cloud/large");
}

TEST_CASE("who is slower than the client likes goes to the back and stays in", "[routes]") {
  wished q;
  q.wishes.min_throughput = 20;
  q.wishes.max_latency = millis{500};
  q.targets[q.find("phone/small")].tokens_per_second = 10;
  q.targets[q.find("homelab/middle")].first_token = millis{900};
  CHECK(q.order() == names{"cloud/large", "hub/vendor/huge", "phone/small", "homelab/middle"});
}

TEST_CASE("quantizations are those that a label or the file's name states", "[routes]") {
  wished q;
  const auto& c = q.rules->configuration();
  CHECK(quantization_of(q.rules->targets()[q.find("phone/small")], c) == "int4");
  CHECK(quantization_of(q.rules->targets()[q.find("homelab/middle")], c) == "fp8");
  q.wishes.quantizations = quantization_bits("fp8");
  CHECK(q.order() == names{"homelab/middle", "hub/vendor/huge"});  // OpenRouter chooses among its own
  q.wishes.quantizations = quantization_bits("unknown");
  CHECK(q.order() == names{"cloud/large", "hub/vendor/huge"});
  CHECK(quantization_bits("q4") == 0);
  CHECK((quantization_bits("fp4") & quantization_bits("mxfp4")) != 0);
}

TEST_CASE("a required parameter that a target has no word for keeps it out", "[routes]") {
  auto c = four();
  c.providers[1].models[0].can.tools = false;
  wished q(c);
  q.wishes.required = parameter_bit("tools") | parameter_bit("seed");
  CHECK(q.verdict_on("homelab/middle").reason == drop_reason::client_parameters);
  CHECK(q.verdict_on("cloud/large").reason == drop_reason::kept);
}

TEST_CASE("plugins keep to OpenRouter", "[routes]") {
  wished q;
  q.wishes.openrouter_only = true;
  CHECK(q.order() == names{"hub/vendor/huge"});
}

TEST_CASE("`models` are tried after the name asked for, each target once", "[routes]") {
  wished q;
  q.asked.model = "big";
  q.wishes.models = {"home", "auto"};
  CHECK(q.order() == names{"cloud/large", "homelab/middle", "phone/small", "hub/vendor/huge"});
  q.wishes.sort = config::order_by::price;  // inside a model
  CHECK(q.order() == names{"cloud/large", "homelab/middle", "phone/small", "hub/vendor/huge"});
  q.wishes.across_models = true;
  CHECK(q.order().back() == "cloud/large");
}

TEST_CASE("what a fallback model brings must pass the guards under its own name, too", "[routes][P3]") {
  auto c = four();
  auto g = guard("home-stays-home", when("model", {word("home")}));
  g.allow = {tiers({tier::device})};
  g.advisory = true;
  c.guards = {g};
  wished q(c);
  q.asked.model = "big";
  q.wishes.models = {"home"};
  CHECK(q.order() == names{"cloud/large", "phone/small"});
  CHECK(q.verdict_on("homelab/middle").reason == drop_reason::guard_allow);
}

TEST_CASE("models that cannot be followed are told apart", "[routes]") {
  wished q;
  q.wishes.models = {"home"};
  CHECK(wrong_models(*q.rules, q.asked).empty());
  q.wishes.models = {"home", "nobody"};
  CHECK(wrong_models(*q.rules, q.asked).find("`nobody`") != std::string::npos);
  auto c = four();
  for (int i = 0; i < 2; ++i) {
    std::vector<config::target_model> many;
    std::vector<std::string> entries;
    for (int m = 0; m < 40; ++m) {
      many.push_back(model("m" + std::to_string(m)));
      entries.push_back("p" + std::to_string(i) + "/m" + std::to_string(m));
    }
    c.providers.push_back(provider("p" + std::to_string(i), tier::remote, many));
    c.models.push_back(name("many" + std::to_string(i), entries));
  }
  wished crowd(c);
  crowd.asked.model = "many0";
  crowd.wishes.models = {"many1"};
  CHECK(wrong_models(*crowd.rules, crowd.asked).find("more than 64") != std::string::npos);
}

TEST_CASE("a conversation stays within the order that the client gave", "[routes]") {
  auto c = four();
  c.stick = config::stick_config{};
  wished q(c);
  q.asked.tools = true;
  q.sticky = {q.find("cloud/large"), q.now - millis{5'000}};
  CHECK(q.order().front() == "cloud/large");
  q.wishes.order = {"homelab", "phone"};
  CHECK(q.order().front() == "homelab/middle");
  CHECK(q.why.stick == stickiness::left);
  CHECK(explain(q.in(), q.out, q.why).find("behind others in the client's own order") != std::string::npos);
  q.wishes.order = {"remote"};
  CHECK(q.order().front() == "cloud/large");
  CHECK(q.why.stick == stickiness::stays);
  q.wishes = {};
  q.wishes.models = {"big"};
  q.asked.model = "home";
  CHECK(q.order() == names{"homelab/middle", "phone/small", "cloud/large"});
}

TEST_CASE("a wish that leaves nobody is a 404 that names it, and the slugs there are", "[routes][P5]") {
  auto c = three_tiers();
  wished q(c);
  q.wishes.only = {"deepinfra"};
  auto no = q.refused();
  CHECK(no.status == 404);
  CHECK(no.code == "constraint_filtered");
  CHECK(no.by == drop_reason::client_only);
  CHECK(no.message.find("`provider.only`") != std::string::npos);
  CHECK(no.message.find("device, self_hosted, remote, phone, homelab, cloud, phone/small") !=
        std::string::npos);
  q.wishes = {};
  q.wishes.no_retention = true;
  q.wishes.ignore = {"device"};
  no = q.refused();
  CHECK(no.code == "privacy_restricted");
  CHECK(no.message.find("phone/small (the client ignores it)") != std::string::npos);
}

TEST_CASE("a suffix is a wish unless the whole name is one of the policy's own", "[routes]") {
  auto c = four();
  c.providers[3].models.push_back(model("vendor/huge:free"));
  c.models.push_back(name("*", {"auto"}));
  wished q(c);
  const auto take = [&](std::string_view text) {
    q.wishes = {};
    std::string_view left = text;
    const bool taken = take_suffix(*q.rules, left, q.wishes);
    return std::string(left) + (taken ? " +" : "");
  };
  CHECK(take("auto:nitro") == "auto +");
  CHECK(q.wishes.sort == config::order_by::throughput);
  CHECK(take("auto:floor") == "auto +");
  CHECK(q.wishes.sort == config::order_by::price);
  CHECK(take("auto:exacto") == "auto +");
  CHECK(q.wishes.sort == config::order_by::quality);
  CHECK(take("auto:free") == "auto +");
  CHECK(q.wishes.free_only);
  CHECK(take("vendor/huge:free") == "vendor/huge:free");
  CHECK_FALSE(q.wishes.free_only);
  CHECK(take("qwen3:0.6b") == "qwen3:0.6b");
  CHECK(take(":free") == ":free");
}

TEST_CASE("what a dialect has a field for", "[routes]") {
  CHECK((parameters_of(config::dialect::openai_chat) & parameter_bit("verbosity")) != 0);
  CHECK((parameters_of(config::dialect::anthropic_messages) & parameter_bit("seed")) == 0);
  CHECK((parameters_of(config::dialect::anthropic_messages) & parameter_bit("top_k")) != 0);
  CHECK((parameters_of(config::dialect::openai_responses) & parameter_bit("stop")) == 0);
  CHECK(parameter_bit("no-such-thing") == 0);
}
