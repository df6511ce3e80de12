#include "tests/support/dialects/responses_rules.hpp"

#include "tests/support/dialects/openai_rules.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>
#include <vector>

namespace nearfar::support {
namespace {

constexpr known_names top_fields = {"model",
                                    "input",
                                    "instructions",
                                    "previous_response_id",
                                    "conversation",
                                    "prompt",
                                    "tools",
                                    "tool_choice",
                                    "parallel_tool_calls",
                                    "max_tool_calls",
                                    "max_output_tokens",
                                    "temperature",
                                    "top_p",
                                    "top_logprobs",
                                    "reasoning",
                                    "text",
                                    "include",
                                    "store",
                                    "background",
                                    "stream",
                                    "stream_options",
                                    "truncation",
                                    "metadata",
                                    "service_tier",
                                    "safety_identifier",
                                    "prompt_cache_key",
                                    "prompt_cache_options",
                                    "prompt_cache_retention",
                                    "context_management",
                                    "moderation",
                                    "user"};
constexpr known_names includes = {"reasoning.encrypted_content",
                                  "message.output_text.logprobs",
                                  "message.input_image.image_url",
                                  "file_search_call.results",
                                  "web_search_call.results",
                                  "web_search_call.action.sources",
                                  "computer_call_output.output.image_url",
                                  "code_interpreter_call.outputs"};
constexpr std::size_t longest_call_id = 64;
constexpr std::uint64_t least_output = 16;

refusal unknown_parameter(std::string_view name) {
  return openai_refusal(fmt::format("Unknown parameter: '{}'.", name), "unknown_parameter",
                        std::string(name));
}

refusal missing(const std::string& name) {
  return openai_refusal(fmt::format("Missing required parameter: '{}'.", name), "missing_required_parameter",
                        name);
}

refusal invalid(std::string_view value, const std::string& at) {
  return openai_refusal(fmt::format("Invalid value: '{}'.", value), "invalid_value", at);
}

class input_reader {
 public:
  explicit input_reader(const behaviour& how) : how_(how) {}

  std::optional<refusal> read(const json::array& items) {
    for (index_ = 0; index_ < items.size(); ++index_) {
      const auto* item = items[index_].if_object();
      if (item == nullptr) return invalid("", at());
      if (auto wrong = one_item(*item)) return wrong;
    }
    if (!thoughts_.empty())
      return openai_refusal(
          fmt::format("Item '{}' of type 'reasoning' was provided without its required following "
                      "item.",
                      thoughts_),
          {}, "input");
    if (!open_.empty())
      return openai_refusal(fmt::format("No tool output found for function call {}.", open_.front()), {},
                            "input");
    return std::nullopt;
  }

 private:
  std::string at(std::string_view field = {}) const {
    return fmt::format("input[{}]{}{}", index_, field.empty() ? "" : ".", field);
  }

  std::optional<refusal> one_item(const json::object& item) {
    const auto type = text_member(item, "type");
    if (type.empty() || type == "message") return message(item);
    if (type == "reasoning") return reasoning(item);
    if (one_of(type, {"function_call", "custom_tool_call"})) return call(item, type);
    if (one_of(type, {"function_call_output", "custom_tool_call_output"})) return output(item);
    if (type == "item_reference")
      return openai_refusal(fmt::format("Item with id '{}' not found.", text_member(item, "id")), {},
                            "input");
    const bool hosted = type.ends_with("_call") || type.ends_with("_call_output") || type == "compaction";
    return hosted ? std::nullopt : std::optional<refusal>(invalid(type, at("type")));
  }

  std::optional<refusal> id_starts(const json::object& item, std::string_view prefix) const {
    const auto id = text_member(item, "id");
    if (id.empty() || id.starts_with(prefix)) return std::nullopt;
    return openai_refusal(
        fmt::format("Invalid '{}': '{}'. Expected an ID that begins with '{}'.", at("id"), id, prefix),
        "invalid_value", at("id"));
  }

  std::optional<refusal> message(const json::object& item) {
    thoughts_.clear();
    const auto name = unknown_name(item, {"type", "role", "content", "id", "status", "phase"});
    if (!name.empty()) return unknown_parameter(at(name));
    const auto role = text_member(item, "role");
    if (!one_of(role, {"user", "assistant", "system", "developer"})) return invalid(role, at("role"));
    if (auto wrong = id_starts(item, "msg")) return wrong;
    const auto* content = item.if_contains("content");
    if (content == nullptr || content->is_null()) return missing(at("content"));
    const auto* parts = content->if_array();
    for (std::size_t i = 0; parts != nullptr && i < parts->size(); ++i) {
      const auto* p = (*parts)[i].if_object();
      const auto where = at(fmt::format("content[{}]", i));
      const auto type = p == nullptr ? std::string_view{} : text_member(*p, "type");
      const bool known = role == "assistant"
                             ? one_of(type, {"output_text", "refusal"})
                             : one_of(type, {"input_text", "input_image", "input_file", "input_audio"});
      if (!known)
        return openai_refusal(fmt::format("Invalid value: '{}'. Supported values are: {}.", type,
                                          role == "assistant" ? "'output_text' and 'refusal'"
                                                              : "'input_text', 'input_image', 'input_file'"),
                              "invalid_value", where);
      const auto other =
          type == "input_image"
              ? unknown_name(*p, {"type", "image_url", "file_id", "detail", "prompt_cache_breakpoint"})
          : type == "input_text" ? unknown_name(*p, {"type", "text", "prompt_cache_breakpoint"})
                                 : std::string_view{};
      if (!other.empty()) return unknown_parameter(fmt::format("{}.{}", where, other));
      if (type == "input_image" && given(*p, "image_url") && !p->at("image_url").is_string())
        return openai_refusal(
            fmt::format("Invalid type for '{}.image_url': expected an image URL, but got an object "
                        "instead.",
                        where),
            "invalid_type", where);
    }
    return std::nullopt;
  }

  std::optional<refusal> reasoning(const json::object& item) {
    const auto name = unknown_name(item, {"type", "id", "summary", "content", "encrypted_content", "status"});
    if (!name.empty()) return unknown_parameter(at(name));
    if (array_member(item, "summary") == nullptr) return missing(at("summary"));
    if (auto wrong = id_starts(item, "rs")) return wrong;
    const auto id = text_member(item, "id");
    const auto sealed = text_member(item, "encrypted_content");
    if (sealed.empty())
      return openai_refusal(
          fmt::format("Item with id '{}' not found. Items are not persisted when `store` is set to "
                      "false. Try again with `store` set to true, or remove this item from your "
                      "input.",
                      id),
          {}, "input");
    if (!genuine_signature(sealed, "", how_))
      return openai_refusal(fmt::format("The encrypted content for item {} could not be verified.", id),
                            "invalid_encrypted_content");
    thoughts_ = id.empty() ? "reasoning" : std::string(id);
    thought_ = true;
    return std::nullopt;
  }

  std::optional<refusal> call(const json::object& item, std::string_view type) {
    thoughts_.clear();
    const auto id = text_member(item, "call_id");
    if (id.empty()) return missing(at("call_id"));
    if (id.size() > longest_call_id)
      return openai_refusal(
          fmt::format("Invalid '{}': string too long. Expected a string with maximum length 64, but got "
                      "a string with length {} instead.",
                      at("call_id"), id.size()),
          "string_above_max_length", at("call_id"));
    if (type == "function_call") {
      if (auto wrong = id_starts(item, "fc")) return wrong;
      const auto* arguments = item.if_contains("arguments");
      if (arguments == nullptr || !arguments->is_string()) return missing(at("arguments"));
    }
    if (text_member(item, "name").empty()) return missing(at("name"));
    if (text_member(item, "id").starts_with(thought_call_prefix) && !thought_)
      return openai_refusal(
          fmt::format("Item '{}' of type 'function_call' was provided without its required 'reasoning' "
                      "item.",
                      text_member(item, "id")),
          {}, "input");
    open_.emplace_back(id);
    return std::nullopt;
  }

  std::optional<refusal> output(const json::object& item) {
    const std::string id(text_member(item, "call_id"));
    const auto found = std::find(open_.begin(), open_.end(), id);
    if (found == open_.end())
      return openai_refusal(fmt::format("No tool call found for function call output with call_id {}.", id),
                            {}, "input");
    open_.erase(found);
    const auto* given_output = item.if_contains("output");
    if (given_output == nullptr || !(given_output->is_string() || given_output->is_array()))
      return missing(at("output"));
    return std::nullopt;
  }

  const behaviour& how_;
  std::size_t index_ = 0;
  std::string thoughts_;  // reasoning that nothing came behind yet
  bool thought_ = false;
  std::vector<std::string> open_;
};

std::optional<refusal> tools_refuse(const json::object& top) {
  const auto* tools = array_member(top, "tools");
  for (std::size_t i = 0; tools != nullptr && i < tools->size(); ++i) {
    const auto at = fmt::format("tools[{}]", i);
    const auto* tool = (*tools)[i].if_object();
    if (tool == nullptr || text_member(*tool, "type").empty()) return missing(at + ".type");
    if (text_member(*tool, "type") != "function") continue;
    if (text_member(*tool, "name").empty()) return missing(at + ".name");
    const auto name = unknown_name(*tool, {"type", "name", "description", "parameters", "strict",
                                           "defer_loading", "allowed_callers", "output_schema"});
    if (!name.empty()) return unknown_parameter(fmt::format("{}.{}", at, name));
    if (!plain_identifier(text_member(*tool, "name"), 64))
      return openai_refusal(
          fmt::format("Invalid '{}.name': string does not match pattern. Expected a string that matches "
                      "the pattern '^[a-zA-Z0-9_-]+$'.",
                      at),
          "invalid_value", at + ".name");
    const auto* schema = tool->if_contains("parameters");
    if (flag_member(*tool, "strict") && schema != nullptr && !closed_schema(*schema))
      return openai_refusal(
          fmt::format("Invalid schema for function '{}': In context=(), 'additionalProperties' is "
                      "required to be supplied and to be false.",
                      text_member(*tool, "name")),
          "invalid_function_parameters", at + ".parameters");
  }
  if (const auto* choice = object_member(top, "tool_choice")) {
    if (object_member(*choice, "function") != nullptr) return unknown_parameter("tool_choice.function");
  }
  return std::nullopt;
}

std::optional<refusal> text_refuses(const json::object& top) {
  const auto* text = object_member(top, "text");
  if (text == nullptr) return std::nullopt;
  const auto name = unknown_name(*text, {"format", "verbosity"});
  if (!name.empty()) return unknown_parameter(fmt::format("text.{}", name));
  const auto* format = object_member(*text, "format");
  if (format == nullptr) return std::nullopt;
  const auto type = text_member(*format, "type");
  if (type == "json_schema") {
    const auto other = unknown_name(*format, {"type", "name", "schema", "strict", "description"});
    if (!other.empty()) return unknown_parameter(fmt::format("text.format.{}", other));
    if (text_member(*format, "name").empty()) return missing("text.format.name");
    const auto* schema = format->if_contains("schema");
    if (schema == nullptr) return missing("text.format.schema");
    if (flag_member(*format, "strict") && !closed_schema(*schema))
      return openai_refusal(
          fmt::format("Invalid schema for response_format '{}': In context=(), 'additionalProperties' "
                      "is required to be supplied and to be false.",
                      text_member(*format, "name")),
          "invalid_json_schema", "text.format.schema");
  } else if (type == "json_object") {
    std::string words;
    if (const auto* input = top.if_contains("input")) collect_texts(*input, words);
    if (words.find("json") == std::string::npos && words.find("JSON") == std::string::npos)
      return openai_refusal(
          "Response input messages must contain the word 'json' in some form to use 'text.format' of "
          "type 'json_object'.",
          {}, "input");
  } else if (type != "text") {
    return invalid(type, "text.format.type");
  }
  return std::nullopt;
}

std::optional<refusal> fields_refuse(const incoming& in, const json::object& top) {
  if (text_member(top, "model").empty()) return missing("model");
  const auto name = unknown_name(top, top_fields);
  if (!name.empty()) return unknown_parameter(name);
  if (!given(top, "input") && !given(top, "prompt")) return missing("input");
  if (given(top, "previous_response_id"))
    return openai_refusal(
        fmt::format("Previous response with id '{}' not found.", text_member(top, "previous_response_id")),
        "previous_response_not_found", "previous_response_id");
  if (const auto* list = array_member(top, "include")) {
    for (const auto& entry : *list) {
      const auto* word = entry.if_string();
      if (word == nullptr || !one_of(view(*word), includes))
        return invalid(word == nullptr ? "" : view(*word), "include");
    }
  }
  const auto most = count_member(top, "max_output_tokens");
  if (given(top, "max_output_tokens") && most < least_output)
    return openai_refusal(
        fmt::format("Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but "
                    "got {} instead.",
                    most),
        "integer_below_min_value", "max_output_tokens");
  if (const auto* options = object_member(top, "stream_options")) {
    const auto other = unknown_name(*options, {"include_obfuscation"});
    if (!other.empty()) return unknown_parameter(fmt::format("stream_options.{}", other));
  }
  if (const auto* reasoning = object_member(top, "reasoning")) {
    const auto other = unknown_name(*reasoning, {"effort", "summary", "mode", "context", "generate_summary"});
    if (!other.empty()) return unknown_parameter(fmt::format("reasoning.{}", other));
    const auto effort = text_member(*reasoning, "effort");
    if (!effort.empty() && !one_of(effort, {"none", "minimal", "low", "medium", "high", "xhigh", "max"}))
      return invalid(effort, "reasoning.effort");
  }
  return openai_model_refuses(in.how, top);
}

}  // namespace

std::optional<refusal> responses_refuse(const incoming& in, const json::object& top) {
  if (auto wrong = openai_key_refuses(in.head)) return wrong;
  if (auto wrong = fields_refuse(in, top)) return wrong;
  if (auto wrong = tools_refuse(top)) return wrong;
  if (auto wrong = text_refuses(top)) return wrong;
  const auto* items = array_member(top, "input");
  return items == nullptr ? std::nullopt : input_reader(in.how).read(*items);
}

}  // namespace nearfar::support
