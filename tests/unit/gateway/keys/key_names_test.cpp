// A key names what the policy has, or its maker hears what was meant.
#include "gateway/keys/key_names.hpp"
#include "config/load.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace nearfar;
using namespace nearfar::gateway;

namespace {

std::shared_ptr<const routes::policy> policy_of(std::string_view models, std::string_view far_models,
                                                std::string_view tags = "[voice, batch]") {
  const auto text =
      "version: 1\ntags: " + std::string(tags) +
      "\nproviders:\n"
      "  phone: {tier: device, preset: llama-server, url: \"http://127.0.0.1:1\", models: {small: {}}}\n"
      "  far: {tier: remote, preset: openrouter, key: {env: FAR}, optional: true, models: " +
      std::string(far_models) + "}\nmodels:\n" + std::string(models);
  auto loaded = config::load_text(text, "test.yaml", "/");
  INFO(loaded.found.render(config::diagnostics::style::plain));
  REQUIRE(loaded.value);
  auto policy = routes::policy::compile(loaded.value, loaded.found);
  REQUIRE(policy);
  return policy;
}

constexpr std::string_view usual =
    "  auto: [phone/small, far/qwen/max]\n  \"claude-haiku-*\": [far/qwen/max]\n";
constexpr std::string_view listed = "{qwen/max: {as: qwen-max}}";

std::string wrong_model(const routes::policy& in, std::string name) {
  key_wishes of;
  of.models = {"auto", std::move(name)};
  return check_names(of, in).wrong;
}

std::string wrong_tag(const routes::policy& in, std::string name) {
  key_wishes of;
  of.tags = {std::move(name)};
  return check_names(of, in).wrong;
}

}  // namespace

TEST_CASE("a key may name whatever a client may ask for") {
  const auto policy = policy_of(usual, listed);
  for (const auto* name : {"auto", "small", "phone/small", "qwen-max", "far/qwen-max", "claude-haiku-4-5",
                           "claude-haiku-*", "claude-*", "phone/*", "*/small", "*", "a*"}) {
    INFO(name);
    CHECK(wrong_model(*policy, name).empty());
  }
  CHECK(check_names({}, *policy).wrong.empty());
}

TEST_CASE("what the policy does not have is named, with the nearest that it has") {
  const auto policy = policy_of(usual, listed);
  CHECK(wrong_model(*policy, "aut") == "the policy has no model `aut`: did you mean `auto`?");
  CHECK(wrong_model(*policy, "phone/smal") ==
        "the policy has no model `phone/smal`: did you mean `phone/small`?");
  CHECK(wrong_model(*policy, "gpt-*").starts_with("the policy has no model `gpt-*`"));
  CHECK(wrong_tag(*policy, "voise") == "the policy has no tag `voise`: did you mean `voice`?");
  CHECK(wrong_tag(*policy, "v*").empty());
  CHECK(wrong_tag(*policy, "*").empty());
  CHECK(wrong_tag(*policy_of(usual, listed, "[]"), "voice") ==
        "the policy has no tag `voice`, nor any other: declare it in `tags`");
}

TEST_CASE("where every name leads somewhere none is wrong, and what is listed later is not sure") {
  CHECK(wrong_model(*policy_of("  auto: [phone/small]\n  \"*\": auto\n", listed), "nope").empty());
  key_wishes of;
  of.models = {"nope"};
  CHECK(check_names(of, *policy_of(usual, listed)).is_sure);
  const auto found = check_names(of, *policy_of("  auto: [phone/small]\n", "discover"));
  CHECK_FALSE(found.wrong.empty());
  CHECK_FALSE(found.is_sure);
}
