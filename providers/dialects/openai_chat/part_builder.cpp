#include "providers/dialects/openai_chat/part_builder.hpp"

#include "providers/dialects/data_url.hpp"

#include <string>

namespace nearfar::providers::openai_chat {

namespace json = chat::json;
using chat::part_kind;

namespace {

std::string url_of(const chat::media_source& media) {
  return media.url.empty() && !media.data.empty() ? to_data_url(media.mime, media.data) : media.url;
}

// OpenAI knows wav and mp3 by their own names.
std::string format_of(std::string_view mime) {
  if (mime == "audio/mpeg" || mime == "audio/mp3") return "mp3";
  if (mime == "audio/x-wav" || mime == "audio/wave") return "wav";
  const auto slash = mime.find('/');
  return std::string(slash == std::string_view::npos ? mime : mime.substr(slash + 1));
}

json::object image_object(const chat::part& part, bool same) {
  const chat::media_source& media = part.media;
  json::object object;
  if (media.url.empty() && media.data.empty() && !same) return object;  // a file of another vendor's store
  object["type"] = "image_url";
  if (same && part.spelling.contains("bare")) {
    object["image_url"] = url_of(media);
    return object;
  }
  json::object inner;
  inner["url"] = url_of(media);
  if (!media.detail.empty()) inner["detail"] = media.detail;
  object["image_url"] = std::move(inner);
  return object;
}

json::object audio_object(const chat::part& part, bool same) {
  const chat::media_source& media = part.media;
  json::object object;
  if (media.data.empty() && !same) return object;
  json::object inner;
  inner["data"] =
      same && part.spelling.contains("data_url") ? to_data_url(media.mime, media.data) : media.data;
  if (!same) {
    inner["format"] = format_of(media.mime);
  } else if (const auto* format = part.spelling.if_contains("format")) {
    inner["format"] = *format;
  }
  object["type"] = "input_audio";
  object["input_audio"] = std::move(inner);
  return object;
}

json::object file_object(const chat::part& part, bool same) {
  const chat::media_source& media = part.media;
  json::object inner;
  if (same && !media.file_id.empty()) inner["file_id"] = media.file_id;
  if (same && part.spelling.contains("bare")) {
    inner["file_data"] = media.data;
  } else if (const auto url = url_of(media); !url.empty()) {
    inner["file_data"] = url;
  }
  if (inner.empty() && !same) return {};
  if (!media.name.empty()) {
    inner["filename"] = media.name;
  } else if (!same) {
    inner["filename"] = media.mime == "application/pdf" ? "file.pdf" : "file";  // OpenAI wants one with data
  }
  json::object object;
  object["type"] = "file";
  object["file"] = std::move(inner);
  return object;
}

}  // namespace

json::object text_object(std::string_view text) {
  json::object object;
  object["type"] = "text";
  object["text"] = text;
  return object;
}

json::object part_object(const chat::part& part, bool same) {
  switch (part.kind) {
    case part_kind::text:
      return text_object(part.text);
    case part_kind::refusal: {
      json::object object;
      object["type"] = "refusal";
      object["refusal"] = part.text;
      return object;
    }
    case part_kind::image:
      return image_object(part, same);
    case part_kind::audio:
      return audio_object(part, same);
    case part_kind::file:
      return file_object(part, same);
    case part_kind::thinking: {
      const auto* written = same ? part.spelling.if_contains("thinking") : nullptr;
      if (written == nullptr) return {};
      json::object object;
      object["type"] = "thinking";
      object["thinking"] = *written;
      if (!part.signature.empty()) object["signature"] = part.signature;
      return object;
    }
    case part_kind::opaque:
      return same ? part.extra : json::object{};
    case part_kind::tool_call:
    case part_kind::tool_result:
      break;
  }
  return {};
}

json::object call_object(const chat::part& part, bool same, std::string_view id) {
  const bool custom = part.form == chat::call_form::custom;
  const std::string_view word = custom ? "custom" : "function";
  json::object inner;
  inner["name"] = part.name;
  const std::string_view arguments = custom ? "input" : "arguments";
  const auto* written = same ? part.spelling.if_contains("arguments") : nullptr;
  if (written != nullptr) {
    inner[arguments] = *written;
  } else if (!same && !custom && part.text.empty()) {
    inner[arguments] = "{}";
  } else if (!same || !part.spelling.contains("no_arguments")) {
    inner[arguments] = part.text;
  }
  if (same && part.spelling.contains("function_call")) return inner;
  json::object call;
  if (!id.empty()) call["id"] = id;
  if (const auto* type = same ? part.spelling.if_contains("type") : nullptr) {
    call["type"] = *type;
  } else if (!same || !part.spelling.contains("no_type")) {
    call["type"] = word;
  }
  if (const auto* index = same ? part.spelling.if_contains("index") : nullptr) call["index"] = *index;
  call[word] = std::move(inner);
  return call;
}

}  // namespace nearfar::providers::openai_chat
