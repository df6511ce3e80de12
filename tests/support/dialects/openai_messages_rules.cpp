#include "tests/support/dialects/openai_messages_rules.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>
#include <vector>

namespace nearfar::support {
namespace {

constexpr std::size_t mistral_id_length = 9;

class message_reader {
 public:
  message_reader(const behaviour& how, const json::object& top) : how_(how), top_(top) {}

  std::optional<refusal> read(const json::array& messages) {
    if (messages.empty())
      return openai_refusal("Invalid 'messages': empty array.", "empty_array", "messages");
    for (index_ = 0; index_ < messages.size(); ++index_) {
      const auto* m = messages[index_].if_object();
      if (m == nullptr) return wrong("expected an object", "invalid_type");
      if (auto refused = message(*m)) return refused;
      previous_role_ = text_member(*m, "role");
    }
    return unanswered();
  }

 private:
  std::string at() const { return fmt::format("messages.[{}]", index_); }
  refusal wrong(std::string message, std::string code = {}, std::string_view field = {}) const {
    return openai_refusal(std::move(message), std::move(code),
                          field.empty() ? at() : fmt::format("{}.{}", at(), field));
  }
  bool is(known_names vendors) const { return one_of(how_.vendor.empty() ? "openai" : how_.vendor, vendors); }

  std::optional<refusal> unanswered() const {
    if (open_calls_.empty()) return std::nullopt;
    std::string ids;
    for (const auto& id : open_calls_) ids += (ids.empty() ? "" : ", ") + id;
    return openai_refusal(
        "An assistant message with 'tool_calls' must be followed by tool messages responding "
        "to each 'tool_call_id'. The following tool_call_ids did not have response messages: " +
            ids,
        {}, "messages");
  }

  std::optional<refusal> message(const json::object& m) {
    const auto role = text_member(m, "role");
    const bool knows_developer = is({"openai", "openrouter", "gemini", "xai", "groq"});
    if (!one_of(role, {"system", "user", "assistant", "tool", "function"}) &&
        !(role == "developer" && knows_developer)) {
      return wrong(fmt::format("Invalid value: '{}'. Supported values are: 'system', 'assistant', 'user', "
                               "'function', and 'tool'.",
                               role),
                   "invalid_value", "role");
    }
    if (auto refused = members(m, role)) return refused;
    if (role == "tool") return tool_message(m);
    if (auto refused = unanswered()) return refused;
    if (role == "user" && previous_role_ == "tool" && is({"mistral"}))
      return wrong("Unexpected role 'user' after role 'tool'");
    if (auto refused = content(m, role)) return refused;
    return role == "assistant" ? assistant(m) : std::nullopt;
  }

  // Members that a vendor does not know, or does not take.
  std::optional<refusal> members(const json::object& m, std::string_view role) const {
    for (const auto name : {"reasoning_content", "reasoning", "reasoning_details", "thinking_blocks"}) {
      if (!m.contains(name) || !is({"openai", "mistral"})) continue;
      return wrong(fmt::format("Unknown parameter: '{}.{}'.", at(), name), "unknown_parameter", name);
    }
    if (is({"groq"}) && role != "tool" && given(m, "name"))
      return wrong(
          fmt::format("'{0}' : for 'role:{1}' the following must be satisfied[('{0}.name' : property "
                      "'name' is unsupported)]",
                      at(), role));
    if (is({"mistral"}) && role == "tool" && text_member(m, "name").empty())
      return wrong("Input should have a name", {}, "name");
    return std::nullopt;
  }

  std::optional<refusal> tool_message(const json::object& m) {
    const std::string id(text_member(m, "tool_call_id"));
    if (id.empty()) {
      return wrong(fmt::format("Missing parameter 'tool_call_id': messages with role 'tool' must have a "
                               "'tool_call_id'."),
                   {}, "tool_call_id");
    }
    const auto found = std::find(open_calls_.begin(), open_calls_.end(), id);
    if (found == open_calls_.end()) {
      return wrong(
          "Invalid parameter: messages with role 'tool' must be a response to a preceeding message "
          "with 'tool_calls'.",
          {}, "role");
    }
    open_calls_.erase(found);
    if (!given(m, "content")) return wrong("Missing required parameter: 'content'.", {}, "content");
    const auto* parts = array_member(m, "content");
    for (std::size_t i = 0; parts != nullptr && i < parts->size(); ++i) {
      const auto* p = (*parts)[i].if_object();
      if (p != nullptr && text_member(*p, "type") == "text") continue;
      return wrong(
          "Invalid 'messages': image URLs are only allowed for messages with role 'user', but this "
          "message with role 'tool' contains an image URL.",
          "invalid_value");
    }
    return std::nullopt;
  }

  std::optional<refusal> content(const json::object& m, std::string_view role) const {
    const auto* calls = array_member(m, "tool_calls");
    const bool may_lack = role == "assistant" && (calls != nullptr || given(m, "function_call") ||
                                                  given(m, "refusal") || given(m, "audio"));
    if (!given(m, "content")) {
      if (may_lack) return std::nullopt;
      return wrong("Invalid value for 'content': expected a string, got null.", "invalid_type", "content");
    }
    if (!m.at("content").is_string() && !m.at("content").is_array())
      return wrong("Invalid type for 'content': expected a string or an array.", "invalid_type", "content");
    const auto* parts = array_member(m, "content");
    for (std::size_t i = 0; parts != nullptr && i < parts->size(); ++i) {
      const auto* p = (*parts)[i].if_object();
      const auto type = p == nullptr ? std::string_view{} : text_member(*p, "type");
      const auto known = role == "user" ? one_of(type, {"text", "image_url", "input_audio", "file"})
                         : role == "assistant"
                             ? one_of(type, {"text", "refusal"}) || (type == "thinking" && is({"mistral"}))
                             : type == "text";
      const bool other = !is({"openai", "mistral"}) && !type.empty();
      if (!known && !other) {
        return wrong(fmt::format("Invalid value: '{}'.", type), "invalid_value",
                     fmt::format("content.[{}].type", i));
      }
      if (type == "image_url" && !good_image(*p))
        return wrong("Invalid image URL.", "invalid_image_url", fmt::format("content.[{}].image_url", i));
    }
    return std::nullopt;
  }

  bool good_image(const json::object& p) const {
    const auto* image = object_member(p, "image_url");
    const auto url = image == nullptr ? text_member(p, "image_url") : text_member(*image, "url");
    if (image == nullptr && !is({"mistral"})) return false;
    return url.starts_with("https://") || url.starts_with("http://") ||
           (url.starts_with("data:image/") && url.find(";base64,") != std::string_view::npos);
  }

  std::optional<refusal> assistant(const json::object& m) {
    const auto* calls = array_member(m, "tool_calls");
    if (calls == nullptr) return std::nullopt;
    if (calls->empty())
      return wrong("Invalid 'tool_calls': empty array. Expected an array with minimum length 1.",
                   "empty_array", "tool_calls");
    for (const auto& entry : *calls) {
      const auto* call = entry.if_object();
      if (call == nullptr) return wrong("expected an object", "invalid_type", "tool_calls");
      if (auto refused = one_call(*call)) return refused;
    }
    const bool thinks = is({"moonshot"}) || (is({"deepseek"}) && how_.reasoning_model);
    const auto* thinking = object_member(top_, "thinking");
    const bool off = thinking != nullptr && text_member(*thinking, "type") == "disabled";
    if (thinks && how_.reasoning_model && !off && !given(m, "reasoning_content")) {
      return is({"moonshot"})
                 ? wrong(fmt::format("thinking is enabled but reasoning_content is missing in assistant tool "
                                     "call message at index {}",
                                     index_))
                 : wrong("The `reasoning_content` in the thinking mode must be passed back to the API.");
    }
    return std::nullopt;
  }

  std::optional<refusal> one_call(const json::object& call) {
    const auto id = text_member(call, "id");
    if (id.empty()) return wrong("Missing required parameter: 'tool_calls[0].id'.", {}, "tool_calls");
    if (is({"mistral"}) && (!plain_identifier(id, mistral_id_length) || id.size() != mistral_id_length ||
                            id.find_first_of("_-") != std::string_view::npos)) {
      return wrong(fmt::format("Tool call id was {} but must be a-z, A-Z, 0-9, with a length of 9.", id),
                   "3280");
    }
    if (const auto* f = object_member(call, "function")) {
      const auto* arguments = f->if_contains("arguments");
      if (arguments == nullptr || !arguments->is_string())
        return wrong("Invalid type for 'function.arguments': expected a string, but got an object instead.",
                     "invalid_type", "tool_calls");
      if (text_member(*f, "name").empty()) return wrong("Missing 'function.name'.", {}, "tool_calls");
    } else if (text_member(call, "type") != "custom") {
      return wrong("Missing required parameter: 'function'.", "missing_required_parameter", "tool_calls");
    }
    open_calls_.emplace_back(id);
    return std::nullopt;
  }

  const behaviour& how_;
  const json::object& top_;
  std::size_t index_ = 0;
  std::string_view previous_role_;
  std::vector<std::string> open_calls_;
};

}  // namespace

std::optional<refusal> openai_messages_refuse(const behaviour& how, const json::object& top,
                                              const json::array& messages) {
  return message_reader(how, top).read(messages);
}

}  // namespace nearfar::support
