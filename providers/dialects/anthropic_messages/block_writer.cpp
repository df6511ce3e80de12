#include "providers/dialects/anthropic_messages/block_writer.hpp"

#include "providers/dialects/anthropic_messages/base64.hpp"
#include "providers/dialects/anthropic_messages/json_text.hpp"
#include "providers/dialects/openai_chat/request_writer.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

namespace nearfar::providers::anthropic_messages {

using chat::part;
using chat::part_kind;
using openai_chat::append_json_string;

namespace {

constexpr std::string_view no_value{};

// Where a client names no type, or a wrong one, the first bytes tell (base64 of the formats' magic).
std::string_view image_type(const chat::media_source& media) {
  const std::string_view mime = media.mime;
  if (mime == "image/jpeg" || mime == "image/jpg") return "image/jpeg";
  if (mime == "image/png") return "image/png";
  if (mime == "image/gif") return "image/gif";
  if (mime == "image/webp") return "image/webp";
  if (!mime.empty() && mime != "image/*" && mime != "application/octet-stream") return no_value;
  const std::string_view data = media.data;
  if (data.starts_with("/9j/")) return "image/jpeg";
  if (data.starts_with("iVBORw0KGgo")) return "image/png";
  if (data.starts_with("R0lGOD")) return "image/gif";
  if (data.starts_with("UklGR")) return "image/webp";
  return no_value;
}

bool is_pdf(const chat::media_source& media) {
  if (media.mime == "application/pdf" || media.mime == "application/x-pdf") return true;
  if (!media.mime.empty() && media.mime != "application/octet-stream") return false;
  return media.data.starts_with("JVBERi") || media.name.ends_with(".pdf");
}

bool is_text(const chat::media_source& media) {
  const std::string_view mime = media.mime;
  if (mime.starts_with("text/") || mime == "application/json" || mime == "application/xml" ||
      mime == "application/yaml" || mime == "application/x-yaml" || mime == "application/javascript")
    return true;
  return mime.empty() && (media.name.ends_with(".txt") || media.name.ends_with(".md"));
}

void append_base64(std::string& to, std::string_view type, std::string_view data) {
  to.append("{\"type\":\"base64\"");
  append_member(to, "media_type", type);
  append_member(to, "data", data);
  to.push_back('}');
}

void append_one(std::string& to, std::string_view type, std::string_view key, std::string_view value) {
  to.push_back('{');
  append_member(to, "type", type);
  append_member(to, key, value);
  to.push_back('}');
}

bool append_elsewhere(std::string& to, const chat::media_source& media, writing& work,
                      std::string_view what) {
  if (!media.url.empty()) {
    append_one(to, "url", "url", media.url);
    return true;
  }
  if (work.own && !media.file_id.empty()) {
    append_one(to, "file", "file_id", media.file_id);
    return true;
  }
  return work.fail(media.file_id.empty()
                       ? fmt::format("{}: it has neither data nor an address", what)
                       : fmt::format("{} by file id: the id is of another vendor's store", what));
}

bool append_image_source(std::string& to, const chat::media_source& media, writing& work) {
  if (media.data.empty()) return append_elsewhere(to, media, work, "image");
  const std::string_view type = work.own ? std::string_view{media.mime} : image_type(media);
  if (type.empty()) {
    return work.fail("image: anthropic-messages takes JPEG, PNG, GIF and WebP");
  }
  append_base64(to, type, media.data);
  return true;
}

bool append_file_source(std::string& to, const chat::media_source& media, writing& work) {
  if (media.data.empty()) return append_elsewhere(to, media, work, "file");
  if (is_pdf(media)) {
    append_base64(to, "application/pdf", media.data);
    return true;
  }
  auto text = is_text(media) ? from_base64(media.data) : std::nullopt;
  if (!text) return work.fail("file: anthropic-messages takes PDF and text");
  to.append("{\"type\":\"text\",\"media_type\":\"text/plain\"");
  append_member(to, "data", *text);
  to.push_back('}');
  return true;
}

std::string text_block(const part& from, writing& work) {
  if (!work.own && is_blank(from.text)) return {};
  if (!from.signature.empty()) work.note("signature of a text: anthropic-messages has no place for it");
  std::string to = "{\"type\":\"text\"";
  append_member(to, "text", from.text);
  append_extra(to, from.extra, work, "text");
  to.push_back('}');
  return to;
}

std::string media_block(const part& from, writing& work) {
  const bool image = from.kind == part_kind::image;
  std::string source;
  const bool fine =
      image ? append_image_source(source, from.media, work) : append_file_source(source, from.media, work);
  if (!fine) return {};
  if (!from.media.detail.empty()) work.note("image detail: anthropic-messages has none");
  std::string to = image ? "{\"type\":\"image\"" : "{\"type\":\"document\"";
  append_key(to, "source");
  to.append(source);
  if (!from.media.name.empty()) append_member(to, "title", from.media.name);
  append_extra(to, from.extra, work, image ? "image" : "file");
  to.push_back('}');
  return to;
}

std::string thinking_block(const part& from, writing& work) {
  if (!may_replay(from, work.how)) {
    work.note(from.signature.empty() ? "reasoning: left out, it bears no signature of the target's"
                                     : "reasoning: left out, its signature is of another issuer");
    return {};
  }
  std::string to;
  if (from.redacted) {
    to = "{\"type\":\"redacted_thinking\"";
    append_member(to, "data", from.signature);
  } else {
    to = "{\"type\":\"thinking\"";
    append_member(to, "thinking", from.text);
    append_member(to, "signature", from.signature);
  }
  if (work.own) append_extra(to, from.extra, work, "reasoning");
  to.push_back('}');
  return to;
}

std::string call_block(const part& from, writing& work, std::string_view id) {
  if (!from.signature.empty()) work.note("signature of a call: anthropic-messages has no place for it");
  std::string to = "{\"type\":\"tool_use\"";
  append_member(to, "id", id);
  append_member(to, "name", from.name);
  append_key(to, "input");
  append_input(to, from.text, work);
  append_extra(to, from.extra, work, "call");
  to.push_back('}');
  return to;
}

std::string result_block(const part& from, writing& work, std::string_view id) {
  std::string to = "{\"type\":\"tool_result\"";
  append_member(to, "tool_use_id", id);
  std::string list;
  std::size_t blocks = 0;
  for (const part& each : from.content) {
    if (each.kind == part_kind::tool_call || each.kind == part_kind::tool_result ||
        each.kind == part_kind::thinking) {
      work.note("a result's part of a foreign kind: left out");
      continue;
    }
    const std::string block = write_block(each, work, each.id);
    if (block.empty()) continue;
    if (++blocks > 1) list.push_back(',');
    list.append(block);
  }
  if (from.plain && from.content.size() == 1) {
    append_member(to, "content", from.content.front().text);
  } else if (blocks > 0) {
    append_key(to, "content");
    to.append("[").append(list).append("]");
  }
  if (from.failed) to.append(",\"is_error\":true");
  append_extra(to, from.extra, work, "result");
  to.push_back('}');
  return to;
}

}  // namespace

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n\f\v") == std::string_view::npos;
}

bool may_replay(const part& from, const write_options& how) {
  if (from.signature.empty()) return how.issuer.empty();
  return from.issuer.empty() || from.issuer == how.issuer;
}

void append_input(std::string& to, std::string_view arguments, writing& work) {
  if (is_blank(arguments)) {
    to.append("{}");
    return;
  }
  const auto parsed = parse_json(arguments);
  if (parsed && parsed->is_object()) {
    to.append(arguments);
    return;
  }
  if (parsed && parsed->is_null()) {
    to.append("{}");
    return;
  }
  work.note("arguments that are no JSON object: put under _raw");
  to.append("{\"_raw\":");
  append_json_string(to, arguments);
  to.push_back('}');
}

void append_extra(std::string& to, const json::object& extra, writing& work, std::string_view of) {
  for (const auto& each : extra) {
    // Taken from clients of other dialects too: OpenRouter, DashScope and LiteLLM do the same.
    if (!work.own && (each.key() != "cache_control" || !each.value().is_object())) {
      work.note(fmt::format("further members of a {}: left out", of));
      continue;
    }
    append_key(to, each.key());
    append_json(to, each.value());
  }
}

std::string write_block(const part& from, writing& work, std::string_view id) {
  switch (from.kind) {
    case part_kind::text:
    case part_kind::refusal:
      return text_block(from, work);
    case part_kind::thinking:
      return thinking_block(from, work);
    case part_kind::image:
    case part_kind::file:
      return media_block(from, work);
    case part_kind::audio:
      work.fail("input audio: anthropic-messages takes none");
      return {};
    case part_kind::tool_call:
      return call_block(from, work, id);
    case part_kind::tool_result:
      return result_block(from, work, id);
    case part_kind::opaque:
      break;
  }
  if (work.own) {
    std::string to;
    append_json(to, from.extra);
    return to;
  }
  work.note("a part of another dialect's own: left out");
  return {};
}

}  // namespace nearfar::providers::anthropic_messages
