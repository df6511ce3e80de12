#include "providers/dialects/plain_json/answer_reader.hpp"

#include "providers/dialects/json_walk.hpp"
#include "providers/dialects/openai_chat/usage_walk.hpp"

namespace nearfar::providers::plain_json {

namespace od = json_walk::od;

routes::result<openai_chat::answer_summary> read_answer(std::string_view body) {
  const auto bad = [](const char* why) { return routes::make_error(routes::error_kind::bad_answer, why); };
  od::parser parser;
  od::document doc;
  od::object root;
  if (json_walk::open(parser, body, doc)) return bad("the answer is not JSON");
  if (doc.get_object().get(root)) return bad("the answer is not a JSON object");
  openai_chat::answer_summary out;
  bool suspect = false;
  simdjson::error_code error = simdjson::SUCCESS;
  const bool whole = json_walk::each_field(root, error, [&](od::field& f) {
    const od::raw_json_string key = f.key();
    od::value v = f.value();
    const auto first = json_walk::token(v);
    if (first.empty()) return false;
    if (key == "usage") return openai_chat::read_usage(v, out.tokens);
    suspect = suspect || (key == "error" && first != "null");
    return json_walk::check(v, 1) != json_walk::walked::malformed;
  });
  if (!whole) return bad("the answer is not valid JSON");
  if (suspect) {
    if (auto found = openai_chat::find_error_object(body)) return *std::move(found);
  }
  return out;
}

}  // namespace nearfar::providers::plain_json
