#include "config/preset.hpp"

#include "config/catalog.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

using namespace nearfar::config;

namespace {

constexpr std::array<std::string_view, 28> names{"openai",
                                                 "anthropic",
                                                 "gemini",
                                                 "openrouter",
                                                 "huggingface",
                                                 "qwen",
                                                 "deepseek",
                                                 "moonshot",
                                                 "zai",
                                                 "minimax",
                                                 "qianfan",
                                                 "hunyuan",
                                                 "llama-api",
                                                 "mistral",
                                                 "xai",
                                                 "groq",
                                                 "together",
                                                 "fireworks",
                                                 "cerebras",
                                                 "ollama",
                                                 "vllm",
                                                 "sglang",
                                                 "lmstudio",
                                                 "llamafile",
                                                 "llama-server",
                                                 "localai",
                                                 "anthropic-compatible",
                                                 "openai-compatible"};

bool is_compatible(std::string_view name) {
  return name.ends_with("-compatible");
}

}  // namespace

TEST_CASE("every preset that the documentation names is there and makes sense") {
  for (const auto name : names) {
    INFO(name);
    const auto* p = find_preset(name);
    REQUIRE(p != nullptr);
    CHECK(p->name == name);
    CHECK_FALSE(p->title.empty());
    CHECK(p->url.empty() == is_compatible(name));
    CHECK_FALSE(p->url.ends_with('/'));
    REQUIRE(translated_into(*p) != nullptr);
    for (const auto& each : p->dialects) {
      INFO(each.path);
      CHECK(std::ranges::count(p->dialects, each.speaks, &dialect_path::speaks) == 1);
      // What an SDK of it appends, so that `url` may be written as that SDK wants it.
      if (each.speaks == dialect::openai_chat) CHECK(each.path.ends_with("/chat/completions"));
      if (each.speaks == dialect::openai_responses) CHECK(each.path.ends_with("/responses"));
      if (each.speaks == dialect::openai_embeddings) CHECK(each.path.ends_with("/embeddings"));
      if (each.speaks == dialect::anthropic_messages) CHECK(each.path.ends_with("/v1/messages"));
      CHECK((each.path.find("{model}") != std::string::npos) == (each.speaks == dialect::gemini));
    }
  }
  CHECK(presets().size() == names.size());
  CHECK(find_preset("nothing") == nullptr);
}

TEST_CASE("a preset whose continuation is native says which field asks for it, or that none is needed",
          "[P2]") {
  for (const auto& p : presets()) {
    INFO(p.name);
    const bool fields = !p.hand_over.message.empty() || !p.hand_over.set.empty();
    CHECK(fields == (p.hand_over.kind == continuation_kind::native));
  }
  CHECK(find_preset("mistral")->hand_over.echo == echo_habit::maybe);
  CHECK(find_preset("anthropic")->hand_over.kind == continuation_kind::instruct);
}

TEST_CASE("where closing a stream does not stop the bill, or nobody knows, the preset says full_bill") {
  for (const std::string_view stops :
       {"openai", "anthropic", "deepseek", "xai", "together", "fireworks", "llama-server", "ollama"})
    CHECK(find_preset(stops)->closing_stops_bill);
  for (const std::string_view bills :
       {"openrouter", "gemini", "groq", "mistral", "qwen", "minimax", "moonshot", "zai", "cerebras",
        "openai-compatible", "anthropic-compatible"})
    CHECK_FALSE(find_preset(bills)->closing_stops_bill);
}

TEST_CASE("presets know how keys travel, and what each of a vendor's wire APIs wants") {
  CHECK(find_preset("anthropic")->auth == auth_style::x_api_key);
  CHECK(find_preset("anthropic")->headers == std::vector<std::string>{"anthropic-version: 2023-06-01"});
  CHECK(find_preset("gemini")->auth == auth_style::x_goog_api_key);
  CHECK(path_for(*find_preset("gemini"), dialect::openai_embeddings)->auth == auth_style::bearer);
  CHECK(path_for(*find_preset("deepseek"), dialect::anthropic_messages)->auth == auth_style::x_api_key);
  CHECK(translated_into(*find_preset("gemini"))->speaks == dialect::gemini);
  CHECK(translated_into(*find_preset("anthropic"))->speaks == dialect::anthropic_messages);
  CHECK(translated_into(*find_preset("ollama"))->speaks == dialect::openai_chat);
}

TEST_CASE("a vendor's preset has a vendor of the catalog, and a reseller's its own name") {
  for (const auto& p : presets()) {
    INFO(p.name);
    if (p.vendor.empty() || p.vendor == p.name) continue;
    CHECK(std::ranges::find(catalog(), p.vendor, &catalog_entry::vendor) != catalog().end());
  }
}

TEST_CASE("presets know the traps of their servers", "[trap6][trap7][trap17][trap18][trap19][trap25]") {
  const auto of = [](std::string_view name) { return find_preset(name)->quirks; };
  CHECK(of("openai").limit == limit_field::max_completion_tokens);
  CHECK_FALSE(of("openai").system_only);
  CHECK(of("deepseek").replay == reasoning_replay::on_calls);
  CHECK(of("moonshot").object_root);
  CHECK(of("mistral").nine_letter_ids);
  CHECK(of("mistral").required_word == "any");
  CHECK(of("mistral").turn_after_results);
  CHECK(of("openai").custom_tools);
  CHECK(of("openrouter").custom_tools);
  CHECK_FALSE(of("openai-compatible").custom_tools);
  CHECK(of("mistral").rename == std::vector<std::pair<std::string, std::string>>{{"seed", "random_seed"}});
  CHECK(of("zai").most_stops == 1);
  CHECK(of("openai").most_stops == 4);
  CHECK(of("zai").tool_choice == std::vector<std::string>{"auto"});
  CHECK(of("qwen").effort == effort_style::enable_thinking);
  CHECK(of("minimax").reasoning == reasoning_field::think_tags);
  CHECK(of("openrouter").effort == effort_style::reasoning_object);
  CHECK(of("xai").reasoning_beside);
  CHECK(of("groq").no_names);
  CHECK(of("vllm").effort == effort_style::template_flag);
}

TEST_CASE("presets know the addresses and habits of their servers") {
  CHECK(find_preset("openrouter")->url + path_for(*find_preset("openrouter"), dialect::openai_chat)->path ==
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
  CHECK_FALSE(parse_preset("x", "title: X\ndialect: {openai-chat: /v1}\nauth: basic\n", out));
  REQUIRE(out.all().size() == 2);
  CHECK(out.all()[0].message == "unknown key `dialect` in the preset");
  CHECK(out.all()[0].help == "did you mean `dialects`?");
  CHECK(out.all()[1].message == "`auth` in the preset cannot be `basic`");
}

TEST_CASE("a preset may put fields and headers into every query") {
  diagnostics out;
  const auto p = parse_preset("x",
                              "title: X\ndialects: {openai-chat: /c}\nset: {usage: {include: "
                              "true}}\nheaders: [\"x-title: nearfar\"]\n",
                              out);
  REQUIRE(p);
  REQUIRE(p->set.size() == 1);
  CHECK(p->set[0].name == "usage");
  CHECK(p->set[0].json == R"({"include":true})");
  CHECK(p->headers == std::vector<std::string>{"x-title: nearfar"});
}

TEST_CASE("presets know how their servers go on with an answer that another began", "[P2]") {
  const auto written = [](const std::vector<body_field>& fields) {
    std::string all;
    for (const auto& each : fields) all += each.name + "=" + each.json + " ";
    return all;
  };
  const auto& vllm = find_preset("vllm")->hand_over;
  CHECK(vllm.kind == continuation_kind::native);
  CHECK(vllm.echo == echo_habit::never);
  CHECK(written(vllm.set) == "continue_final_message=true add_generation_prompt=false echo=false ");
  CHECK(vllm.message.empty());
  const auto& llama = find_preset("llama-server")->hand_over;
  CHECK(llama.kind == continuation_kind::native);
  CHECK(written(llama.set) ==
        "continue_final_message=true add_generation_prompt=false echo=false "
        "chat_template_kwargs={\"enable_thinking\":false} ");
  const auto& deepseek = find_preset("deepseek")->hand_over;
  CHECK(deepseek.kind == continuation_kind::native);
  CHECK(deepseek.path == "/beta/chat/completions");
  CHECK(written(deepseek.message) == "prefix=true ");
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
  CHECK_FALSE(parse_preset(
      "x",
      "title: X\ndialects: {openai-chat: /c}\ncontinuation: {kind: natve, message: {role: user}, set: "
      "{messages: []}}\n",
      out));
  REQUIRE(out.all().size() == 3);
  CHECK(out.all()[0].message == "`kind` in `continuation` of the preset cannot be `natve`");
  CHECK(out.all()[1].message ==
        "`role` cannot be put into a message by `message` in `continuation` of the preset");
  CHECK(out.all()[2].message ==
        "`messages` cannot be put into a body by `set` in `continuation` of the preset");
}

TEST_CASE("a preset says which wire APIs it serves, where, and what the others become") {
  diagnostics out;
  const auto p = parse_preset("x", R"(title: X
dialects:
  rerank: /v1/rerank
  anthropic-messages: {path: /anthropic/v1/messages, auth: x-api-key}
  openai-chat: /v1/chat/completions
  gemini: {path: "/v1beta/models/{model}:generateContent", stream_path: "/v1beta/models/{model}:s?alt=sse"}
)",
                              out);
  REQUIRE(p);
  REQUIRE(p->dialects.size() == 4);
  REQUIRE(translated_into(*p) != nullptr);
  CHECK(translated_into(*p)->speaks == dialect::anthropic_messages);
  CHECK(translated_into(*p)->path == "/anthropic/v1/messages");
  CHECK(translated_into(*p)->auth == auth_style::x_api_key);
  REQUIRE(path_for(*p, dialect::openai_chat) != nullptr);
  CHECK(path_for(*p, dialect::openai_chat)->path == "/v1/chat/completions");
  CHECK_FALSE(path_for(*p, dialect::openai_chat)->auth);
  CHECK(path_for(*p, dialect::gemini)->stream_path == "/v1beta/models/{model}:s?alt=sse");
  CHECK(path_for(*p, dialect::openai_responses) == nullptr);
  CHECK(translated_into(*parse_preset("x", "title: X\ndialects: {rerank: /r}\n", out)) == nullptr);
}

TEST_CASE("dialects that are none, and paths that are none, are refused") {
  diagnostics out("x.yaml", "");
  CHECK_FALSE(parse_preset("x",
                           "title: X\ndialects: {openai-caht: /c, rerank: v1/rerank, gemini: {stream_path: "
                           "/s, auth: bearer}}\n",
                           out));
  REQUIRE(out.all().size() == 3);
  CHECK(out.all()[0].message == "unknown dialect `openai-caht` in the preset");
  CHECK(out.all()[0].help == "did you mean `openai-chat`?");
  CHECK(out.all()[1].message == "`rerank` in `dialects` of the preset is no path: `v1/rerank`");
  CHECK(out.all()[2].message == "missing key `path` in `gemini` of `dialects` of the preset");
  diagnostics none;
  CHECK_FALSE(parse_preset("x", "title: X\ndialects: {}\n", none));
  REQUIRE(none.all().size() == 1);
  CHECK(none.all()[0].message == "`dialects` in the preset names none");
}

TEST_CASE("a preset says where a server departs from its dialect") {
  diagnostics out("x.yaml", "");
  const auto p = parse_preset("x", R"(title: X
dialects: {openai-chat: /c}
quirks:
  system_only: true
  limit: max_tokens
  drop: [logit_bias]
  rename: {seed: random_seed}
  clamp: {temperature: [0, 1], presence_penalty: [-2, 2]}
  tool_choice: [auto, none]
  required_word: any
  replay: on_calls
  reasoning: think_tags
  effort: thinking_object
  structured: json_object
)",
                              out);
  REQUIRE(p);
  CHECK(p->quirks.system_only);
  CHECK(p->quirks.limit == limit_field::max_tokens);
  CHECK(p->quirks.drop == std::vector<std::string>{"logit_bias"});
  REQUIRE(p->quirks.rename.size() == 1);
  CHECK(p->quirks.rename[0].second == "random_seed");
  REQUIRE(p->quirks.clamp.size() == 2);
  CHECK(p->quirks.clamp[0].second.high == 1);
  CHECK(p->quirks.clamp[1].second.low == -2);
  CHECK(p->quirks.tool_choice == std::vector<std::string>{"auto", "none"});
  CHECK(p->quirks.replay == reasoning_replay::on_calls);
  CHECK(p->quirks.reasoning == reasoning_field::think_tags);
  CHECK(p->quirks.effort == effort_style::thinking_object);
  CHECK(p->quirks.structured == structured_output::json_object);
}

TEST_CASE("quirks that make no sense are refused") {
  diagnostics out("x.yaml", "");
  CHECK_FALSE(parse_preset("x", R"(title: X
dialects: {openai-chat: /c}
quirks: {clamp: {temperature: [1, 0]}, tool_choice: [some], limit: tokens, sytem_only: true}
)",
                           out));
  REQUIRE(out.all().size() == 4);
  CHECK(out.all()[0].message ==
        "`temperature` in `clamp` of `quirks` of the preset wants the least and the "
        "most that is taken");
}
