#include "tests/integration/preset_rows.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <stdexcept>

namespace nearfar::tests {
namespace {

constexpr std::string_view bearer = "authorization";
constexpr std::string_view x_key = "x-api-key";

// An OpenAI-like server: whatever is asked goes to its chat.
preset_row chat_only(std::string_view name, std::string_view sdk, std::string_view model,
                     std::string_view chat, std::string_view list) {
  return {name, "", sdk, model, {chat, bearer}, {chat, bearer}, {chat, bearer}, {list, bearer}};
}

// One with Anthropic's wire API beside it.
preset_row both(std::string_view name, std::string_view sdk, std::string_view chat, std::string_view messages,
                std::string_view list, std::string_view messages_key = bearer) {
  auto out = chat_only(name, sdk, "m", chat, list);
  out.messages = {messages, messages_key};
  return out;
}

preset_row anthropic_only(std::string_view name) {
  const expected_place messages{"/v1/messages", x_key};
  return {name, "", "", "m", messages, messages, messages, {}};
}

std::vector<preset_row> all_rows() {
  std::vector<preset_row> out;
  constexpr std::string_view v1_chat = "/v1/chat/completions";
  constexpr std::string_view v1_models = "/v1/models";
  for (const std::string_view name : {"openai", "cerebras", "llamafile", "sglang", "together"})
    out.push_back(chat_only(name, "/v1", "m", v1_chat, v1_models));
  out.push_back(chat_only("mistral", "/v1", "m", v1_chat, v1_models));
  out.push_back(chat_only("huggingface", "/v1", "org/m:groq", v1_chat, v1_models));
  out.push_back(chat_only("hunyuan", "/v1", "m", v1_chat, ""));
  out.push_back(chat_only("groq", "/openai/v1", "org/m", "/openai/v1/chat/completions", "/openai/v1/models"));
  out.push_back(chat_only("fireworks", "/inference/v1", "accounts/fireworks/models/m",
                          "/inference/v1/chat/completions", "/inference/v1/models"));
  out.push_back(
      chat_only("llama-api", "/compat/v1", "m", "/compat/v1/chat/completions", "/compat/v1/models"));
  out.push_back(chat_only("qianfan", "/v2", "m", "/v2/chat/completions", "/v2/models"));
  for (const std::string_view name : {"llama-server", "lmstudio", "localai", "ollama", "vllm", "xai"})
    out.push_back(both(name, "/v1", v1_chat, "/v1/messages", v1_models));
  out.push_back(both("moonshot", "/v1", v1_chat, "/anthropic/v1/messages", v1_models));
  out.push_back(both("minimax", "/v1", v1_chat, "/anthropic/v1/messages", ""));
  out.push_back(both("deepseek", "", "/chat/completions", "/anthropic/v1/messages", "/models", x_key));
  out.push_back(both("qwen", "/compatible-mode/v1", "/compatible-mode/v1/chat/completions",
                     "/apps/anthropic/v1/messages", "/compatible-mode/v1/models"));
  out.push_back(
      both("zai", "/api/paas/v4", "/api/paas/v4/chat/completions", "/api/anthropic/v1/messages", ""));
  out.push_back(
      both("openrouter", "/api/v1", "/api/v1/chat/completions", "/api/v1/messages", "/api/v1/models"));
  out.back().folder = "/api";
  out.back().model = "org/m";
  out.push_back(anthropic_only("anthropic"));
  out.back().list = {"/v1/models?limit=1000", x_key};
  out.push_back(anthropic_only("anthropic-compatible"));
  out.back().folder = out.back().sdk = "/anthropic";
  out.back().chat = out.back().streamed = out.back().messages = {"/anthropic/v1/messages", x_key};
  out.back().list = {"/anthropic/v1/models", x_key};
  out.push_back(chat_only("openai-compatible", "/v1", "m", v1_chat, v1_models));
  out.back().folder = "/v1";
  const expected_place whole{"/v1beta/models/gemini-2.5-flash:generateContent", "x-goog-api-key"};
  out.push_back({"gemini",
                 "",
                 "/v1beta",
                 "gemini-2.5-flash",
                 whole,
                 {"/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse", "x-goog-api-key"},
                 whole,
                 {"/v1beta/models?pageSize=1000", "x-goog-api-key"}});
  return out;
}

policy_text policy_for(const upstream_double& vendor, url_form form, std::string_view models) {
  policy_text out;
  out.from_file = true;  // what is listed is read together with it again
  out.list_again = millis{50};
  out.attempts = "first_token: 20s, stall: 20s";
  for (const auto& row : preset_rows()) {
    const auto url = fmt::format("{}{}", vendor.url(), form == url_form::bare ? row.folder : row.sdk);
    const auto own = fmt::format(
        "{{\"{}\": {{context: 64k, price: free, can: {{tools: true, images: true, json: true}}}}}}",
        row.model);
    const bool lists = !models.empty() && !row.list.target.empty();
    out.providers += fmt::format(
        "  {}: {{tier: remote, preset: {}, url: \"{}\", key: {{file: vendor.key}}, models: {}}}\n",
        row.preset, row.preset, url, lists ? std::string(models) : own);
    if (!lists) out.models += fmt::format("  {0}: [\"{0}/{1}\"]\n", row.preset, row.model);
  }
  return out;
}

}  // namespace

const std::vector<preset_row>& preset_rows() {
  static const std::vector<preset_row> rows = all_rows();
  return rows;
}

const preset_row& row_of(std::string_view preset) {
  const auto found = std::ranges::find(preset_rows(), preset, &preset_row::preset);
  INFO("no row of expectations for the preset " << preset);
  REQUIRE(found != preset_rows().end());
  return *found;
}

preset_gateway::preset_gateway(url_form form, std::string_view models)
    : gateway_(policy_for(vendor_, form, models)) {}

http_answer preset_gateway::ask(std::string_view path, std::string_view body,
                                const header_list& fields) const {
  auto asking = gateway_.client();
  asking.set_deadline(millis{60'000});
  asking.send(support::post(path, body, fields));
  return asking.read_answer();
}

support::recorded_request preset_gateway::seen() {
  const auto all = vendor_.requests();
  INFO("what the vendor was asked: " << all.size() << " times");
  REQUIRE(all.size() == 1);
  vendor_.state().forget_requests();
  return all.front();
}

behaviour as_vendor(std::string_view preset) {
  behaviour out;
  out.strict = true;
  out.vendor = preset;
  return out;
}

std::string key_line(const expected_place& at) {
  return at.key == bearer ? fmt::format("Bearer {}", vendor_key) : std::string(vendor_key);
}

const boost::json::value* at_pointer(const boost::json::value& in, std::string_view pointer) {
  boost::system::error_code ignored;
  return in.find_pointer(pointer, ignored);
}

}  // namespace nearfar::tests
