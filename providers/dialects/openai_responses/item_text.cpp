#include "providers/dialects/openai_responses/item_text.hpp"

#include "providers/dialects/openai_chat/request_writer.hpp"
#include "providers/dialects/openai_responses/fields.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <iterator>

namespace nearfar::providers::openai_responses {

namespace json = boost::json;
using openai_chat::append_json_string;

namespace {

std::string_view word_of(item_status status) {
  switch (status) {
    case item_status::in_progress:
      return "in_progress";
    case item_status::completed:
      return "completed";
    case item_status::incomplete:
      break;
  }
  return "incomplete";
}

void append_list(std::string& to, std::string_view key, std::string_view elements) {
  to.append(",\"").append(key).append("\":[").append(elements).push_back(']');
}

void append_element(std::string& to, const json::value& each) {
  if (!to.empty()) to.push_back(',');
  to.append(json::serialize(each));
}

}  // namespace

void append_member(std::string& to, std::string_view key, std::string_view value) {
  to.push_back('"');
  to.append(key).append("\":");
  append_json_string(to, value);
}

void append_text_part(std::string& to, std::string_view text, std::string_view annotations,
                      std::string_view logprobs) {
  to.append("{\"type\":\"output_text\"");
  append_list(to, "annotations", annotations);
  append_list(to, "logprobs", logprobs);
  to.push_back(',');
  append_member(to, "text", text);
  to.push_back('}');
}

void append_refusal_part(std::string& to, std::string_view text) {
  to.append("{\"type\":\"refusal\",");
  append_member(to, "refusal", text);
  to.push_back('}');
}

void append_audio_part(std::string& to, std::string_view data) {
  to.append("{\"type\":\"output_audio\",");
  append_member(to, "data", data);
  to.append(",\"transcript\":\"\"}");
}

void append_summary_part(std::string& to, std::string_view text) {
  to.append("{\"type\":\"summary_text\",");
  append_member(to, "text", text);
  to.push_back('}');
}

void append_message_item(std::string& to, std::string_view id, item_status status, std::string_view parts) {
  to.push_back('{');
  append_member(to, "id", id);
  to.append(",\"type\":\"message\",\"status\":\"").append(word_of(status)).push_back('"');
  append_list(to, "content", parts);
  to.append(",\"role\":\"assistant\"}");
}

void append_reasoning_item(std::string& to, std::string_view id, std::string_view summary,
                           std::string_view encrypted) {
  to.push_back('{');
  append_member(to, "id", id);
  to.append(",\"type\":\"reasoning\"");
  append_list(to, "summary", summary);
  if (!encrypted.empty()) {
    to.push_back(',');
    append_member(to, "encrypted_content", encrypted);
  }
  to.push_back('}');
}

void append_call_item(std::string& to, const call_text& call, item_status status) {
  const bool custom = call.form == chat::call_form::custom;
  to.push_back('{');
  append_member(to, "id", call.id);
  to.append(custom ? ",\"type\":\"custom_tool_call\"" : ",\"type\":\"function_call\"");
  to.append(",\"status\":\"").append(word_of(status)).append("\",");
  append_member(to, custom ? "input" : "arguments", call.arguments);
  to.push_back(',');
  append_member(to, "call_id", call.call_id);
  to.push_back(',');
  append_member(to, "name", call.name);
  to.push_back('}');
}

void append_image_item(std::string& to, std::string_view id, std::string_view status, std::string_view data) {
  to.push_back('{');
  append_member(to, "id", id);
  to.append(",\"type\":\"image_generation_call\",\"status\":\"").append(status).append("\",\"result\":");
  if (data.empty()) {
    to.append("null");
  } else {
    append_json_string(to, data);
  }
  to.push_back('}');
}

bool append_annotation(std::string& to, std::string_view chat_form) {
  boost::system::error_code failed;
  const json::value whole = json::parse(chat_form, failed);
  const json::object* from = failed ? nullptr : whole.if_object();
  if (from == nullptr) return false;
  const std::string_view type = string_at(*from, "type");
  json::object flat = rest_of(*from, {type});
  if (const json::object* inner = object_at(*from, type)) {
    for (const auto& each : *inner) flat.insert(each);
  }
  append_element(to, flat);
  return true;
}

bool append_logprobs(std::string& to, std::string_view chat_form) {
  boost::system::error_code failed;
  const json::value whole = json::parse(chat_form, failed);
  if (failed) return false;
  const json::array* list = whole.if_array();
  if (const json::object* object = whole.if_object()) list = array_at(*object, "content");
  if (list == nullptr) return false;
  for (const json::value& each : *list) append_element(to, each);
  return true;
}

void append_usage(std::string& to, const usage& tokens) {
  const auto out = std::back_inserter(to);
  fmt::format_to(out, "{{\"input_tokens\":{},\"input_tokens_details\":{{\"cached_tokens\":{}", tokens.input,
                 tokens.cached);
  if (tokens.cache_write > 0) fmt::format_to(out, ",\"cache_write_tokens\":{}", tokens.cache_write);
  fmt::format_to(out, "}},\"output_tokens\":{},\"output_tokens_details\":{{\"reasoning_tokens\":{}}}",
                 tokens.output, tokens.reasoning);
  fmt::format_to(out, ",\"total_tokens\":{}", tokens.input + tokens.output);
  if (tokens.cost) fmt::format_to(out, ",\"cost\":{}", *tokens.cost);
  to.push_back('}');
}

}  // namespace nearfar::providers::openai_responses
