#include "providers/dialects/openai_chat/message_parser.hpp"

#include "providers/dialects/data_url.hpp"
#include "providers/dialects/json_fields.hpp"
#include "providers/dialects/openai_chat/reasoning_parser.hpp"

#include <fmt/format.h>
#include <boost/json/serialize.hpp>

namespace nearfar::providers::openai_chat {

namespace json = chat::json;
using chat::part_kind;
using chat::role;

namespace {

bool is_empty(const json::value& v) {
  return v.is_null() || (v.is_array() && v.as_array().empty());
}

// OpenAI names the coding, not a MIME type.
std::string mime_of_audio(std::string_view format) {
  if (format == "mp3") return "audio/mpeg";
  return format.empty() ? std::string{} : fmt::format("audio/{}", format);
}

// What a vendor's own parts are called by `type`; the data stands in a member of that name, or in the part.
void keep_whole(json::object& from, chat::part& to) {
  to.kind = part_kind::opaque;
  to.extra = std::move(from);
}

}  // namespace

bool message_parser::fail(std::string_view what) {
  problem_ = fmt::format("messages[{}]{}", index_, what);
  return false;
}

bool message_parser::parse(json::value& v, chat::message& to) {
  json::object* object = v.if_object();
  if (object == nullptr) return fail(" must be an object with role and content");
  if (!role_of(*object, to)) return false;
  if (to.who == role::tool) {
    const bool fine = result(*object, to);
    ++index_;
    return fine;
  }
  json_fields fields{*object};
  fields.take("role");
  // Of another role's they are members like any other, which nobody reads.
  if (to.who == role::assistant) parse_reasoning(fields, to.parts, to.spelling, to.extra);
  if (json::value* said = fields.take("content");
      said != nullptr && !content(*said, to.parts, to.plain, to.spelling))
    return false;
  if (json::value* said = fields.take("refusal")) {
    if (said->is_string()) {
      chat::part& part = to.parts.emplace_back();
      part.kind = part_kind::refusal;
      part.text = to_text(*said);
      part.spelling["field"] = true;
    } else {
      (said->is_null() ? to.spelling : to.extra)["refusal"] = std::move(*said);
    }
  }
  if (json::value* said = fields.take("tool_calls"); said != nullptr && !calls(*said, to)) return false;
  if (json::value* said = fields.take("function_call"); said != nullptr && !function_call(*said, to))
    return false;
  give_signatures_to_calls(to.parts);
  fields.text("name", to.name);
  fields.rest(to.extra);
  ++index_;
  return true;
}

bool message_parser::role_of(const json::object& from, chat::message& to) {
  const json::value* said = from.if_contains("role");
  if (said == nullptr || !said->is_string()) return fail(".role must be a string such as \"user\"");
  const std::string_view name = said->as_string();
  if (name == "user") {
    to.who = role::user;
  } else if (name == "assistant") {
    to.who = role::assistant;
  } else if (name == "system") {
    to.who = role::system;
  } else if (name == "developer") {
    to.who = role::developer;
  } else if (name == "tool" || name == "function") {
    to.who = role::tool;
    if (name == "function") to.spelling["role"] = *said;
  } else {
    return fail(".role is none of system, developer, user, assistant, tool");
  }
  return true;
}

bool message_parser::content(json::value& v, std::vector<chat::part>& to, bool& plain,
                             json::object& spelling) {
  if (v.is_string()) {
    plain = true;
    to.emplace_back().text = to_text(v);
    return true;
  }
  if (is_empty(v)) {
    spelling["content"] = std::move(v);
    return true;
  }
  json::array* list = v.if_array();
  if (list == nullptr) return fail(".content must be a string, an array of parts or null");
  for (json::value& each : *list) {
    if (!content_part(each, to)) return false;
  }
  return true;
}

bool message_parser::content_part(json::value& v, std::vector<chat::part>& to) {
  chat::part& part = to.emplace_back();
  if (v.is_string()) {
    part.text = to_text(v);
    part.spelling["bare"] = true;
    return true;
  }
  json::object* object = v.if_object();
  const json::value* said = object == nullptr ? nullptr : object->if_contains("type");
  if (said == nullptr || !said->is_string())
    return fail(".content has a part without a type: send {\"type\": \"text\", ...}");
  const std::string type = to_text(*said);
  if (type == "thinking") {
    parse_thinking_list(*object, part);
    return true;
  }
  if (type != "text" && type != "refusal") return media_part(type, *object, part);
  json_fields fields{*object};
  fields.take("type");
  part.kind = type == "text" ? part_kind::text : part_kind::refusal;
  if (!fields.text(type, part.text)) return fail(".content has a text part whose text is no string");
  fields.rest(part.extra);
  return true;
}

bool message_parser::source(std::string_view url, chat::media_source& to) {
  if (!is_data_url(url)) {
    to.url = url;
    return true;
  }
  const auto parts = take_apart(url);
  if (!parts) return fail(".content has a data URL that is not base64");
  to.mime = parts->mime;
  to.data = parts->data;
  return true;
}

bool message_parser::media_part(std::string_view type, json::object& from, chat::part& to) {
  const bool known = type == "image_url" || type == "input_audio" || type == "file";
  json::value* said = known ? from.if_contains(type) : nullptr;
  if (said == nullptr || (!said->is_object() && !(said->is_string() && type == "image_url"))) {
    keep_whole(from, to);
    return true;
  }
  json_fields outer{from};
  outer.take("type");
  outer.take(type);
  outer.rest(to.extra);
  std::string data;
  if (said->is_string()) {  // Mistral takes the URL itself
    to.kind = part_kind::image;
    to.spelling["bare"] = true;
    return source(said->as_string(), to.media);
  }
  json_fields inner{said->as_object()};
  json::object rest;
  bool fine = true;
  if (type == "image_url") {
    to.kind = part_kind::image;
    inner.text("detail", to.media.detail);
    if (!inner.text("url", data)) return fail(".content has an image without a url");
    fine = source(data, to.media);
  } else if (type == "input_audio") {
    to.kind = part_kind::audio;
    if (!inner.text("data", data)) return fail(".content has audio without data");
    if (is_data_url(data)) {  // some clients send one against the letter
      fine = source(data, to.media);
      to.spelling["data_url"] = true;
    } else {
      to.media.data = std::move(data);
    }
    std::string format;
    if (inner.text("format", format)) {
      to.spelling["format"] = format;
      if (to.media.mime.empty()) to.media.mime = mime_of_audio(format);
    }
  } else {
    to.kind = part_kind::file;
    inner.text("file_id", to.media.file_id);
    inner.text("filename", to.media.name);
    if (inner.text("file_data", data)) {
      if (is_data_url(data) || data.starts_with("http://") || data.starts_with("https://")) {
        fine = source(data, to.media);
      } else {
        to.media.data = std::move(data);
        to.spelling["bare"] = true;
      }
    }
  }
  inner.rest(rest);
  if (!rest.empty()) to.extra[type] = std::move(rest);
  return fine;
}

bool message_parser::calls(json::value& v, chat::message& to) {
  if (is_empty(v)) {
    to.spelling["tool_calls"] = std::move(v);
    return true;
  }
  json::array* list = v.if_array();
  if (list == nullptr) return fail(".tool_calls must be an array");
  for (json::value& each : *list) {
    if (!call(each, to)) return false;
  }
  return true;
}

bool message_parser::call(json::value& v, chat::message& to) {
  json::object* object = v.if_object();
  if (object == nullptr) return fail(".tool_calls has a call that is no object");
  chat::part& part = to.parts.emplace_back();
  part.kind = part_kind::tool_call;
  const bool custom = object->contains("custom") && !object->contains("function");
  const std::string_view word = custom ? "custom" : "function";
  json::value* said = object->if_contains(word);
  if (said == nullptr || !said->is_object()) {
    keep_whole(*object, part);
    part.spelling["call"] = true;
    return true;
  }
  part.form = custom ? chat::call_form::custom : chat::call_form::function;
  json_fields outer{*object};
  outer.take(word);
  outer.text("id", part.id);
  if (json::value* type = outer.take("type")) {
    if (!type->is_string() || type->as_string() != word) part.spelling["type"] = std::move(*type);
  } else {
    part.spelling["no_type"] = true;
  }
  if (json::value* index = outer.take("index")) part.spelling["index"] = std::move(*index);
  parse_extra_content(outer, part);
  outer.rest(part.extra);

  json_fields inner{said->as_object()};
  inner.text("name", part.name);
  if (json::value* input = inner.take(custom ? "input" : "arguments")) {
    if (input->is_string()) {
      part.text = to_text(*input);
    } else {  // Ollama's clients send the object itself
      if (!input->is_null()) part.text = json::serialize(*input);
      part.spelling["arguments"] = std::move(*input);
    }
  } else {
    part.spelling["no_arguments"] = true;
  }
  json::object rest;
  inner.rest(rest);
  if (!rest.empty()) part.extra[word] = std::move(rest);
  return true;
}

bool message_parser::function_call(json::value& v, chat::message& to) {
  if (v.is_null()) {
    to.spelling["function_call"] = std::move(v);
    return true;
  }
  json::object* object = v.if_object();
  if (object == nullptr) return fail(".function_call must be an object");
  chat::part& part = to.parts.emplace_back();
  part.kind = part_kind::tool_call;
  part.spelling["function_call"] = true;
  part.id = fmt::format("call_function_{}", ++functions_);
  json_fields fields{*object};
  fields.text("name", part.name);
  fields.text("arguments", part.text);
  fields.rest(part.extra);
  return true;
}

bool message_parser::result(json::object& from, chat::message& to) {
  json_fields fields{from};
  fields.take("role");
  chat::part part;
  part.kind = part_kind::tool_result;
  if (to.spelling.contains("role")) {
    part.id = fmt::format("call_function_{}", functions_);
  } else if (!fields.text("tool_call_id", part.id)) {
    return fail(".tool_call_id is missing: name the call that this answers");
  }
  fields.text("name", part.name);
  if (json::value* said = fields.take("content");
      said != nullptr && !content(*said, part.content, part.plain, to.spelling))
    return false;
  to.parts.push_back(std::move(part));
  fields.rest(to.extra);
  return true;
}

}  // namespace nearfar::providers::openai_chat
