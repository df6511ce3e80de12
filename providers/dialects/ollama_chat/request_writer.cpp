#include "providers/dialects/ollama_chat/request_writer.hpp"

#include "providers/dialects/member_list.hpp"
#include "providers/dialects/ollama_chat/message_writer.hpp"
#include "providers/dialects/openai_chat/request_writer.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace nearfar::providers::ollama_chat {

namespace json = boost::json;

namespace {

std::string_view view(json::string_view text) {
  return {text.data(), text.size()};
}

class writer {
 public:
  writer(const chat::chat_request& asked, const write_options& how) : asked_(asked), how_(how) {}

  routes::result<written_request> run() {
    auto messages = message_writer(out_.notes).write(asked_.messages);
    if (messages.has_error()) return messages.error();
    body_.put_text("model", how_.model);
    body_.put("messages", *messages);
    body_.put("stream", how_.stream ? "true" : "false");  // its default is true
    tools();
    sampling();
    format();
    think();
    leave_out();
    for (const auto& each : how_.set) apply(each, true);
    for (const auto& each : how_.defaults) apply(each, false);
    if (how_.quirks) {
      for (const auto& name : how_.quirks->drop) drop(name);
    }
    if (!options_.empty()) body_.put("options", options_.text());
    out_.body = body_.text();
    return std::move(out_);
  }

 private:
  void tell(std::string_view line) { note(out_.notes, line); }

  void drop(std::string_view name) {
    if (body_.find(name) || options_.find(name)) tell("a field that the provider refuses is left out");
    body_.drop(name);
    options_.drop(name);
  }

  void tools() {
    // It has no tool_choice: to forbid tools, none are shown.
    const bool none = asked_.choose && asked_.choose->mode == chat::choice_mode::none;
    if (none && !asked_.tools.empty()) tell("tool_choice: none is said by leaving the tools out");
    if (asked_.choose && asked_.choose->mode == chat::choice_mode::required) {
      tell("tool_choice: ollama-chat cannot be made to call");
    }
    if (none) return;
    std::string list = "[";
    for (const auto& each : asked_.tools) {
      if (each.form == chat::tool_form::hosted) {
        tell("tools: a hosted one of another dialect is left out");
      } else if (allowed(each.name)) {
        if (list.size() > 1) list.push_back(',');
        list.append(tool(each));
      }
    }
    if (list.size() > 1) body_.put("tools", list.append("]"));
  }

  bool allowed(std::string_view name) {
    if (!asked_.choose || asked_.choose->mode != chat::choice_mode::allowed) return true;
    const auto& names = asked_.choose->names;
    if (std::find(names.begin(), names.end(), name) != names.end()) return true;
    tell("tool_choice: tools that are not allowed are left out");
    return false;
  }

  std::string tool(const chat::tool& from) {
    if (from.strict == true) tell("tools: ollama-chat has no strict");
    if (!from.extra.empty()) tell("tools: ollama-chat has no place for further fields");
    member_list function;
    function.put_text("name", from.name);
    function.put_text("description", from.description);
    function.put("parameters", from.parameters.is_null() ? R"({"type":"object","properties":{}})"
                                                         : json::serialize(from.parameters));
    member_list one;
    one.put_text("type", "function");
    one.put("function", function.text());
    return one.text();
  }

  void sampling() {
    if (asked_.max_output) options_.put("num_predict", std::to_string(*asked_.max_output));
    if (asked_.temperature) options_.put_number("temperature", *asked_.temperature);
    if (asked_.top_p) options_.put_number("top_p", *asked_.top_p);
    if (asked_.top_k) options_.put("top_k", std::to_string(*asked_.top_k));
    if (asked_.seed) options_.put("seed", std::to_string(*asked_.seed));
    if (asked_.presence_penalty) options_.put_number("presence_penalty", *asked_.presence_penalty);
    if (asked_.frequency_penalty) options_.put_number("frequency_penalty", *asked_.frequency_penalty);
    if (!asked_.stop.empty()) {
      std::string list = "[";
      for (const auto& each : asked_.stop) {
        if (list.size() > 1) list.push_back(',');
        openai_chat::append_json_string(list, each);
      }
      options_.put("stop", list.append("]"));
    }
    if (asked_.logprobs == true) body_.put("logprobs", "true");
    if (asked_.top_logprobs) body_.put("top_logprobs", std::to_string(*asked_.top_logprobs));
  }

  void format() {
    if (!asked_.format) return;
    if (asked_.format->kind == chat::format_kind::json_object) body_.put("format", "\"json\"");
    if (asked_.format->kind == chat::format_kind::json_schema) {
      body_.put("format", json::serialize(asked_.format->schema));
      if (!asked_.format->name.empty() || !asked_.format->description.empty()) {
        tell("response format: ollama-chat takes no name and no description");
      }
    }
    if (!asked_.format->extra.empty()) tell("response format: ollama-chat has no place for further fields");
  }

  void think() {
    if (!asked_.think) return;
    const auto& wanted = *asked_.think;
    if (!wanted.extra.empty()) tell("reasoning: ollama-chat has no place for further fields");
    if (wanted.budget && *wanted.budget > 0) tell("reasoning: ollama-chat has no budget");
    const std::string_view effort = wanted.effort;
    if (wanted.enabled == false || effort == "none" || wanted.budget == 0) {
      body_.put("think", "false");
    } else if (effort == "minimal" || effort == "low") {
      body_.put("think", "\"low\"");
    } else if (effort == "medium" || effort == "high" || effort == "max") {
      body_.put_text("think", effort);
    } else if (effort == "xhigh") {
      body_.put("think", "\"max\"");
    } else if (wanted.enabled == true || wanted.budget) {
      body_.put("think", "true");
    }
  }

  void leave_out() {
    if (asked_.choices && *asked_.choices > 1) tell("n: ollama-chat answers once");
    if (asked_.parallel_calls == false) tell("parallel_tool_calls: ollama-chat cannot be kept from them");
    if (!asked_.user.empty()) tell("user: ollama-chat has none");
    if (!asked_.cache_key.empty()) tell("prompt_cache_key: ollama-chat has none");
    if (asked_.extra.contains("logit_bias")) tell("logit_bias: ollama-chat has none");
    if (asked_.extra.size() > (asked_.extra.contains("logit_bias") ? 1U : 0U)) {
      tell("a field of another dialect: ollama-chat has none such");
    }
  }

  void apply(const config::body_field& field, bool replace) {
    boost::system::error_code failed;
    const auto v = field.name == "options" ? json::parse(field.json, failed) : json::value{};
    if (!failed && v.is_object()) {
      for (const auto& [key, each] : v.get_object()) {
        if (replace || !options_.find(view(key))) options_.put(view(key), json::serialize(each));
      }
      return;
    }
    if (replace || !body_.find(field.name)) body_.put(field.name, field.json);
  }

  const chat::chat_request& asked_;
  const write_options& how_;
  written_request out_;
  member_list body_;
  member_list options_;
};

}  // namespace

routes::result<written_request> write_request(const chat::chat_request& asked, const write_options& how) {
  return writer(asked, how).run();
}

}  // namespace nearfar::providers::ollama_chat
