#include "providers/dialects/gemini/content_parser.hpp"

#include "providers/dialects/gemini/dom.hpp"
#include "providers/dialects/gemini/thought_signature.hpp"

#include <fmt/format.h>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace nearfar::providers::gemini {

namespace json = boost::json;
using chat::part_kind;
using chat::role;

bool content_parser::fail(std::string_view what) {
  if (problem_.empty()) problem_ = fmt::format("{}: {}", place_, what);
  return false;
}

bool content_parser::system(const json::value& v) {
  if (v.is_null()) return true;
  place_ = "systemInstruction";
  const auto* object = v.if_object();
  if (!object) return fail("must be an object with parts");
  chat::message turn;
  turn.who = role::system;
  turn.on_top = true;
  for (const auto& [key, each] : *object) {
    const std::string name = camel(dom::view(key));
    if (name == "parts") {
      const bool fine =
          dom::one_or_many(each, [&](const json::value& p, std::size_t) { return part(p, turn); });
      if (!fine) return false;
    } else if (name != "role") {  // the API ignores it
      turn.extra[name] = each;
    }
  }
  turn.plain = turn.parts.size() == 1 && turn.parts.front().kind == part_kind::text;
  to_.insert(to_.begin(), std::move(turn));
  return true;
}

bool content_parser::contents(const json::value& v) {
  return dom::one_or_many(v, [this](const json::value& each, std::size_t i) {
    turn_ = i;
    place_ = fmt::format("contents[{}]", i);
    return content(each);
  });
}

bool content_parser::content(const json::value& v) {
  const auto* object = v.if_object();
  if (!object) return fail("must be an object with role and parts");
  chat::message turn;
  const json::value* said = dom::find(*object, "role");
  const std::string who = said ? dom::text_of(*said) : std::string{};
  turn.who = who == "model" ? role::assistant : role::user;
  if (turn.who == role::assistant) open_.clear();
  calls_ = 0;
  for (const auto& [key, each] : *object) {
    const std::string name = camel(dom::view(key));
    if (name == "role") {
      if (!each.is_string() && !each.is_null()) return fail("its role must be \"user\" or \"model\"");
    } else if (name == "parts") {
      const bool fine =
          dom::one_or_many(each, [&](const json::value& p, std::size_t) { return part(p, turn); });
      if (!fine) return false;
    } else {
      turn.extra[name] = each;
    }
  }
  close(std::move(turn));
  return true;
}

// Results leave the user's turn: each is a message of its own, before what else the turn says.
void content_parser::close(chat::message&& turn) {
  std::vector<chat::part> rest;
  for (auto& each : turn.parts) {
    if (each.kind != part_kind::tool_result || turn.who != role::user) {
      rest.push_back(std::move(each));
      continue;
    }
    chat::message result;
    result.who = role::tool;
    result.parts.push_back(std::move(each));
    to_.push_back(std::move(result));
  }
  const bool only_results = rest.empty() && !turn.parts.empty() && turn.extra.empty();
  if (only_results) return;
  turn.parts = std::move(rest);
  turn.plain = turn.parts.size() == 1 && turn.parts.front().kind == part_kind::text &&
               turn.parts.front().extra.empty() && turn.parts.front().signature.empty();
  to_.push_back(std::move(turn));
}

bool content_parser::part(const json::value& v, chat::message& into) {
  const auto* object = v.if_object();
  if (!object) return fail("a part must be an object such as {\"text\": \"...\"}");
  chat::part out;
  out.kind = part_kind::opaque;
  for (const auto& [key, each] : *object) {
    if (!member(camel(dom::view(key)), each, out)) return false;
  }
  if (out.kind == part_kind::text && out.extra.contains("thought")) {
    out.extra.erase("thought");
    out.kind = part_kind::thinking;
  }
  put(std::move(out), into);
  return true;
}

bool content_parser::member(const std::string& name, const json::value& v, chat::part& out) {
  if (name == "text") {
    if (!v.is_string()) return v.is_null() || fail("a text must be a string");
    out.kind = part_kind::text;
    out.text = dom::text_of(v);
  } else if (name == "functionCall") {
    return call(v, out);
  } else if (name == "functionResponse") {
    return result(v, out);
  } else if (name == "inlineData" || name == "fileData") {
    return media(v, out);
  } else if (name == "thoughtSignature") {
    if (!v.is_string()) return v.is_null() || fail("a thoughtSignature must be a string");
    if (dom::view(v.get_string()) == no_signature) return true;  // it is written wherever it is asked for
    auto found = read_signature(dom::view(v.get_string()));
    out.signature = std::move(found.signature);
    out.issuer = std::move(found.issuer);
  } else if (name != "thought" || v == true) {
    out.extra[name] = v;
  }
  return true;
}

bool content_parser::call(const json::value& v, chat::part& out) {
  const auto* object = v.if_object();
  if (!object) return fail("a functionCall must be an object with name and args");
  out.kind = part_kind::tool_call;
  out.text = "{}";
  json::object more;
  for (const auto& [key, each] : *object) {
    const std::string name = camel(dom::view(key));
    if (name == "name") {
      out.name = dom::text_of(each);
    } else if (name == "id") {
      out.id = dom::text_of(each);
    } else if (name == "args") {
      if (!each.is_null()) out.text = json::serialize(each);
    } else {
      more[name] = each;
    }
  }
  if (out.name.empty()) return fail("a functionCall must have a name");
  if (!more.empty()) out.extra["functionCall"] = std::move(more);
  if (out.id.empty()) out.id = made_id(turn_ * 1000 + calls_, out.name, out.text);
  ++calls_;
  open_.push_back({out.id, out.name, false});
  return true;
}

bool content_parser::result(const json::value& v, chat::part& out) {
  const auto* object = v.if_object();
  if (!object) return fail("a functionResponse must be an object with name and response");
  out.kind = part_kind::tool_result;
  chat::part said;
  chat::message media_of;
  json::object more;
  bool fine = true;
  for (const auto& [key, each] : *object) {
    const std::string name = camel(dom::view(key));
    if (name == "name") {
      out.name = dom::text_of(each);
    } else if (name == "id") {
      out.id = dom::text_of(each);
    } else if (name == "parts") {
      fine = fine &&
             dom::one_or_many(each, [&](const json::value& p, std::size_t) { return part(p, media_of); });
    } else if (name == "response") {
      more["response"] = each;
    } else {
      more[name] = each;
    }
  }
  if (!fine) return false;
  const auto* response = more.if_contains("response");
  const auto* fields = response ? response->if_object() : nullptr;
  if (response && !response->is_null() && !fields) return fail("a response must be an object");
  // {"result": "…"}, {"output": "…"} and {"error": "…"} are how a text is wrapped.
  if (fields && fields->size() == 1) {
    const auto& [key, only] = *fields->begin();
    out.failed = key == "error";
    if ((key == "result" || key == "output" || key == "error") && only.is_string()) {
      said.text = dom::text_of(only);
      fields = nullptr;
    }
  }
  if (fields) said.text = json::serialize(*fields);
  out.plain = media_of.parts.empty();
  out.content.push_back(std::move(said));
  for (auto& each : media_of.parts) out.content.push_back(std::move(each));
  out.extra["functionResponse"] = std::move(more);
  answer_to(out);
  return true;
}

// By id; without one the first call of that name that has no answer, and then the first at all.
void content_parser::answer_to(chat::part& result) {
  const auto pick = [&](auto&& fits) {
    const auto found =
        std::find_if(open_.begin(), open_.end(), [&](const open_call& c) { return !c.answered && fits(c); });
    if (found == open_.end()) return false;
    found->answered = true;
    result.id = found->id;
    return true;
  };
  if (!result.id.empty()) {
    pick([&](const open_call& c) { return c.id == result.id; });
    return;
  }
  if (pick([&](const open_call& c) { return c.name == result.name; })) return;
  if (pick([](const open_call&) { return true; })) return;
  result.id = made_id(turn_, result.name, "");
}

bool content_parser::media(const json::value& v, chat::part& out) {
  const auto* object = v.if_object();
  if (!object) return fail("data must be an object with mimeType");
  json::object more;
  bool inlined = false;
  for (const auto& [key, each] : *object) {
    const std::string name = camel(dom::view(key));
    if (name == "mimeType") {
      out.media.mime = dom::text_of(each);
    } else if (name == "data") {
      inlined = true;
      out.media.data = dom::text_of(each);
    } else if (name == "fileUri") {
      out.media.url = dom::text_of(each);
    } else if (name == "displayName") {
      out.media.name = dom::text_of(each);
    } else {
      more[name] = each;
    }
  }
  if (!inlined && out.media.url.empty()) return fail("a fileData must have a fileUri");
  if (!more.empty()) out.extra[inlined ? "inlineData" : "fileData"] = std::move(more);
  const std::string_view mime = out.media.mime;
  out.kind = mime.starts_with("image/")   ? part_kind::image
             : mime.starts_with("audio/") ? part_kind::audio
                                          : part_kind::file;
  return true;
}

// What another vendor signed stands in a thought of its own behind those it is of: a stream tells of it
// when they are over.
void content_parser::put(chat::part&& one, chat::message& into) {
  const bool foreign =
      one.kind == part_kind::thinking && one.text.empty() && !one.signature.empty() && one.issuer != "gemini";
  if (foreign) {
    if (!into.parts.empty()) {
      auto& last = into.parts.back();
      if (last.kind == part_kind::thinking && last.signature.empty()) {
        last.signature = std::move(one.signature);
        last.issuer = std::move(one.issuer);
        return;
      }
    }
    one.redacted = true;
  }
  // A stream's thoughts come in pieces, and a client may keep them so.
  into.parts.push_back(std::move(one));
}

}  // namespace nearfar::providers::gemini
