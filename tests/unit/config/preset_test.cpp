#include "config/preset.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>

using namespace nearfar::config;

TEST_CASE("every preset that the documentation names is there and makes sense") {
  for (const std::string_view name : {"openai", "openrouter", "deepseek", "llama-server", "ollama", "vllm",
                                      "lmstudio", "openai-compatible"}) {
    INFO(name);
    const auto* p = find_preset(name);
    REQUIRE(p != nullptr);
    CHECK(p->name == name);
    CHECK_FALSE(p->title.empty());
    CHECK(p->chat_path.starts_with('/'));
    CHECK(p->chat_path.ends_with("/chat/completions"));
    CHECK(p->auth == auth_style::bearer);
    CHECK(p->stream_usage);
  }
  CHECK(presets().size() == 8);
  CHECK(find_preset("nothing") == nullptr);
}

TEST_CASE("presets know the addresses and habits of their servers") {
  CHECK(find_preset("openrouter")->url + find_preset("openrouter")->chat_path ==
        "https://openrouter.ai/api/v1/chat/completions");
  CHECK(find_preset("openai")->url + find_preset("openai")->models_path ==
        "https://api.openai.com/v1/models");
  CHECK(find_preset("deepseek")->url == "https://api.deepseek.com");
  CHECK(find_preset("ollama")->url == "http://127.0.0.1:11434");
  CHECK(find_preset("openai-compatible")->url.empty());
  CHECK(find_preset("llama-server")->loads_models);
  CHECK_FALSE(find_preset("vllm")->loads_models);
  CHECK_FALSE(find_preset("openrouter")->closing_stops_bill);
  CHECK(find_preset("openai")->closing_stops_bill);
  CHECK(find_preset("openai")->vendor == "openai");
  REQUIRE(find_preset("llama-server")->prefill.size() == 2);
  CHECK(find_preset("llama-server")->prefill[0].name == "n_predict");
  CHECK(find_preset("llama-server")->prefill[0].json == "0");
  // Who bills a prompt is never asked to read one in vain.
  for (const std::string_view name : {"openai", "openrouter", "deepseek"})
    CHECK(find_preset(name)->prefill.empty());
}

TEST_CASE("a preset is read as strictly as the configuration") {
  diagnostics out("x.yaml", "");
  CHECK_FALSE(parse_preset("x", "title: X\nchat_pth: /v1\nauth: basic\n", out));
  REQUIRE(out.all().size() == 2);
  CHECK(out.all()[0].message == "unknown key `chat_pth` in the preset");
  CHECK(out.all()[0].help == "did you mean `chat_path`?");
  CHECK(out.all()[1].message == "`auth` in the preset cannot be `basic`");
}

TEST_CASE("a preset may put fields and headers into every query") {
  diagnostics out;
  const auto p = parse_preset(
      "x", "title: X\nchat_path: /c\nset: {usage: {include: true}}\nheaders: [\"x-title: nearfar\"]\n", out);
  REQUIRE(p);
  REQUIRE(p->set.size() == 1);
  CHECK(p->set[0].name == "usage");
  CHECK(p->set[0].json == R"({"include":true})");
  CHECK(p->headers == std::vector<std::string>{"x-title: nearfar"});
}

TEST_CASE("presets know how their servers go on with an answer that another began", "[P2]") {
  const auto names = [](const std::vector<body_field>& fields) {
    std::string all;
    for (const auto& each : fields) all += each.name + "=" + each.json + " ";
    return all;
  };
  const auto& vllm = find_preset("vllm")->hand_over;
  CHECK(vllm.kind == continuation_kind::native);
  CHECK(vllm.echo == echo_habit::never);
  CHECK(names(vllm.set) == "continue_final_message=true add_generation_prompt=false echo=false ");
  CHECK(vllm.message.empty());
  const auto& llama = find_preset("llama-server")->hand_over;
  CHECK(llama.kind == continuation_kind::native);
  CHECK(names(llama.set) ==
        "continue_final_message=true add_generation_prompt=false echo=false "
        "chat_template_kwargs={\"enable_thinking\":false} ");
  const auto& deepseek = find_preset("deepseek")->hand_over;
  CHECK(deepseek.kind == continuation_kind::native);
  CHECK(deepseek.path == "/beta/chat/completions");
  CHECK(names(deepseek.message) == "prefix=true ");
  // Then it is known what white space was sent, whatever a template does to it.
  CHECK((vllm.trim && llama.trim && deepseek.trim));
  for (const auto* name : {"openai", "openrouter", "ollama", "lmstudio", "openai-compatible"}) {
    INFO(name);
    CHECK(find_preset(name)->hand_over.kind == continuation_kind::instruct);
    CHECK(find_preset(name)->hand_over.message.empty());
  }
}

TEST_CASE("a continuation may not write the fields that hand-over writes", "[P2]") {
  diagnostics out("x.yaml", "");
  CHECK_FALSE(parse_preset("x",
                           "title: X\nchat_path: /c\ncontinuation: {kind: natve, message: {role: user}, set: "
                           "{messages: []}}\n",
                           out));
  REQUIRE(out.all().size() == 3);
  CHECK(out.all()[0].message == "`kind` in `continuation` of the preset cannot be `natve`");
  CHECK(out.all()[1].message ==
        "`role` cannot be put into a message by `message` in `continuation` of the preset");
  CHECK(out.all()[2].message ==
        "`messages` cannot be put into a body by `set` in `continuation` of the preset");
}
