#include "tests/support/dialects/gemini_contents_rules.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>

namespace nearfar::support {
namespace {

constexpr known_names data_fields = {
    "text",           "inlineData",          "fileData", "functionCall", "functionResponse",
    "executableCode", "codeExecutionResult", "toolCall", "toolResponse"};
constexpr known_names part_fields = {"text",
                                     "inlineData",
                                     "fileData",
                                     "functionCall",
                                     "functionResponse",
                                     "executableCode",
                                     "codeExecutionResult",
                                     "toolCall",
                                     "toolResponse",
                                     "thought",
                                     "thoughtSignature",
                                     "videoMetadata",
                                     "mediaResolution",
                                     "partMetadata"};
constexpr std::string_view escape_signature = "skip_thought_signature_validator";

class contents_reader {
 public:
  contents_reader(const behaviour& how, std::string_view model) : how_(how), model_(model) {}

  std::optional<refusal> read(const json::array& contents) {
    for (index_ = 0; index_ < contents.size(); ++index_) {
      const auto* turn = contents[index_].if_object();
      if (turn == nullptr) return gemini_refusal("Invalid JSON payload received. Expected an object.");
      if (auto wrong = one_turn(*turn)) return wrong;
    }
    return third_generation(model_) ? signatures(contents) : std::nullopt;
  }

 private:
  std::string at() const { return fmt::format("contents[{}]", index_); }
  static refusal missing(const std::string& where, std::string_view what) {
    return gemini_refusal(fmt::format("* GenerateContentRequest.{}: {}\n", where, what));
  }

  std::optional<refusal> one_turn(const json::object& turn) {
    const auto name = unknown_name(turn, {"role", "parts"});
    if (!name.empty()) return gemini_unknown_name(name, at());
    const auto role = text_member(turn, "role");
    if (!role.empty() && !one_of(role, {"user", "model", "function"}))
      return gemini_refusal("Please use a valid role: user, model.");
    if (index_ == 0 && role == "model")
      return gemini_refusal("Please ensure that the first turn is a user turn.");
    const auto* parts = array_member(turn, "parts");
    if (parts == nullptr || parts->empty())
      return missing(at() + ".parts", "contents.parts must not be empty.");
    std::size_t calls = 0;
    std::size_t results = 0;
    for (std::size_t i = 0; i < parts->size(); ++i) {
      const auto* p = (*parts)[i].if_object();
      if (p == nullptr) return gemini_refusal("Invalid JSON payload received. Expected an object.");
      if (auto wrong = one_part(*p, fmt::format("{}.parts[{}]", at(), i))) return wrong;
      calls += p->contains("functionCall") ? 1U : 0U;
      results += p->contains("functionResponse") ? 1U : 0U;
    }
    return order(role, calls, results);
  }

  std::optional<refusal> order(std::string_view role, std::size_t calls, std::size_t results) {
    if (results != calls_before_)
      return gemini_refusal(
          "Please ensure that the number of function response parts is equal to the number of "
          "function call parts of the function call turn.");
    if (calls != 0 && (role != "model" || last_role_ == "model" || index_ == 0))
      return gemini_refusal(
          "Please ensure that function call turn comes immediately after a user turn or after a "
          "function response turn.");
    calls_before_ = calls;
    last_role_ = role;
    return std::nullopt;
  }

  std::optional<refusal> one_part(const json::object& p, const std::string& where) const {
    const auto name = unknown_name(p, part_fields);
    if (!name.empty()) return gemini_unknown_name(name, where);
    const auto data = std::count_if(data_fields.begin(), data_fields.end(),
                                    [&](std::string_view f) { return given(p, f); });
    if (data == 0)
      return missing(where + ".data", "required oneof field 'data' must have one initialized field");
    if (data > 1)
      return gemini_refusal(
          fmt::format("Invalid value at '{}' (oneof), oneof field 'data' is already set.", where));
    if (const auto* inline_data = object_member(p, "inlineData")) {
      const auto other = unknown_name(*inline_data, {"mimeType", "data", "displayName"});
      if (!other.empty()) return gemini_unknown_name(other, where + ".inline_data");
      if (text_member(*inline_data, "mimeType").empty())
        return gemini_refusal("Unable to process input: the mimeType of inline data is missing.");
      if (text_member(*inline_data, "data").empty())
        return missing(where + ".inline_data.data", "Data cannot be empty.");
    }
    if (const auto* call = object_member(p, "functionCall")) return one_call(*call, where + ".function_call");
    if (const auto* result = object_member(p, "functionResponse"))
      return one_result(*result, where + ".function_response");
    return std::nullopt;
  }

  static std::optional<refusal> one_call(const json::object& call, const std::string& where) {
    const auto name = unknown_name(call, {"name", "args", "id", "partialArgs", "willContinue"});
    if (!name.empty()) return gemini_unknown_name(name, where);
    if (text_member(call, "name").empty()) return missing(where + ".name", "Name cannot be empty.");
    const auto* args = call.if_contains("args");
    if (args != nullptr && !args->is_object() && !args->is_null())
      return gemini_refusal(
          fmt::format("Invalid value at '{}.args' (type.googleapis.com/google.protobuf.Struct)", where));
    return std::nullopt;
  }

  static std::optional<refusal> one_result(const json::object& result, const std::string& where) {
    const auto name = unknown_name(result, {"name", "response", "id", "parts", "willContinue", "scheduling"});
    if (!name.empty()) return gemini_unknown_name(name, where);
    if (text_member(result, "name").empty()) return missing(where + ".name", "Name cannot be empty.");
    if (object_member(result, "response") == nullptr)
      return gemini_refusal(
          fmt::format("Invalid value at '{}.response' (type.googleapis.com/google.protobuf.Struct)", where));
    return std::nullopt;
  }

  // Of the turn that goes on: everything behind the last thing that the user said. With parallel calls
  // the first part alone carries the signature.
  std::optional<refusal> signatures(const json::array& contents) const {
    std::size_t from = 0;
    for (std::size_t i = 0; i < contents.size(); ++i) {
      const auto& turn = contents[i].get_object();
      const auto& parts = turn.at("parts").get_array();
      const auto said = [](const json::value& p) { return p.get_object().contains("text"); };
      if (text_member(turn, "role") != "model" && std::any_of(parts.begin(), parts.end(), said)) from = i;
    }
    for (auto i = from; i < contents.size(); ++i) {
      for (const auto& value : contents[i].get_object().at("parts").get_array()) {
        const auto& p = value.get_object();
        const auto* call = object_member(p, "functionCall");
        if (call == nullptr) continue;
        const auto signature = text_member(p, "thoughtSignature");
        if (signature.empty())
          return gemini_refusal(
              fmt::format("Function call is missing a thought_signature in functionCall parts. This "
                          "is required for tools to work correctly, and missing thought_signature may "
                          "lead to degraded model performance. Additional data, function call "
                          "`default_api:{}` , position {}.",
                          text_member(*call, "name"), i + 1));
        if (signature != escape_signature && !genuine_signature(signature, "", how_))
          return gemini_refusal("Corrupted thought signature.");
        break;
      }
    }
    return std::nullopt;
  }

  const behaviour& how_;
  std::string_view model_;
  std::size_t index_ = 0;
  std::size_t calls_before_ = 0;
  std::string_view last_role_;
};

}  // namespace

refusal gemini_unknown_name(std::string_view name, std::string_view at) {
  return gemini_refusal(
      fmt::format("Invalid JSON payload received. Unknown name \"{}\"{}: Cannot find field.", name,
                  at.empty() ? "" : fmt::format(" at '{}'", at)));
}

std::optional<refusal> gemini_contents_refuse(const behaviour& how, std::string_view model,
                                              const json::object& top) {
  const auto* contents = array_member(top, "contents");
  if (contents == nullptr || contents->empty())
    return gemini_refusal("* GenerateContentRequest.contents: contents is not specified\n");
  return contents_reader(how, model).read(*contents);
}

}  // namespace nearfar::support
