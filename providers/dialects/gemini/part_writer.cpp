#include "providers/dialects/gemini/part_writer.hpp"

#include "providers/dialects/custom_tools.hpp"
#include "providers/dialects/gemini/dom.hpp"
#include "providers/dialects/gemini/thought_signature.hpp"
#include "providers/dialects/member_list.hpp"
#include "providers/dialects/openai_chat/request_writer.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <array>
#include <utility>

namespace nearfar::providers::gemini {

namespace json = boost::json;
using chat::part_kind;

namespace {

// What the first bytes of a file are in base64, for media that come without a type.
std::string_view sniffed(std::string_view data) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 7> signs{{
      {"iVBORw0KGgo", "image/png"},
      {"/9j/", "image/jpeg"},
      {"R0lGOD", "image/gif"},
      {"UklGR", "image/webp"},
      {"JVBERi0", "application/pdf"},
      {"SUQz", "audio/mp3"},
      {"T2dnUw", "audio/ogg"},
  }};
  for (const auto& [sign, mime] : signs) {
    if (data.starts_with(sign)) return mime;
  }
  return {};
}

// Google's words: audio/mp3 where the others say audio/mpeg; a format alone is OpenAI's.
std::string mime_of(const chat::part& part) {
  std::string mime = part.media.mime;
  if (mime.empty()) mime = sniffed(part.media.data);
  if (part.kind == part_kind::audio && !mime.empty() && mime.find('/') == std::string::npos) {
    mime.insert(0, "audio/");
  }
  return mime == "audio/mpeg" ? "audio/mp3" : mime;
}

routes::error unsayable(std::string why) {
  auto made = routes::make_error(routes::error_kind::bad_request, std::move(why));
  made.side = routes::error_side::internal;
  return made;
}

bool own(const part_terms& how) {
  return how.from == config::dialect::gemini;
}

void append_members(member_list& to, const json::object& from, std::string_view except = {}) {
  for (const auto& [key, v] : from) {
    if (dom::view(key) != except) to.put(dom::view(key), json::serialize(v));
  }
}

// The members of a part beside its data, and those within its data under the data's name.
void append_extra(member_list& part, member_list* data, std::string_view data_name, const chat::part& from,
                  const part_terms& how) {
  if (from.extra.empty()) return;
  if (!own(how)) {
    note(*how.notes, "part fields: gemini has no place for those of another dialect");
    return;
  }
  append_members(part, from.extra, data_name);
  const auto* inner = from.extra.if_contains({data_name.data(), data_name.size()});
  if (data && inner && inner->is_object()) append_members(*data, inner->get_object());
}

void sign(member_list& part, const chat::part& from, const part_terms& how) {
  if (from.signature.empty()) return;
  if (from.issuer == how.issuer) {
    part.put_text("thoughtSignature", from.signature);
  } else {
    note(*how.notes, "signature: another vendor's is left out");
  }
}

void append(std::string& to, const member_list& part) {
  if (!to.empty() && to.back() != '[') to.push_back(',');
  part.write(to);
}

routes::result<bool> append_media(std::string& to, const chat::part& from, const part_terms& how) {
  const chat::media_source& media = from.media;
  if (!media.file_id.empty()) return unsayable("file id: gemini does not know another vendor's files");
  member_list part;
  member_list data;
  const std::string mime = mime_of(from);
  if (!media.url.empty()) {
    if (!mime.empty()) data.put_text("mimeType", mime);
    data.put_text("fileUri", media.url);
    if (!own(how)) note(*how.notes, "url: sent as fileData.fileUri, which not every model fetches");
  } else {
    if (mime.empty()) return unsayable("media type: gemini must be told what inline data are");
    data.put_text("mimeType", mime);
    data.put_text("data", media.data);
  }
  if (!media.name.empty() && own(how)) data.put_text("displayName", media.name);
  if (!media.name.empty() && !own(how)) note(*how.notes, "file name: gemini has none");
  const std::string_view kind = media.url.empty() ? "inlineData" : "fileData";
  append_extra(part, &data, kind, from, how);
  part.put(kind, data.text());
  if (media.detail == "low" || media.detail == "high") {
    if (how.takes == generation::later) {
      const std::string_view level = media.detail == "low" ? "MEDIA_RESOLUTION_LOW" : "MEDIA_RESOLUTION_HIGH";
      member_list resolution;
      resolution.put_text("level", level);
      part.put("mediaResolution", resolution.text());
    } else {
      note(*how.notes, "detail: the model takes no resolution of a part");
    }
  }
  sign(part, from, how);
  append(to, part);
  return true;
}

bool append_text(std::string& to, const chat::part& from, const part_terms& how) {
  const bool signed_here = !from.signature.empty() && from.issuer == how.issuer;
  // An empty text is a part without data, but for the signature that may stand on it.
  if (from.text.empty() && !signed_here && !own(how)) return false;
  if (from.kind == part_kind::refusal) note(*how.notes, "refusal: sent as text");
  member_list part;
  part.put_text("text", from.text);
  append_extra(part, nullptr, {}, from, how);
  sign(part, from, how);
  append(to, part);
  return true;
}

bool append_thinking(std::string& to, const chat::part& from, const part_terms& how) {
  const bool signed_here = !from.signature.empty() && from.issuer == how.issuer;
  const bool unsigned_own = own(how) && from.signature.empty();
  if (!signed_here && !unsigned_own) {
    note(*how.notes, "reasoning: gemini takes none but its own");
    return false;
  }
  member_list part;
  part.put_text("text", from.text);
  part.put("thought", "true");
  append_extra(part, nullptr, {}, from, how);
  sign(part, from, how);
  append(to, part);
  return true;
}

std::string wrapped(std::string_view name, std::string_view text) {
  member_list out;
  out.put_text(name, text);
  return out.text();
}

// What a result says, as the object that `response` is.
std::string response_object(const chat::part& result, std::string_view text) {
  if (result.failed) return wrapped("error", text);
  boost::system::error_code failed;
  const json::value v = json::parse({text.data(), text.size()}, failed);
  if (!failed && v.is_object()) return std::string(text);
  return wrapped("result", text);
}

}  // namespace

std::string arguments_object(std::string_view text, chat::call_form form, bool& changed) {
  if (form == chat::call_form::custom) return wrapped(free_text_parameter, text);
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return "{}";
  boost::system::error_code failed;
  const json::value v = json::parse({text.data(), text.size()}, failed);
  if (!failed && v.is_object()) return std::string(text);
  changed = true;
  return wrapped("arguments", text);
}

routes::result<bool> append_part(std::string& to, const chat::part& part, const part_terms& how) {
  switch (part.kind) {
    case part_kind::text:
    case part_kind::refusal:
      return append_text(to, part, how);
    case part_kind::thinking:
      return append_thinking(to, part, how);
    case part_kind::image:
    case part_kind::audio:
    case part_kind::file:
      return append_media(to, part, how);
    case part_kind::tool_call:
    case part_kind::tool_result:  // calls and results are written by turn
      return false;
    case part_kind::opaque:
      break;
  }
  if (!own(how)) {
    note(*how.notes, "part: one of another dialect's own is left out");
    return false;
  }
  member_list out;
  append_members(out, part.extra);
  sign(out, part, how);
  append(to, out);
  return true;
}

void append_call(std::string& to, const chat::part& call, bool must_sign, const part_terms& how) {
  member_list data;
  bool changed = false;
  if (!call.id.empty() && !is_made_id(call.id)) data.put_text("id", call.id);
  data.put_text("name", call.name);
  data.put("args", arguments_object(call.text, call.form, changed));
  if (changed) note(*how.notes, "arguments: what was no JSON object stands in a member of one");
  member_list part;
  append_extra(part, &data, "functionCall", call, how);
  part.put("functionCall", data.text());
  sign(part, call, how);
  if (must_sign && !part.find("thoughtSignature")) {
    part.put_text("thoughtSignature", no_signature);
    note(*how.notes, "signature: a call without one is sent with the word that says so");
  }
  append(to, part);
}

routes::result<void> append_result(std::string& to, const chat::part& result, std::string_view name,
                                   std::vector<const chat::part*>& beside, const part_terms& how) {
  std::string text;
  std::string media = "[";
  for (const auto& each : result.content) {
    if (each.kind == part_kind::text || each.kind == part_kind::refusal) {
      text.append(text.empty() || each.text.empty() ? "" : "\n").append(each.text);
    } else if (how.takes != generation::later) {
      beside.push_back(&each);
    } else {
      const auto written = append_part(media, each, how);
      if (written.has_error()) return written.error();
    }
  }
  member_list data;
  if (!result.id.empty() && !is_made_id(result.id)) data.put_text("id", result.id);
  data.put_text("name", name);
  member_list part;
  append_extra(part, &data, "functionResponse", result, how);
  if (!data.find("response")) data.put("response", response_object(result, text));
  if (media.size() > 1) data.put("parts", media.append("]"));
  part.put("functionResponse", data.text());
  append(to, part);
  return {};
}

}  // namespace nearfar::providers::gemini
