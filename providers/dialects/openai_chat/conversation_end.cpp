#include "providers/dialects/openai_chat/conversation_end.hpp"

#include "providers/dialects/json_walk.hpp"

#include <algorithm>

namespace nearfar::providers::openai_chat {

namespace od = json_walk::od;

namespace {

constexpr std::size_t turn_kept = 4096;

void add_text(od::value v, std::string& to) {
  std::string_view text;
  if (to.size() < turn_kept && !v.get_string().get(text)) to.append(text.substr(0, turn_kept - to.size()));
}

bool part(od::value v, std::string& to) {
  simdjson::error_code error = simdjson::SUCCESS;
  if (json_walk::is_string(json_walk::token(v))) {
    add_text(v, to);
    return true;
  }
  od::object object;
  if (v.get_object().get(object)) return false;
  return json_walk::each_field(object, error, [&](od::field& f) {
    const od::raw_json_string key = f.key();
    od::value each = f.value();
    if (key == "text") add_text(each, to);
    return true;
  });
}

bool content(od::value v, std::string& to) {
  simdjson::error_code error = simdjson::SUCCESS;
  od::array parts;
  if (!json_walk::token(v).starts_with('[')) {
    add_text(v, to);
    return true;
  }
  if (v.get_array().get(parts)) return false;
  return json_walk::each_element(parts, error, [&](od::value& each) { return part(each, to); });
}

bool message(od::value v, conversation_end& out) {
  simdjson::error_code error = simdjson::SUCCESS;
  od::object object;
  if (v.get_object().get(object)) return false;
  std::string role;
  std::string text;
  const bool fine = json_walk::each_field(object, error, [&](od::field& f) {
    const od::raw_json_string key = f.key();
    od::value each = f.value();
    std::string_view name;
    if (key == "role" && !each.get_string().get(name)) role.assign(name);
    if (key == "content") return content(each, text);
    return true;
  });
  out.by_assistant = role == "assistant";
  if (role == "user") out.last_user_turn = std::move(text);
  return fine;
}

}  // namespace

conversation_end read_conversation_end(const request_view& from) {
  conversation_end out;
  const auto found = std::find_if(from.members.begin(), from.members.end(),
                                  [](const member& each) { return each.name == "messages"; });
  if (found == from.members.end()) return out;
  const simdjson::padded_string text{from.body.substr(found->value.offset, found->value.length)};
  od::parser parser;
  od::document doc;
  od::array list;
  if (parser.iterate(text).get(doc) || doc.get_array().get(list)) return out;
  simdjson::error_code error = simdjson::SUCCESS;
  json_walk::each_element(list, error, [&](od::value& each) { return message(each, out); });
  return out;
}

}  // namespace nearfar::providers::openai_chat
