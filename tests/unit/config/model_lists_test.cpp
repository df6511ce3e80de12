// What providers list, kept as files and read with the configuration.
#include "config/model_lists.hpp"

#include "config/load.hpp"
#include "config/preset.hpp"

#include <catch2/catch_test_macros.hpp>

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace nearfar::config;

namespace {

struct state_folder {
  state_folder() {
    path = "/tmp/nearfar-test-XXXXXX";
    REQUIRE(::mkdtemp(path.data()) != nullptr);
    std::filesystem::create_directories(path + "/models");
  }
  ~state_folder() { std::filesystem::remove_all(path); }
  void keep(const model_list& list) const {
    std::ofstream(list_file(path, list.provider)) << list_text(list);
  }
  loaded load(std::string_view more = "") const {
    return load_text(
        fmt::format(
            "version: 1\nserver: {{state: {}}}\nproviders:\n"
            "  lab: {{tier: self_hosted, preset: vllm, url: \"http://h:8000/v1\", models: discover}}\n{}",
            path, more),
        "test.yaml", "/");
  }
  std::string path;
};

bool says(const loaded& of, severity level, std::string_view part) {
  for (const auto& one : of.found.all()) {
    if (one.level == level && one.message.find(part) != std::string::npos) return true;
  }
  return false;
}

const model_list two{"lab", "http://h:8000/v1/models", 1'795'315'659, {"one", "org/two:free"}};

}  // namespace

TEST_CASE("a kept list is read back as it was, and fills the provider of that address") {
  const auto back = read_list_text(list_text(two));
  REQUIRE(back);
  CHECK(back->provider == two.provider);
  CHECK(back->url == two.url);
  CHECK(back->at == two.at);
  CHECK(back->ids == two.ids);

  const state_folder state;
  state.keep(two);
  const auto read = state.load("models: {auto: [lab/one]}\n");
  REQUIRE(read.value);
  const auto& lab = read.value->providers.at(0);
  CHECK(lab.discover);
  CHECK(lab.listed_at == two.at);
  REQUIRE(lab.models.size() == 2);
  CHECK(lab.models[1].id == "org/two:free");
  CHECK(says(read, severity::note, "listed 2 models at 2026-11-22T02:47:39Z"));
}

TEST_CASE("the list of another address, and a damaged one, count as none") {
  const state_folder state;
  auto other = two;
  SECTION("another address") {
    other.url = "http://elsewhere:8000/v1/models";
    state.keep(other);
  }
  SECTION("cut short") {
    std::ofstream(list_file(state.path, "lab")) << list_text(two).substr(0, 60);
  }
  SECTION("with a name that could not stand in a header") {
    other.ids = {"one\nx-evil: 1"};
    state.keep(other);
  }
  const auto read = state.load();
  REQUIRE(read.value);
  CHECK(read.value->providers.at(0).models.empty());
  CHECK_FALSE(read.value->providers.at(0).listed_at);
  CHECK(says(read, severity::note, "not known here"));
  CHECK_FALSE(read.found.has_errors());
}

TEST_CASE("what a file says of a model at a provider that lists is right whatever is listed") {
  const state_folder state;
  constexpr std::string_view names =
      "models: {auto: [lab/later, lab/one]}\nguards: [{name: no, deny: [lab/later]}]\n";
  CHECK(state.load(names).value);
  state.keep(two);
  CHECK(state.load(names).value);
  SECTION("a bare name would come and go with the list") {
    const auto read = state.load("models: {auto: [one]}\n");
    CHECK_FALSE(read.value);
    CHECK(says(read, severity::error, "lists `one`"));
  }
}

TEST_CASE("a provider's name cannot lead out of the folder of lists") {
  const state_folder state;
  auto evil = two;
  evil.provider = "../lab";
  std::ofstream(state.path + "/lab.json") << list_text(evil);
  provider p;
  p.name = "../lab";
  p.preset = "vllm";
  p.url = "http://h:8000";
  CHECK_FALSE(kept_list(state.path, p));
}

TEST_CASE("every preset with a list of models has one place for it") {
  for (const auto& known : presets()) {
    INFO(known.name);
    provider p;
    p.preset = known.name;
    p.url = "http://h:1/v1/";
    const auto url = list_url(p);
    CHECK(url.find("/v1/v1/") == std::string::npos);
    if (known.models_path.empty()) {
      CHECK(url.empty());
    } else {
      CHECK(std::string_view(url).substr(0, url.find('?')).ends_with("/models"));
    }
  }
}

TEST_CASE("an answer that is no list is refused whole, with its reason") {
  std::string why;
  CHECK(read_listed_models(R"({"object":"list","data":[{"id":"a","x":1},{"id":"b"}]})", why).value().size() ==
        2);
  CHECK(read_listed_models(R"({"object":"list","data":null})", why).value().empty());
  CHECK(read_listed_models(R"({"data":[]})", why).value().empty());
  for (const auto* body :
       {"", "[]", "{}", R"({"data":{}})", R"({"data":[1]})", R"({"data":[{"id":1}]})",
        R"({"data":[{"id":""}]})", R"({"data":[{"id":"a b"}]})", R"({"data":[{"id":"a*"}]})",
        R"({"data":[{"id":"ä"}]})", R"({"data":[{"id":"a"},{"id":"a"}]})"}) {
    INFO(body);
    why.clear();
    CHECK_FALSE(read_listed_models(body, why));
    CHECK_FALSE(why.empty());
  }
  CHECK_FALSE(read_listed_models(fmt::format(R"({{"data":[{{"id":"{}"}}]}})", std::string(201, 'a')), why));
}

TEST_CASE("a url may be written as an SDK of any of the preset's dialects wants it") {
  const auto base = [](std::string preset, std::string url) {
    provider p;
    p.preset = std::move(preset);
    p.url = std::move(url);
    return base_url(p);
  };
  CHECK(base("openai", "https://proxy.example/v1/") == "https://proxy.example");
  CHECK(base("zai", "https://open.bigmodel.cn/api/paas/v4") == "https://open.bigmodel.cn");
  CHECK(base("zai", "https://open.bigmodel.cn/api/anthropic") == "https://open.bigmodel.cn");
  CHECK(base("moonshot", "https://api.moonshot.cn/anthropic/v1") == "https://api.moonshot.cn");
  CHECK(base("moonshot", "https://api.moonshot.cn/v1") == "https://api.moonshot.cn");
  CHECK(base("qwen", "https://dashscope.aliyuncs.com/compatible-mode/v1") ==
        "https://dashscope.aliyuncs.com");
  CHECK(base("qianfan", "https://qianfan.baidubce.com/v2") == "https://qianfan.baidubce.com");
  CHECK(base("anthropic", "https://api.anthropic.com") == "https://api.anthropic.com");
  CHECK(base("anthropic-compatible", "https://h.example/anthropic") == "https://h.example/anthropic");
  CHECK(base("openai-compatible", "https://h.example/v1") == "https://h.example/v1");
  CHECK(base("deepseek", "https://api.deepseek.com/v1") == "https://api.deepseek.com");
  CHECK(base("gemini", "https://proxy.example/v1beta") == "https://proxy.example");
  CHECK(base("fireworks", "") == "https://api.fireworks.ai");
}

TEST_CASE("lists of models come as OpenAI's, as a bare list, and as Gemini's") {
  std::string why;
  CHECK(read_listed_models(R"([{"id":"a/b","type":"chat"},{"id":"c"}])", why) ==
        std::vector<std::string>{"a/b", "c"});
  CHECK(read_listed_models(R"({"models":[{"name":"models/gemini-2.5-pro"}],"nextPageToken":"x"})", why) ==
        std::vector<std::string>{"gemini-2.5-pro"});
  CHECK_FALSE(read_listed_models(R"({"models":[{"id":"x"}]})", why));
  CHECK(why == "an entry of it has no `name`");
  CHECK_FALSE(read_listed_models(R"({"models":"none"})", why));
  CHECK_FALSE(read_listed_models(R"("text")", why));
}
