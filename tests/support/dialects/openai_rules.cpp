#include "tests/support/dialects/openai_rules.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

#include "tests/support/dialects/openai_messages_rules.hpp"

namespace nearfar::support {
namespace {

constexpr known_names chat_fields = {"messages",
                                     "model",
                                     "audio",
                                     "frequency_penalty",
                                     "presence_penalty",
                                     "function_call",
                                     "functions",
                                     "logit_bias",
                                     "logprobs",
                                     "top_logprobs",
                                     "max_completion_tokens",
                                     "max_tokens",
                                     "metadata",
                                     "modalities",
                                     "moderation",
                                     "n",
                                     "parallel_tool_calls",
                                     "prediction",
                                     "prompt_cache_key",
                                     "prompt_cache_options",
                                     "prompt_cache_retention",
                                     "reasoning_effort",
                                     "response_format",
                                     "safety_identifier",
                                     "seed",
                                     "service_tier",
                                     "stop",
                                     "store",
                                     "stream",
                                     "stream_options",
                                     "temperature",
                                     "top_p",
                                     "tool_choice",
                                     "tools",
                                     "user",
                                     "verbosity",
                                     "web_search_options"};

constexpr known_names mistral_fields = {"messages",
                                        "model",
                                        "frequency_penalty",
                                        "presence_penalty",
                                        "max_tokens",
                                        "metadata",
                                        "n",
                                        "parallel_tool_calls",
                                        "prediction",
                                        "prompt_mode",
                                        "random_seed",
                                        "reasoning_effort",
                                        "response_format",
                                        "safe_prompt",
                                        "stop",
                                        "stream",
                                        "temperature",
                                        "top_p",
                                        "tool_choice",
                                        "tools",
                                        "guardrails",
                                        "prompt_cache_key"};

// What a reasoning model does not take.
constexpr known_names unreasonable = {"max_tokens", "presence_penalty", "frequency_penalty",
                                      "logprobs",   "top_logprobs",     "logit_bias"};

bool is(const behaviour& how, known_names vendors) {
  return one_of(how.vendor.empty() ? "openai" : how.vendor, vendors);
}

std::optional<refusal> unknown_field(const incoming& in, const json::object& top) {
  if (is(in.how, {"openai", "gemini"})) {
    const auto name = unknown_name(top, chat_fields);
    if (!name.empty()) return openai_unknown_field(name);
  }
  if (is(in.how, {"mistral"})) {
    const auto name = unknown_name(top, mistral_fields);
    if (!name.empty()) {
      return refusal{422,
                     {},
                     fmt::format(R"({{"object":"error","message":{{"detail":[{{"type":"extra_forbidden",)"
                                 R"("loc":["body","{}"],"msg":"Extra inputs are not permitted"}}]}},)"
                                 R"("type":"invalid_request_error","param":null,"code":null}})",
                                 name)};
    }
  }
  return std::nullopt;
}

// An object at the root.
bool moonshot_schema(const json::value* schema) {
  const auto* root = schema == nullptr ? nullptr : schema->if_object();
  return root != nullptr && text_member(*root, "type") == "object";
}

std::optional<refusal> tools_refuse(const incoming& in, const json::object& top) {
  const auto* tools = array_member(top, "tools");
  const auto has_tools = tools != nullptr && !tools->empty();
  if (tools != nullptr && tools->empty() && is(in.how, {"openai"})) {
    return openai_refusal(
        "Invalid 'tools': empty array. Expected an array with minimum length 1, but got an "
        "empty array instead.",
        "empty_array", "tools");
  }
  if (!has_tools && given(top, "tool_choice") && text_member(top, "tool_choice") != "none")
    return openai_refusal(
        "Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are "
        "specified.",
        {}, "tool_choice");
  if (!has_tools && given(top, "parallel_tool_calls") && is(in.how, {"openai"}))
    return openai_refusal(
        "Invalid value for 'parallel_tool_calls': 'parallel_tool_calls' is only allowed "
        "when 'tools' are specified.",
        {}, "parallel_tool_calls");
  for (std::size_t i = 0; has_tools && i < tools->size(); ++i) {
    const auto* tool = (*tools)[i].if_object();
    const auto* f = tool == nullptr ? nullptr : object_member(*tool, "function");
    if (tool != nullptr && text_member(*tool, "type") == "custom") continue;
    if (f == nullptr)
      return openai_refusal(fmt::format("Missing required parameter: 'tools[{}].function'.", i),
                            "missing_required_parameter", fmt::format("tools[{}].function", i));
    if (!plain_identifier(text_member(*f, "name"), 64))
      return openai_refusal(fmt::format("Invalid 'tools[{0}].function.name': string does not match pattern. "
                                        "Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.",
                                        i),
                            "invalid_value", fmt::format("tools[{}].function.name", i));
    const auto* schema = f->if_contains("parameters");
    if (is(in.how, {"moonshot"}) && !moonshot_schema(schema))
      return openai_refusal(
          "tools.function.parameters is not a valid moonshot flavored json schema, "
          "details: <At path '': type must be an object>");
    if (flag_member(*f, "strict") && schema != nullptr && !closed_schema(*schema))
      return openai_refusal(fmt::format("Invalid schema for function '{}': In context=(), "
                                        "'additionalProperties' is required to be supplied and to be false.",
                                        text_member(*f, "name")),
                            "invalid_function_parameters", fmt::format("tools[{}].function.parameters", i));
  }
  const auto choice = text_member(top, "tool_choice");
  if (is(in.how, {"mistral"}) && choice == "required")
    return openai_refusal("Input should be 'auto', 'none' or 'any'", {}, "tool_choice");
  const bool named = has_tools && (object_member(top, "tool_choice") != nullptr || choice == "required");
  if (is(in.how, {"zai", "minimax"}) && named)
    return openai_refusal("tool_choice only supports auto", {}, "tool_choice");
  if (is(in.how, {"zai"}) && has_tools && choice == "none")
    return openai_refusal("tool_choice only supports auto", {}, "tool_choice");
  if (is(in.how, {"qwen"}) && choice == "required")
    return openai_refusal("tool_choice is one of the strings that should be [\"none\", \"auto\"]", {},
                          "tool_choice");
  return std::nullopt;
}

std::optional<refusal> format_refuses(const incoming& in, const json::object& top) {
  const auto* format = object_member(top, "response_format");
  if (format == nullptr) return std::nullopt;
  const auto type = text_member(*format, "type");
  if (is(in.how, {"deepseek"}) && type == "json_schema")
    return openai_refusal("This response_format type is unavailable now");
  if (type == "json_object") {
    std::string texts;
    if (const auto* messages = array_member(top, "messages")) collect_texts(*messages, texts);
    if (texts.find("json") == std::string::npos && texts.find("JSON") == std::string::npos)
      return openai_refusal(
          "'messages' must contain the word 'json' in some form, to use 'response_format' "
          "of type 'json_object'.",
          {}, "messages");
  } else if (type == "json_schema") {
    const auto* described = object_member(*format, "json_schema");
    if (described == nullptr || text_member(*described, "name").empty())
      return openai_refusal("Missing required parameter: 'response_format.json_schema.name'.",
                            "missing_required_parameter", "response_format.json_schema.name");
    const auto* schema = described->if_contains("schema");
    if (flag_member(*described, "strict") && schema != nullptr && !closed_schema(*schema))
      return openai_refusal(fmt::format("Invalid schema for response_format '{}': In context=(), "
                                        "'additionalProperties' is required to be supplied and to be false.",
                                        text_member(*described, "name")),
                            {}, "response_format");
  } else if (type != "text") {
    return openai_refusal(fmt::format("Invalid value: '{}'. Supported values are: 'json_object', "
                                      "'json_schema', and 'text'.",
                                      type),
                          "invalid_value", "response_format.type");
  }
  return std::nullopt;
}

// From kimi-k2.5 on one value of each is taken.
std::optional<refusal> fixed_sampling(const incoming& in, const json::object& top) {
  if (!is(in.how, {"moonshot"})) return std::nullopt;
  for (const auto& [name, fixed] : {std::pair<std::string_view, double>{"top_p", 0.95},
                                    {"temperature", 1},
                                    {"n", 1},
                                    {"presence_penalty", 0},
                                    {"frequency_penalty", 0}}) {
    const auto* value = top.if_contains(name);
    if (value == nullptr || !value->is_number() || value->to_number<double>() == fixed) continue;
    return openai_refusal(fmt::format("invalid {}: only {} is allowed for this model", name, fixed));
  }
  return std::nullopt;
}

// Highest temperature a vendor takes; zero is refused where the interval is open.
std::optional<refusal> sampling_refuses(const incoming& in, const json::object& top) {
  const double highest = is(in.how, {"zai", "minimax", "moonshot"}) ? 1 : is(in.how, {"mistral"}) ? 1.5 : 2;
  const bool open = is(in.how, {"zai", "minimax"});
  const auto* t = top.if_contains("temperature");
  if (t != nullptr && t->is_number()) {
    const auto value = t->to_number<double>();
    if (value > highest || value < 0)
      return openai_refusal(
          fmt::format("Invalid 'temperature': decimal {} value. Expected a value <= {}, but "
                      "got {} instead.",
                      value < 0 ? "below minimum" : "above maximum", highest, value),
          "decimal_above_max_value", "temperature");
    if (is(in.how, {"qwen"}) && value == 2)
      return openai_refusal("'temperature' must be in [0.0, 2.0)", "invalid_parameter_error");
    if (open && value == 0) return openai_refusal("temperature must be in (0, 1]", {}, "temperature");
  }
  if (const auto* stop = array_member(top, "stop"); stop != nullptr && stop->size() > 4)
    return openai_refusal("Invalid 'stop': array too long. Expected an array with maximum length 4.",
                          "array_above_max_length", "stop");
  if (given(top, "stream_options") && !flag_member(top, "stream"))
    return openai_refusal("The 'stream_options' parameter is only allowed when 'stream' is enabled.", {},
                          "stream_options");
  if (given(top, "top_logprobs") && !flag_member(top, "logprobs"))
    return openai_refusal("'logprobs' must be set to true if 'top_logprobs' is used.", {}, "top_logprobs");
  const auto* stops = array_member(top, "stop");
  if (is(in.how, {"zai"}) && stops != nullptr && stops->size() > 1)
    return openai_refusal("stop only supports one word", "1210", "stop");
  if (is(in.how, {"groq", "minimax"}) && count_member(top, "n") > 1)
    return openai_refusal("'n' : number must be at most 1", {}, "n");
  if (auto wrong = fixed_sampling(in, top)) return wrong;
  if (is(in.how, {"groq"})) {
    for (const auto name : {"logprobs", "logit_bias", "top_logprobs"}) {
      if (given(top, name))
        return openai_refusal(fmt::format("property '{}' is unsupported", name), {}, name);
    }
  }
  return std::nullopt;
}

}  // namespace

refusal openai_refusal(std::string message, std::string code, std::string param) {
  return {400, {std::move(message), "invalid_request_error", std::move(code), std::move(param)}, {}};
}

refusal openai_unknown_field(std::string_view name) {
  return openai_refusal(fmt::format("Unrecognized request argument supplied: {}", name));
}

std::optional<refusal> openai_model_refuses(const behaviour& how, const json::object& top) {
  for (const auto& name : how.refuses) {
    if (given(top, name))
      return openai_refusal(
          fmt::format("Unsupported parameter: '{}' is not supported with this model.", name),
          "unsupported_parameter", name);
  }
  const bool openai = how.vendor.empty() || how.vendor == "openai";
  if (!how.reasoning_model || !openai) return std::nullopt;
  for (const auto name : unreasonable) {
    if (!given(top, name)) continue;
    const auto instead = name == "max_tokens" ? " Use 'max_completion_tokens' instead." : "";
    return openai_refusal(
        fmt::format("Unsupported parameter: '{}' is not supported with this model.{}", name, instead),
        "unsupported_parameter", std::string(name));
  }
  for (const auto name : {"temperature", "top_p"}) {
    const auto* value = top.if_contains(name);
    if (value == nullptr || !value->is_number() || value->to_number<double>() == 1) continue;
    return openai_refusal(
        fmt::format("Unsupported value: '{0}' does not support {1} with this model. Only the "
                    "default (1) value is supported.",
                    name, value->to_number<double>()),
        "unsupported_value", name);
  }
  return std::nullopt;
}

std::optional<refusal> openai_key_refuses(const request_head& head) {
  if (head.field("authorization").size() > std::string_view("Bearer ").size()) return std::nullopt;
  return refusal{401,
                 {"You didn't provide an API key. You need to provide your API key in an Authorization "
                  "header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
                  "invalid_request_error", "", ""},
                 {}};
}

std::optional<refusal> openai_chat_refuses(const incoming& in, const json::object& top, bool strictly) {
  if (strictly) {
    if (auto wrong = openai_key_refuses(in.head)) return wrong;
  }
  if (text_member(top, "model").empty()) return openai_refusal("you must provide a model parameter");
  const auto* messages = array_member(top, "messages");
  if (messages == nullptr)
    return openai_refusal("Missing required parameter: 'messages'.", "missing_required_parameter",
                          "messages");
  if (!strictly) return std::nullopt;
  if (auto wrong = unknown_field(in, top)) return wrong;
  if (auto wrong = openai_model_refuses(in.how, top)) return wrong;
  if (auto wrong = tools_refuse(in, top)) return wrong;
  if (auto wrong = format_refuses(in, top)) return wrong;
  if (auto wrong = sampling_refuses(in, top)) return wrong;
  return openai_messages_refuse(in.how, top, *messages);
}

}  // namespace nearfar::support
