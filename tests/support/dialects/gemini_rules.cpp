#include "tests/support/dialects/gemini_rules.hpp"

#include "tests/support/dialects/gemini_contents_rules.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>

namespace nearfar::support {
namespace {

constexpr known_names top_fields = {
    "contents",       "systemInstruction", "tools",       "toolConfig", "generationConfig",
    "safetySettings", "cachedContent",     "serviceTier", "store",      "model"};
constexpr known_names config_fields = {"temperature",
                                       "topP",
                                       "topK",
                                       "candidateCount",
                                       "maxOutputTokens",
                                       "stopSequences",
                                       "presencePenalty",
                                       "frequencyPenalty",
                                       "seed",
                                       "responseMimeType",
                                       "responseSchema",
                                       "responseJsonSchema",
                                       "responseFormat",
                                       "responseModalities",
                                       "responseLogprobs",
                                       "logprobs",
                                       "thinkingConfig",
                                       "speechConfig",
                                       "imageConfig",
                                       "mediaResolution",
                                       "audioTimestamp",
                                       "routingConfig",
                                       "enableEnhancedCivicAnswers"};
constexpr known_names schema_fields = {
    "type",          "format",   "title",    "description", "nullable",   "enum",
    "items",         "minItems", "maxItems", "minLength",   "maxLength",  "minProperties",
    "maxProperties", "minimum",  "maximum",  "pattern",     "properties", "propertyOrdering",
    "required",      "anyOf",    "default",  "example"};
constexpr known_names types = {"STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY", "OBJECT", "NULL",
                               "string", "number", "integer", "boolean", "array", "object", "null"};
constexpr std::size_t most_stops = 5;

std::string camel(std::string_view name) {
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool joint = name[i] == '_' && i + 1 < name.size() && name[i + 1] >= 'a' && name[i + 1] <= 'z';
    out += joint ? static_cast<char>(name[++i] - 'a' + 'A') : name[i];
  }
  return out;
}

// A Schema, which is less than JSON Schema.
std::optional<refusal> schema_refuses(const json::value& value, const std::string& at) {
  const auto* schema = value.if_object();
  if (schema == nullptr) return gemini_refusal(fmt::format("Invalid value at '{}'", at));
  const auto name = unknown_name(*schema, schema_fields);
  if (!name.empty()) return gemini_unknown_name(name, at);
  if (const auto* type = schema->if_contains("type")) {
    if (!type->is_string())
      return gemini_refusal(
          fmt::format("Invalid JSON payload received. Unknown name \"type\" at '{}': Proto field is "
                      "not repeating, cannot start list.",
                      at));
    if (!one_of(view(type->get_string()), types))
      return gemini_refusal(
          fmt::format("Invalid value at '{}.type' (type.googleapis.com/google.ai.generativelanguage."
                      "v1beta.Type), \"{}\"",
                      at, view(type->get_string())));
  }
  const auto type = text_member(*schema, "type");
  const auto* properties = object_member(*schema, "properties");
  if (one_of(type, {"object", "OBJECT"}) && (properties == nullptr || properties->empty()))
    return gemini_refusal(
        fmt::format("* GenerateContentRequest.{}.properties: should be non-empty for OBJECT type\n", at));
  if (const auto* words = array_member(*schema, "enum")) {
    for (const auto& w : *words) {
      if (!w.is_string()) return gemini_refusal(fmt::format("Invalid value at '{}.enum' (TYPE_STRING)", at));
    }
  }
  for (const auto& member : properties == nullptr ? json::object{} : *properties) {
    if (auto wrong =
            schema_refuses(member.value(), fmt::format("{}.properties[{}]", at, std::string(member.key()))))
      return wrong;
  }
  if (const auto* items = schema->if_contains("items")) {
    if (auto wrong = schema_refuses(*items, at + ".items")) return wrong;
  }
  if (const auto* any = array_member(*schema, "anyOf")) {
    for (const auto& v : *any) {
      if (auto wrong = schema_refuses(v, at + ".any_of")) return wrong;
    }
  }
  return std::nullopt;
}

bool good_function_name(std::string_view name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  const auto good = [&](char c) {
    return letter(c) || (c >= '0' && c <= '9') || c == '.' || c == ':' || c == '-';
  };
  return !name.empty() && name.size() <= 128 && letter(name.front()) &&
         std::all_of(name.begin(), name.end(), good);
}

std::optional<refusal> declaration_refuses(const json::value& value, const std::string& at) {
  const auto* f = value.if_object();
  if (f == nullptr) return gemini_refusal(fmt::format("Invalid value at '{}'", at));
  const auto name = unknown_name(*f, {"name", "description", "parameters", "parametersJsonSchema", "response",
                                      "responseJsonSchema", "behavior"});
  if (!name.empty()) return gemini_unknown_name(name, at);
  if (!good_function_name(text_member(*f, "name")))
    return gemini_refusal(
        fmt::format("* GenerateContentRequest.{}.name: Invalid function name. Must start with a letter "
                    "or an underscore.\n",
                    at));
  if (given(*f, "parameters") && given(*f, "parametersJsonSchema"))
    return gemini_refusal(
        fmt::format("* GenerateContentRequest.{}: only one of parameters and parameters_json_schema "
                    "may be set\n",
                    at));
  const auto* parameters = f->if_contains("parameters");
  return parameters != nullptr && !parameters->is_null() ? schema_refuses(*parameters, at + ".parameters")
                                                         : std::nullopt;
}

std::optional<refusal> tools_refuse(const json::object& top, std::string_view model) {
  const auto* tools = array_member(top, "tools");
  std::size_t with_functions = 0;
  bool built_in = false;
  for (std::size_t i = 0; tools != nullptr && i < tools->size(); ++i) {
    const auto at = fmt::format("tools[{}]", i);
    const auto* tool = (*tools)[i].if_object();
    if (tool == nullptr) return gemini_refusal("Invalid value at 'tools'");
    const auto name =
        unknown_name(*tool, {"functionDeclarations", "googleSearch", "codeExecution", "urlContext",
                             "googleMaps", "fileSearch", "computerUse", "googleSearchRetrieval"});
    if (!name.empty()) return gemini_unknown_name(name, at);
    const auto* functions = array_member(*tool, "functionDeclarations");
    built_in = built_in || functions == nullptr;
    if (functions == nullptr) continue;
    ++with_functions;
    for (std::size_t k = 0; k < functions->size(); ++k) {
      if (auto wrong =
              declaration_refuses((*functions)[k], fmt::format("{}.function_declarations[{}]", at, k)))
        return wrong;
    }
  }
  if (with_functions > 1)
    return gemini_refusal("Multiple tools are supported only when they are all search tools.");
  if (with_functions != 0 && built_in && !third_generation(model))
    return gemini_refusal("Built-in tools and Function Calling cannot be combined in the same request.");
  const auto* config = object_member(top, "toolConfig");
  if (config == nullptr) return std::nullopt;
  const auto name = unknown_name(*config, {"functionCallingConfig", "retrievalConfig"});
  if (!name.empty()) return gemini_unknown_name(name, "tool_config");
  const auto* calling = object_member(*config, "functionCallingConfig");
  if (calling == nullptr) return std::nullopt;
  const auto other = unknown_name(*calling, {"mode", "allowedFunctionNames"});
  if (!other.empty()) return gemini_unknown_name(other, "tool_config.function_calling_config");
  const auto mode = text_member(*calling, "mode");
  if (!mode.empty() && !one_of(mode, {"AUTO", "ANY", "NONE", "VALIDATED"}))
    return gemini_refusal("Invalid value at 'tool_config.function_calling_config.mode'");
  if (given(*calling, "allowedFunctionNames") && !one_of(mode, {"ANY", "VALIDATED"}))
    return gemini_refusal("allowed_function_names should be set only when the function calling mode is ANY.");
  if (one_of(mode, {"ANY", "VALIDATED"}) && with_functions == 0)
    return gemini_refusal("Function calling config is set without function_declarations.");
  return std::nullopt;
}

std::optional<refusal> thinking_refuses(const json::object& config, std::string_view model) {
  const auto* thinking = object_member(config, "thinkingConfig");
  if (thinking == nullptr) return std::nullopt;
  const auto name = unknown_name(*thinking, {"includeThoughts", "thinkingBudget", "thinkingLevel"});
  if (!name.empty()) return gemini_unknown_name(name, "generation_config.thinking_config");
  if (given(*thinking, "thinkingBudget") && given(*thinking, "thinkingLevel"))
    return gemini_refusal("You can only set only one of thinking budget and thinking level.");
  if (given(*thinking, "thinkingLevel") && !third_generation(model))
    return gemini_refusal("Thinking level is not supported for this model.");
  const auto level = text_member(*thinking, "thinkingLevel");
  if (!level.empty() &&
      !one_of(level, {"MINIMAL", "LOW", "MEDIUM", "HIGH", "minimal", "low", "medium", "high"}))
    return gemini_refusal("Invalid value at 'generation_config.thinking_config.thinking_level'");
  const auto* budget = thinking->if_contains("thinkingBudget");
  if (budget == nullptr || !budget->is_number()) return std::nullopt;
  const auto tokens = budget->to_number<std::int64_t>();
  const bool pro = model.find("pro") != std::string_view::npos;
  if (pro && tokens == 0)
    return gemini_refusal("Budget 0 is invalid. This model only works in thinking mode.");
  const std::int64_t most = pro ? 32'768 : 24'576;
  if (tokens < -1 || tokens > most)
    return gemini_refusal(fmt::format(
        "The thinking budget {} is invalid. Please choose a value between 0 and {}.", tokens, most));
  return std::nullopt;
}

std::optional<refusal> config_refuses(const incoming& in, const json::object& top, std::string_view model) {
  const auto* config = object_member(top, "generationConfig");
  if (config == nullptr) return std::nullopt;
  const auto name = unknown_name(*config, config_fields);
  if (!name.empty()) return gemini_unknown_name(name, "generation_config");
  for (const auto& refused : in.how.refuses) {
    if (given(*config, refused))
      return gemini_refusal(fmt::format("{} is not supported for this model", refused));
  }
  const auto* t = config->if_contains("temperature");
  if (t != nullptr && t->is_number() && (t->to_number<double>() < 0 || t->to_number<double>() > 2))
    return gemini_refusal(
        fmt::format("* GenerateContentRequest.generation_config.temperature: temperature must be in the "
                    "range [0.0, 2.0].\n"));
  if (const auto* stops = array_member(*config, "stopSequences");
      stops != nullptr && stops->size() > most_stops)
    return gemini_refusal("The number of stop sequences exceeds the maximum of 5");
  const auto mime = text_member(*config, "responseMimeType");
  if (!mime.empty() && !one_of(mime, {"text/plain", "application/json", "text/x.enum"}))
    return gemini_refusal(
        "* GenerateContentRequest.generation_config.response_mime_type: allowed mimetypes are "
        "`text/plain`, `application/json`, `text/x.enum`.\n");
  const bool by_schema = given(*config, "responseSchema") || given(*config, "responseJsonSchema");
  if (by_schema && one_of(mime, {"", "text/plain"}))
    return gemini_refusal(
        "* GenerateContentRequest.generation_config.response_schema: only allowed with a response "
        "mime type that is not text/plain\n");
  if (const auto* schema = config->if_contains("responseSchema"); schema != nullptr && !schema->is_null()) {
    if (auto wrong = schema_refuses(*schema, "generation_config.response_schema")) return wrong;
  }
  if (mime == "application/json" && array_member(top, "tools") != nullptr && !third_generation(model))
    return gemini_refusal("Function calling with a response mime type: 'application/json' is unsupported");
  return thinking_refuses(*config, model);
}

std::optional<refusal> system_refuses(const json::object& top) {
  const auto* system = object_member(top, "systemInstruction");
  if (system == nullptr) return std::nullopt;
  const auto name = unknown_name(*system, {"role", "parts"});
  if (!name.empty()) return gemini_unknown_name(name, "system_instruction");
  const auto* parts = array_member(*system, "parts");
  if (parts == nullptr || parts->empty())
    return gemini_refusal(
        "* GenerateContentRequest.system_instruction.parts: contents.parts must not be empty.\n");
  return std::nullopt;
}

}  // namespace

refusal gemini_refusal(std::string message, int status, std::string_view word) {
  return {status, {std::move(message), std::string(word), {}, {}}, {}};
}

bool third_generation(std::string_view model) {
  return model.starts_with("gemini-3");
}

json::value camel_names(const json::value& in) {
  if (const auto* list = in.if_array()) {
    json::array out;
    for (const auto& v : *list) out.push_back(camel_names(v));
    return out;
  }
  const auto* o = in.if_object();
  if (o == nullptr) return in;
  json::object out;
  for (const auto& member : *o) {
    const auto name = camel(std::string_view(member.key().data(), member.key().size()));
    const bool free = one_of(name, {"args", "response", "properties", "default", "example", "enum",
                                    "parametersJsonSchema", "responseJsonSchema", "labels"});
    out[name] = free ? member.value() : camel_names(member.value());
  }
  return out;
}

std::optional<refusal> gemini_key_refuses(const request_head& head) {
  const bool query =
      head.target.find("?key=") != std::string::npos || head.target.find("&key=") != std::string::npos;
  if (!head.field("x-goog-api-key").empty() || head.field("authorization").starts_with("Bearer ") || query)
    return std::nullopt;
  return gemini_refusal(
      "Method doesn't allow unregistered callers (callers without established identity). Please use "
      "API Key or other form of API consumer identity to call this API.",
      403, "PERMISSION_DENIED");
}

std::optional<refusal> gemini_refuses(const incoming& in, std::string_view model, const json::object& top) {
  const auto name = unknown_name(top, top_fields);
  if (!name.empty()) return gemini_unknown_name(name, "");
  if (auto wrong = system_refuses(top)) return wrong;
  if (auto wrong = tools_refuse(top, model)) return wrong;
  if (auto wrong = config_refuses(in, top, model)) return wrong;
  return gemini_contents_refuse(in.how, model, top);
}

}  // namespace nearfar::support
