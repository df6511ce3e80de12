#include "providers/dialects/openai_chat/delta_walk.hpp"

namespace nearfar::providers::openai_chat {

namespace od = json_walk::od;

namespace {

// A non-empty string, array or object, without going into it: a container's token runs to the next
// structural character, which closes it when it is empty.
bool is_filled(od::value& v) {
  const std::string_view whole = json_walk::raw_token(v);
  const std::string_view first = json_walk::trim_end(whole);
  if (json_walk::is_filled_string(first)) return true;
  if (!json_walk::is_container(first)) return false;
  const char next = whole.data()[whole.size()];
  return next != ']' && next != '}';
}

// A lone surrogate has no UTF-8: then nobody knows what the client made of it.
void keep(od::value& v, delta_content& out) {
  std::string_view text;
  if (out.keep_text == nullptr) return;
  if (v.get_string().get(text)) {
    out.text_unknown = true;
  } else {
    out.keep_text->append(text);
  }
}

// Mistral's content is a list of thinking and text parts while it reasons.
bool part_list(od::value v, delta_content& out) {
  simdjson::error_code error = simdjson::SUCCESS;
  od::array list;
  if (v.get_array().get(list)) return false;
  return json_walk::each_element(list, error, [&](od::value& part) {
    od::object object;
    if (part.get_object().get(object)) {
      out.text_unknown = true;
      return true;
    }
    return json_walk::each_field(object, error, [&](od::field& f) {
      const od::raw_json_string key = f.key();
      od::value each = f.value();
      if (key == "type" && json_walk::token(each) == "\"thinking\"") out.reasoning = true;
      if (key != "text") return true;
      out.text = out.text || is_filled(each);
      keep(each, out);
      return true;
    });
  });
}

bool content(od::value v, delta_content& out) {
  if (!is_filled(v)) return true;
  out.any = true;
  const char first = json_walk::token(v).front();
  if (first == '[') return part_list(v, out);
  out.text = true;
  keep(v, out);
  return true;
}

bool member(od::field& f, delta_content& out) {
  const od::raw_json_string key = f.key();
  od::value v = f.value();
  if (key == "content") return content(v, out);
  if (key == "tool_calls" || key == "function_call") {
    const bool filled = is_filled(v);
    out.tool_calls = out.tool_calls || filled;
    out.any = out.any || filled;
  } else if (key == "reasoning_content" || key == "reasoning" || key == "reasoning_details" ||
             key == "thinking_blocks") {
    const bool filled = is_filled(v);
    out.reasoning = out.reasoning || filled;
    out.any = out.any || filled;
  } else if (key == "refusal") {
    out.refusal = is_filled(v) || out.refusal;
    out.any = out.any || out.refusal;
  } else if (key == "audio" || key == "images") {
    out.sound_or_image = is_filled(v) || out.sound_or_image;
    out.any = out.any || out.sound_or_image;
  } else if (key == "annotations" || key == "citations") {
    out.annotations = is_filled(v) || out.annotations;
  }
  return true;
}

}  // namespace

bool read_delta(od::value v, delta_content& out) {
  simdjson::error_code error = simdjson::SUCCESS;
  const std::string_view first = json_walk::token(v);
  if (first.empty() || first.front() != '{') return first == "null";
  od::object object;
  if (v.get_object().get(object)) return false;
  return json_walk::each_field(object, error, [&](od::field& f) { return member(f, out); });
}

}  // namespace nearfar::providers::openai_chat
