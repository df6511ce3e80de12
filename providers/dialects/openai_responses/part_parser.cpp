#include "providers/dialects/openai_responses/part_parser.hpp"

#include "providers/dialects/openai_responses/fields.hpp"

#include <boost/json.hpp>

#include <string>

namespace nearfar::providers::openai_responses {

namespace json = boost::json;

namespace {

constexpr std::string_view base64_mark = ";base64,";

void take_string(const json::object& from, std::string_view key, std::string& to) {
  to = string_at(from, key);
}

// In their order: what a target has in its cache is found again by its bytes.
void drop_if_empty(json::object& from, std::string_view key) {
  const json::value* found = from.if_contains(key);
  if (found != nullptr && (found->is_null() || (found->is_array() && found->get_array().empty()))) {
    from.stable_erase(key);
  }
}

chat::part text_part(const json::object& from, std::string_view key, chat::part_kind kind) {
  chat::part out;
  out.kind = kind;
  take_string(from, key, out.text);
  out.extra = rest_of(from, {"type", key});
  drop_if_empty(out.extra, "annotations");
  drop_if_empty(out.extra, "logprobs");
  return out;
}

chat::part image_part(const json::object& from) {
  chat::part out;
  out.kind = chat::part_kind::image;
  if (const std::string_view url = string_at(from, "image_url"); !url.empty()) {
    take_url(url, out.media);
    out.extra = rest_of(from, {"type", "image_url", "detail"});
  } else {
    take_string(from, "file_id", out.media.file_id);
    out.extra = rest_of(from, {"type", "image_url", "file_id", "detail"});
  }
  drop_if_empty(out.extra, "file_id");
  take_string(from, "detail", out.media.detail);
  return out;
}

chat::part file_part(const json::object& from) {
  chat::part out;
  out.kind = chat::part_kind::file;
  if (const std::string_view data = string_at(from, "file_data"); !data.empty()) {
    take_url(data, out.media);
    // Some clients send the bare base64.
    if (out.media.data.empty()) out.media.data = std::exchange(out.media.url, {});
  } else if (const std::string_view url = string_at(from, "file_url"); !url.empty()) {
    out.media.url = url;
  } else {
    take_string(from, "file_id", out.media.file_id);
  }
  take_string(from, "filename", out.media.name);
  out.extra = rest_of(from, {"type", "file_data", "file_url", "file_id", "filename"});
  return out;
}

chat::part audio_part(const json::object& from) {
  chat::part out;
  out.kind = chat::part_kind::audio;
  if (const json::object* sound = object_at(from, "input_audio")) {
    take_string(*sound, "data", out.media.data);
    if (const auto format = string_at(*sound, "format"); !format.empty()) {
      out.media.mime = "audio/" + std::string(format);
    }
  }
  out.extra = rest_of(from, {"type", "input_audio"});
  return out;
}

std::string as_url(const chat::media_source& from, std::string_view usual_mime) {
  if (from.data.empty()) return from.url;
  std::string out = "data:";
  out.append(from.mime.empty() ? usual_mime : std::string_view(from.mime)).append(base64_mark);
  return out.append(from.data);
}

// "audio/mpeg" and "audio/x-wav" are other names of the two formats that the dialect knows.
std::string format_of(std::string_view mime) {
  if (mime == "audio/mpeg") return "mp3";
  if (mime == "audio/x-wav" || mime == "audio/wave" || mime.empty()) return "wav";
  const auto slash = mime.find('/');
  return std::string(slash == std::string_view::npos ? mime : mime.substr(slash + 1));
}

void write_image(const chat::part& from, json::object& to) {
  to["type"] = "input_image";
  if (!from.media.file_id.empty()) {
    to["file_id"] = from.media.file_id;
  } else {
    to["image_url"] = as_url(from.media, "image/png");
  }
  to["detail"] = from.media.detail.empty() ? "auto" : std::string_view(from.media.detail);
}

void write_file(const chat::part& from, json::object& to) {
  to["type"] = "input_file";
  if (!from.media.file_id.empty()) {
    to["file_id"] = from.media.file_id;
  } else if (!from.media.url.empty()) {
    to["file_url"] = from.media.url;
  } else {
    to["file_data"] = from.media.mime.empty() && from.extra.empty() && from.media.name.empty()
                          ? from.media.data
                          : as_url(from.media, "application/pdf");
    // The vendor takes no data without a name.
    to["filename"] = from.media.name.empty() ? "file" : std::string_view(from.media.name);
    return;
  }
  if (!from.media.name.empty()) to["filename"] = from.media.name;
}

}  // namespace

void take_url(std::string_view url, chat::media_source& to) {
  const auto mark = url.find(base64_mark);
  if (!url.starts_with("data:") || mark == std::string_view::npos) {
    to.url = url;
    return;
  }
  to.mime = url.substr(5, mark - 5);
  to.data = url.substr(mark + base64_mark.size());
}

chat::part parse_part(const json::object& from) {
  const std::string_view type = string_at(from, "type");
  if (type == "input_text" || type == "output_text" || type == "text" || type == "summary_text") {
    return text_part(from, "text", chat::part_kind::text);
  }
  if (type == "refusal") return text_part(from, "refusal", chat::part_kind::refusal);
  if (type == "input_image") return image_part(from);
  if (type == "input_file") return file_part(from);
  if (type == "input_audio") return audio_part(from);
  chat::part out;
  out.kind = chat::part_kind::opaque;
  out.extra = from;
  return out;
}

bool write_part(const chat::part& from, speaker who, json::object& to) {
  const bool assistant = who == speaker::assistant;
  switch (from.kind) {
    case chat::part_kind::text:
      to["type"] = assistant ? "output_text" : "input_text";
      to["text"] = from.text;
      if (assistant && !from.extra.contains("annotations")) to["annotations"] = json::array{};
      return true;
    case chat::part_kind::refusal:
      // The client's side has no refusals: one that is quoted there is text.
      to["type"] = assistant ? "refusal" : "input_text";
      to[assistant ? "refusal" : "text"] = from.text;
      return true;
    case chat::part_kind::image:
      if (!assistant) write_image(from, to);
      return !assistant;
    case chat::part_kind::file:
      if (!assistant) write_file(from, to);
      return !assistant;
    case chat::part_kind::audio:
      if (assistant || from.media.data.empty()) return false;
      to["type"] = "input_audio";
      to["input_audio"] = {{"data", from.media.data}, {"format", format_of(from.media.mime)}};
      return true;
    default:
      return false;
  }
}

}  // namespace nearfar::providers::openai_responses
