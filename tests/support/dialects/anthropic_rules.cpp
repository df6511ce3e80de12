#include "tests/support/dialects/anthropic_rules.hpp"

#include "tests/support/dialects/anthropic_messages_rules.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>

namespace nearfar::support {
namespace {

constexpr known_names message_fields = {"model",         "max_tokens",     "messages",
                                        "system",        "stop_sequences", "stream",
                                        "temperature",   "top_p",          "top_k",
                                        "tools",         "tool_choice",    "thinking",
                                        "output_config", "metadata",       "cache_control",
                                        "service_tier",  "speed",          "container",
                                        "inference_geo", "diagnostics",    "context_management",
                                        "mcp_servers"};
constexpr known_names count_fields = {
    "model",         "messages",           "system",     "tools", "tool_choice", "thinking", "output_config",
    "cache_control", "context_management", "mcp_servers"};
constexpr known_names sampling = {"temperature", "top_p", "top_k"};
constexpr std::uint64_t least_budget = 1'024;
constexpr std::size_t most_breakpoints = 4;

refusal extra(std::string_view where) {
  return anthropic_refusal(fmt::format("{}: Extra inputs are not permitted", where));
}

std::optional<refusal> headers_refuse(const request_head& head) {
  const bool bearer = head.field("authorization").starts_with("Bearer ");
  if (head.field("x-api-key").empty() && !bearer)
    return anthropic_refusal("x-api-key header is required", 401, "authentication_error");
  const auto version = head.field("anthropic-version");
  if (version.empty()) return anthropic_refusal("anthropic-version: header is required");
  if (!one_of(version, {"2023-06-01", "2026-10-21"}))
    return anthropic_refusal(fmt::format("anthropic-version: \"{}\" is not a valid version", version));
  // A beta is a name and its date; nobody here knows all of them.
  auto betas = head.field("anthropic-beta");
  while (!betas.empty()) {
    const auto end = std::min(betas.find(','), betas.size());
    auto name = betas.substr(0, end);
    betas.remove_prefix(std::min(end + 1, betas.size()));
    while (name.starts_with(' ')) name.remove_prefix(1);
    const auto date = name.size() > 10 ? name.substr(name.size() - 10) : std::string_view{};
    const auto digits = std::count_if(date.begin(), date.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (digits < 8)
      return anthropic_refusal(
          fmt::format("Unexpected value(s) `{}` for the `anthropic-beta` header.", name));
  }
  return std::nullopt;
}

std::size_t breakpoints(const json::value& in) {
  std::size_t out = 0;
  if (const auto* list = in.if_array()) {
    for (const auto& v : *list) out += breakpoints(v);
  } else if (const auto* o = in.if_object()) {
    out += given(*o, "cache_control") ? 1U : 0U;
    for (const auto name : {"content", "messages", "system", "tools"}) {
      if (const auto* v = o->if_contains(name)) out += breakpoints(*v);
    }
  }
  return out;
}

std::optional<refusal> fields_refuse(const incoming& in, const json::object& top, anthropic_call what) {
  const bool counting = what == anthropic_call::count;
  if (text_member(top, "model").empty()) return anthropic_refusal("model: Field required");
  if (array_member(top, "messages") == nullptr) return anthropic_refusal("messages: Field required");
  const auto name = unknown_name(top, counting ? count_fields : message_fields);
  if (!name.empty()) return extra(name);
  if (!counting) {
    const auto* most = top.if_contains("max_tokens");
    if (most == nullptr) return anthropic_refusal("max_tokens: Field required");
    if (!most->is_int64() && !most->is_uint64())
      return anthropic_refusal("max_tokens: Input should be a valid integer");
    if (most->to_number<std::int64_t>() < 0)
      return anthropic_refusal("max_tokens: Input should be greater than or equal to 0");
  }
  for (const auto& refused : in.how.refuses) {
    if (given(top, refused))
      return anthropic_refusal(fmt::format("`{}` is not supported by this model.", refused));
  }
  if (const auto* metadata = object_member(top, "metadata")) {
    const auto other = unknown_name(*metadata, {"user_id"});
    if (!other.empty()) return extra(fmt::format("metadata.{}", other));
  }
  if (const auto* stops = array_member(top, "stop_sequences")) {
    for (const auto& s : *stops) {
      const auto* text = s.if_string();
      if (text == nullptr || view(*text).find_first_not_of(" \t\r\n") == std::string_view::npos)
        return anthropic_refusal("stop_sequences: each stop sequence must contain non-whitespace");
    }
  }
  if (breakpoints(top) > most_breakpoints)
    return anthropic_refusal(
        fmt::format("A maximum of 4 blocks with cache_control may be provided. Found {}.", breakpoints(top)));
  return std::nullopt;
}

std::optional<refusal> sampling_refuses(const incoming& in, const json::object& top) {
  if (in.head.field("anthropic-version") == "2026-10-21") {
    for (const auto name : sampling) {
      if (top.contains(name)) return extra(name);
    }
  }
  const auto number = [&](std::string_view name) {
    const auto* v = top.if_contains(name);
    return v != nullptr && v->is_number() ? std::optional<double>(v->to_number<double>()) : std::nullopt;
  };
  const auto temperature = number("temperature");
  const auto top_p = number("top_p");
  if (temperature && (*temperature < 0 || *temperature > 1))
    return anthropic_refusal("temperature: range: 0..1");
  if (top_p && (*top_p < 0 || *top_p > 1)) return anthropic_refusal("top_p: range: 0..1");
  const bool old_model = text_member(top, "model").starts_with("claude-3");
  if (temperature && top_p && !old_model)
    return anthropic_refusal(
        "`temperature` and `top_p` cannot both be specified for this model. Please use "
        "only one.");
  if (!thinks(top)) return std::nullopt;
  if (temperature && *temperature != 1)
    return anthropic_refusal("`temperature` may only be set to 1 when thinking is enabled.");
  if (given(top, "top_k")) return anthropic_refusal("`top_k` must be unset when thinking is enabled.");
  if (top_p && *top_p < 0.95)
    return anthropic_refusal(
        "`top_p` must be greater than or equal to 0.95 or unset when thinking is enabled.");
  return std::nullopt;
}

std::optional<refusal> thinking_refuses(const json::object& top, anthropic_call what) {
  const auto* thinking = object_member(top, "thinking");
  if (thinking == nullptr) return std::nullopt;
  const auto type = text_member(*thinking, "type");
  if (!one_of(type, {"enabled", "adaptive", "between_tools", "disabled"}))
    return anthropic_refusal(
        fmt::format("thinking: Input tag '{}' found using 'type' does not match any of the "
                    "expected tags: 'adaptive', 'between_tools', 'disabled', 'enabled'",
                    type));
  const auto name = type == "enabled"    ? unknown_name(*thinking, {"type", "budget_tokens", "display"})
                    : type == "adaptive" ? unknown_name(*thinking, {"type", "display"})
                                         : unknown_name(*thinking, {"type"});
  if (!name.empty()) return extra(fmt::format("thinking.{}.{}", type, name));
  const auto display = text_member(*thinking, "display");
  if (!display.empty() && !one_of(display, {"summarized", "omitted"}))
    return anthropic_refusal(
        fmt::format("thinking.{}.display: Input should be 'summarized' or 'omitted'", type));
  if (type != "enabled") return std::nullopt;
  if (!thinking->contains("budget_tokens"))
    return anthropic_refusal("thinking.enabled.budget_tokens: Field required");
  const auto budget = count_member(*thinking, "budget_tokens");
  if (budget < least_budget)
    return anthropic_refusal("thinking.enabled.budget_tokens: Input should be greater than or equal to 1024");
  if (what == anthropic_call::message && budget >= count_member(top, "max_tokens"))
    return anthropic_refusal("`max_tokens` must be greater than `thinking.budget_tokens`.");
  return std::nullopt;
}

std::optional<refusal> one_tool_refuses(const json::object& tool, std::size_t i) {
  const auto type = text_member(tool, "type");
  if (!type.empty() && type != "custom") return std::nullopt;  // a dated tool of the vendor's own
  const auto at = fmt::format("tools.{}.custom", i);
  const auto name =
      unknown_name(tool, {"name", "description", "input_schema", "strict", "cache_control", "type",
                          "input_examples", "eager_input_streaming", "defer_loading", "allowed_callers"});
  if (!name.empty()) return extra(fmt::format("{}.{}", at, name));
  if (!plain_identifier(text_member(tool, "name"), 128))
    return anthropic_refusal(
        fmt::format("{}.name: String should match pattern '^[a-zA-Z0-9_-]{{1,128}}$'", at));
  const auto* description = tool.if_contains("description");
  if (description != nullptr && !description->is_string())
    return anthropic_refusal(fmt::format("{}.description: Input should be a valid string", at));
  const auto* schema = object_member(tool, "input_schema");
  if (schema == nullptr) return anthropic_refusal(fmt::format("{}.input_schema: Field required", at));
  if (text_member(*schema, "type").empty())
    return anthropic_refusal(fmt::format("{}.input_schema.type: Field required", at));
  if (text_member(*schema, "type") != "object")
    return anthropic_refusal(fmt::format("{}.input_schema.type: Input should be 'object'", at));
  if (flag_member(tool, "strict") && !closed_schema(*schema))
    return anthropic_refusal(
        fmt::format("{}: For 'object' type, 'additionalProperties' must be explicitly set "
                    "to false",
                    at));
  return std::nullopt;
}

std::optional<refusal> tools_refuse(const json::object& top) {
  const auto* tools = array_member(top, "tools");
  std::vector<std::string_view> names;
  for (std::size_t i = 0; tools != nullptr && i < tools->size(); ++i) {
    const auto* tool = (*tools)[i].if_object();
    if (tool == nullptr) return anthropic_refusal(fmt::format("tools.{}: Input should be an object", i));
    if (auto wrong = one_tool_refuses(*tool, i)) return wrong;
    const auto name = text_member(*tool, "name");
    if (std::find(names.begin(), names.end(), name) != names.end())
      return anthropic_refusal("tools: Tool names must be unique.");
    names.push_back(name);
  }
  if (!given(top, "tool_choice")) return std::nullopt;
  const auto* choice = object_member(top, "tool_choice");
  if (choice == nullptr) return anthropic_refusal("tool_choice: Input should be an object");
  const auto type = text_member(*choice, "type");
  if (!one_of(type, {"auto", "any", "tool", "none"}))
    return anthropic_refusal(
        fmt::format("tool_choice: Input tag '{}' found using 'type' does not match any of "
                    "the expected tags: 'any', 'auto', 'none', 'tool'",
                    type));
  const auto name = type == "none"   ? unknown_name(*choice, {"type"})
                    : type == "tool" ? unknown_name(*choice, {"type", "name", "disable_parallel_tool_use"})
                                     : unknown_name(*choice, {"type", "disable_parallel_tool_use"});
  if (!name.empty()) return extra(fmt::format("tool_choice.{}.{}", type, name));
  if (names.empty()) return anthropic_refusal("tool_choice may only be specified while providing tools.");
  if (type == "tool") {
    const auto wanted = text_member(*choice, "name");
    if (std::find(names.begin(), names.end(), wanted) == names.end())
      return anthropic_refusal(fmt::format("Tool '{}' not found in provided tools", wanted));
  }
  if (thinks(top) && one_of(type, {"any", "tool"}))
    return anthropic_refusal("Thinking may not be enabled when tool_choice forces tool use.");
  return std::nullopt;
}

std::optional<refusal> output_refuses(const json::object& top) {
  const auto* config = object_member(top, "output_config");
  if (config == nullptr) return std::nullopt;
  const auto name = unknown_name(*config, {"effort", "format", "task_budget"});
  if (!name.empty()) return extra(fmt::format("output_config.{}", name));
  const auto effort = text_member(*config, "effort");
  if (!effort.empty() && !one_of(effort, {"low", "medium", "high", "xhigh", "max"}))
    return anthropic_refusal(
        "output_config.effort: Input should be 'low', 'medium', 'high', 'xhigh' or 'max'");
  const auto* format = object_member(*config, "format");
  if (format == nullptr) return std::nullopt;
  const auto other = unknown_name(*format, {"type", "schema"});
  if (!other.empty()) return extra(fmt::format("output_config.format.{}", other));
  if (text_member(*format, "type") != "json_schema")
    return anthropic_refusal("output_config.format.type: Input should be 'json_schema'");
  const auto* schema = format->if_contains("schema");
  if (schema == nullptr) return anthropic_refusal("output_config.format.schema: Field required");
  if (!closed_schema(*schema))
    return anthropic_refusal(
        "output_config.format.schema: For 'object' type, 'additionalProperties' must be "
        "explicitly set to false");
  return std::nullopt;
}

}  // namespace

refusal anthropic_refusal(std::string message, int status, std::string_view type) {
  return {status, {std::move(message), std::string(type), {}, {}}, {}};
}

bool thinks(const json::object& top) {
  const auto* thinking = object_member(top, "thinking");
  return thinking != nullptr && text_member(*thinking, "type") != "disabled";
}

std::optional<refusal> anthropic_refuses(const incoming& in, const json::object& top, anthropic_call what) {
  if (auto wrong = headers_refuse(in.head)) return wrong;
  if (auto wrong = fields_refuse(in, top, what)) return wrong;
  if (auto wrong = sampling_refuses(in, top)) return wrong;
  if (auto wrong = thinking_refuses(top, what)) return wrong;
  if (auto wrong = tools_refuse(top)) return wrong;
  if (auto wrong = output_refuses(top)) return wrong;
  return anthropic_messages_refuse(in, top);
}

}  // namespace nearfar::support
