#include "providers/dialects/anthropic_messages/block_parser.hpp"

#include "providers/dialects/anthropic_messages/base64.hpp"
#include "providers/dialects/anthropic_messages/json_text.hpp"
#include "providers/dialects/signature.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>

namespace nearfar::providers::anthropic_messages {

using chat::part;
using chat::part_kind;

namespace {

// Takes a member out: what is left when all known ones are taken is `extra`.
const json::value* taken(const json::object& from, std::string_view key, part& out) {
  const json::value* found = from.if_contains(key);
  if (found) out.extra.stable_erase(key);
  return found && !found->is_null() ? found : nullptr;
}

bool take_string(const json::object& from, std::string_view key, part& out, std::string& to) {
  const json::value* found = taken(from, key, out);
  if (!found) return true;
  if (!found->is_string()) return false;
  to.assign(view(found->get_string()));
  return true;
}

bool only_has(const json::object& object, std::initializer_list<std::string_view> keys) {
  return std::all_of(object.begin(), object.end(), [&](const auto& each) {
    return std::find(keys.begin(), keys.end(), std::string_view{each.key()}) != keys.end();
  });
}

bool take_data_url(std::string_view url, chat::media_source& to) {
  constexpr std::string_view scheme = "data:";
  if (!url.starts_with(scheme)) return false;
  const auto comma = url.find(";base64,");
  if (comma == std::string_view::npos) return false;
  to.mime.assign(url.substr(scheme.size(), comma - scheme.size()));
  to.data.assign(url.substr(comma + 8));
  return !to.data.empty();
}

// False: a source of a kind of its own, or with more than the form can hold.
bool read_source(const json::object& source, bool document, chat::media_source& to) {
  const json::string* type = string_in(source, "type");
  if (!type) return false;
  const auto filled = [&](std::string_view key, std::string& into) {
    const json::string* text = string_in(source, key);
    if (!text || text->empty()) return false;
    into.assign(view(*text));
    return true;
  };
  if (*type == "base64" && only_has(source, {"type", "media_type", "data"})) {
    // Text in base64 is none of the API's: written back it would be a text source.
    return filled("media_type", to.mime) && filled("data", to.data) &&
           (!document || to.mime == "application/pdf");
  }
  if (*type == "text" && document && only_has(source, {"type", "media_type", "data"})) {
    std::string text;
    if (!filled("data", text) || !filled("media_type", to.mime) || to.mime != "text/plain") return false;
    to.data = to_base64(text);
    return true;
  }
  if (*type == "url" && only_has(source, {"type", "url"})) {
    if (!filled("url", to.url)) return false;
    if (!take_data_url(to.url, to)) return to.url.starts_with("http");
    to.url.clear();
    return true;
  }
  if (*type == "file" && only_has(source, {"type", "file_id"})) return filled("file_id", to.file_id);
  return false;
}

void make_opaque(const json::object& block, part& out) {
  out = part{};
  out.kind = part_kind::opaque;
  out.extra = block;
}

std::string media(const json::object& block, part& out, bool document) {
  const json::object* source = object_in(block, "source");
  if (!source) return ".source must be an object";
  out.kind = document ? part_kind::file : part_kind::image;
  if (!read_source(*source, document, out.media)) {
    make_opaque(block, out);
    return {};
  }
  out.extra.stable_erase("source");
  if (document && !take_string(block, "title", out, out.media.name)) return ".title must be a string";
  return {};
}

std::string thinking(const json::object& block, part& out, bool redacted) {
  out.kind = part_kind::thinking;
  out.redacted = redacted;
  std::string signature;
  if (!redacted && !take_string(block, "thinking", out, out.text)) return ".thinking must be a string";
  const std::string_view key = redacted ? "data" : "signature";
  if (!take_string(block, key, out, signature)) return fmt::format(".{} must be a string", key);
  const chat::issued made = chat::take_issuer(signature);
  out.signature.assign(made.signature);
  if (signature.empty()) return {};
  out.issuer.assign(made.issuer.empty() ? chat::issuer_of(config::dialect::anthropic_messages) : made.issuer);
  return {};
}

std::string call(const json::object& block, part& out) {
  out.kind = part_kind::tool_call;
  if (!take_string(block, "id", out, out.id)) return ".id must be a string";
  if (!take_string(block, "name", out, out.name)) return ".name must be a string";
  const json::value* input = taken(block, "input", out);
  if (input && !input->is_object()) return ".input must be an object";
  out.text = input ? to_json(*input) : std::string{"{}"};
  return {};
}

std::string result(const json::object& block, part& out) {
  out.kind = part_kind::tool_result;
  if (!take_string(block, "tool_use_id", out, out.id)) return ".tool_use_id must be a string";
  if (const json::value* failed = taken(block, "is_error", out)) {
    if (!failed->is_bool()) return ".is_error must be true or false";
    out.failed = failed->get_bool();
  }
  const json::value* content = taken(block, "content", out);
  if (!content) return {};
  std::string wrong = parse_content(*content, out.content, out.plain);
  return wrong.empty() ? wrong : ".content" + wrong;
}

std::string parse_block(const json::value& v, part& out) {
  const json::object* block = v.if_object();
  if (!block) return " must be an object with a type";
  const json::string* type = string_in(*block, "type");
  if (!type) return ".type must be a string such as \"text\"";
  out.extra = *block;
  out.extra.stable_erase("type");
  if (*type == "text") {
    const json::string* text = string_in(*block, "text");
    if (!text) return ".text must be a string";
    out.text.assign(view(*text));
    out.extra.stable_erase("text");
    return {};
  }
  if (*type == "image") return media(*block, out, false);
  if (*type == "document") return media(*block, out, true);
  if (*type == "thinking") return thinking(*block, out, false);
  if (*type == "redacted_thinking") return thinking(*block, out, true);
  if (*type == "tool_use") return call(*block, out);
  if (*type == "tool_result") return result(*block, out);
  make_opaque(*block, out);
  return {};
}

// A signature of a call or a text that went out behind it goes back to where it belongs.
bool give_back(const part& signed_by, std::vector<part>& parts) {
  if (!signed_by.redacted || signed_by.issuer == chat::issuer_of(config::dialect::anthropic_messages))
    return false;
  const bool call = signed_by.signature.starts_with(of_call);
  if (!call && !signed_by.signature.starts_with(of_text)) return false;
  const part_kind wanted = call ? part_kind::tool_call : part_kind::text;
  const auto found =
      std::find_if(parts.rbegin(), parts.rend(), [&](const part& each) { return each.kind == wanted; });
  if (found == parts.rend() || !found->signature.empty()) return false;
  found->signature = signed_by.signature.substr(of_call.size());
  found->issuer = signed_by.issuer;
  return true;
}

}  // namespace

std::string parse_content(const json::value& content, std::vector<part>& to, bool& plain) {
  static_assert(of_call.size() == of_text.size());
  if (const json::string* text = content.if_string()) {
    plain = true;
    to.emplace_back().text.assign(view(*text));
    return {};
  }
  const json::array* blocks = content.if_array();
  if (!blocks) return " must be a string or a list of blocks";
  std::size_t index = 0;
  for (const json::value& each : *blocks) {
    part made;
    if (const std::string wrong = parse_block(each, made); !wrong.empty())
      return fmt::format("[{}]{}", index, wrong);
    ++index;
    if (!give_back(made, to)) to.push_back(std::move(made));
  }
  return {};
}

}  // namespace nearfar::providers::anthropic_messages
