#include "providers/dialects/openai_chat/answer_parser.hpp"

#include "providers/dialects/json_fields.hpp"
#include "providers/dialects/openai_chat/answer_reader.hpp"
#include "providers/dialects/openai_chat/finish_words.hpp"
#include "providers/dialects/openai_chat/media_url.hpp"
#include "providers/dialects/openai_chat/message_parser.hpp"
#include "providers/dialects/openai_chat/message_quirks.hpp"
#include "providers/dialects/openai_chat/think_tags.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>

namespace nearfar::providers::openai_chat {

namespace json = chat::json;
using chat::part_kind;

namespace {

constexpr std::size_t deepest = 80;

routes::error bad_answer(std::string_view why) {
  return routes::make_error(routes::error_kind::bad_answer, std::string{why});
}

std::string text_at(const json::object& from, std::string_view key) {
  const json::value* v = from.if_contains(key);
  return v != nullptr && v->is_string() ? to_text(*v) : std::string{};
}

void add(std::vector<chat::part>& to, part_kind kind, std::string_view text) {
  if (to.empty() || to.back().kind != kind) to.emplace_back().kind = kind;
  to.back().text += text;
}

void split_thoughts(std::vector<chat::part>& parts) {
  std::vector<chat::part> out;
  for (chat::part& each : parts) {
    if (each.kind != part_kind::text) {
      out.push_back(std::move(each));
      continue;
    }
    std::vector<chat::part> pieces;
    const auto emit = [&](think_tags::kind kind, std::string_view piece) {
      add(pieces, kind == think_tags::kind::text ? part_kind::text : part_kind::thinking, piece);
    };
    think_tags tags;
    tags.push(each.text, emit);
    tags.finish(emit);
    std::move(pieces.begin(), pieces.end(), std::back_inserter(out));
  }
  parts = std::move(out);
}

// What answers have and histories have not.
void media(chat::json::object& extra, std::vector<chat::part>& to) {
  if (const json::value* list = extra.if_contains("images"); list != nullptr && list->is_array()) {
    for (const json::value& each : list->as_array()) {
      const json::value* image = each.is_object() ? each.as_object().if_contains("image_url") : nullptr;
      const json::value* url =
          image != nullptr && image->is_object() ? image->as_object().if_contains("url") : image;
      if (url == nullptr || !url->is_string()) continue;
      chat::part& part = to.emplace_back();
      part.kind = part_kind::image;
      part.media = media_of_url(url->as_string());
    }
    extra.erase("images");
  }
  if (const json::value* sound = extra.if_contains("audio"); sound != nullptr && sound->is_object()) {
    const json::object& from = sound->as_object();
    if (auto said = text_at(from, "transcript"); !said.empty()) add(to, part_kind::text, said);
    if (auto data = text_at(from, "data"); !data.empty()) {
      chat::part& part = to.emplace_back();
      part.kind = part_kind::audio;
      part.media.mime = "audio/wav";
      part.media.data = std::move(data);
      part.media.file_id = {};
      part.id = text_at(from, "id");
    }
  }
}

// Calls as a client needs them: with an id, and with arguments.
void mend_calls(std::vector<chat::part>& parts, std::string_view answer, std::size_t choice) {
  std::size_t count = 0;
  for (chat::part& each : parts) {
    if (each.kind != part_kind::tool_call) continue;
    if (each.id.empty()) {
      each.id = "call_" + nine_letters(std::string(answer) + '/' + std::to_string(choice) + '/' +
                                       std::to_string(count));
    }
    ++count;
    if (each.text.empty() && each.form == chat::call_form::function) each.text = "{}";
  }
}

bool parse_choice(json::value& v, std::string_view answer, bool tagged, chat::chat_answer& to) {
  json::object* object = v.if_object();
  if (object == nullptr) return false;
  chat::answer_choice& choice = to.choices.emplace_back();
  json::value* message = object->if_contains("message");
  if (message == nullptr) message = object->if_contains("delta");
  if (message != nullptr && message->is_object()) {
    json::object& from = message->as_object();
    from["role"] = "assistant";  // some say another, some none
    message_parser parser;
    chat::message parsed;
    if (!parser.parse(*message, parsed)) return false;
    std::erase_if(parsed.parts, [](const chat::part& each) {
      const bool words =
          each.kind == part_kind::text || each.kind == part_kind::refusal || each.kind == part_kind::thinking;
      return words && each.text.empty() && each.signature.empty();
    });
    choice.parts = std::move(parsed.parts);
    if (json::value* notes = parsed.extra.if_contains("annotations");
        notes != nullptr && notes->is_array() && !notes->as_array().empty())
      choice.annotations = std::move(*notes);
    media(parsed.extra, choice.parts);
    if (tagged) split_thoughts(choice.parts);
    mend_calls(choice.parts, answer, to.choices.size() - 1);
  }
  choice.native = text_at(*object, "finish_reason");
  choice.why = finish_of(choice.native);
  if (auto own = text_at(*object, "native_finish_reason"); !own.empty()) choice.native = std::move(own);
  choice.stop_sequence = text_at(*object, "stop_reason");
  if (choice.stop_sequence.empty()) choice.stop_sequence = text_at(*object, "matched_stop");
  if (json::value* logprobs = object->if_contains("logprobs")) choice.logprobs = std::move(*logprobs);
  const bool called = std::any_of(choice.parts.begin(), choice.parts.end(),
                                  [](const chat::part& each) { return each.kind == part_kind::tool_call; });
  if (called && choice.why == chat::finish::stop) choice.why = chat::finish::tool_calls;
  return true;
}

void sort_choices(json::array& list) {
  const auto index = [](const json::value& v) -> std::int64_t {
    const json::value* at = v.is_object() ? v.as_object().if_contains("index") : nullptr;
    return at != nullptr && at->is_int64() ? at->as_int64() : 0;
  };
  // A handful, in order nearly always: by insertion, which keeps equals as they stand.
  for (std::size_t i = 1; i < list.size(); ++i) {
    for (std::size_t k = i; k > 0 && index(list[k]) < index(list[k - 1]); --k) list[k].swap(list[k - 1]);
  }
}

}  // namespace

routes::result<chat::chat_answer> parse_answer(std::string_view body, const config::quirks* of) {
  auto checked = read_answer(body, of != nullptr && of->reasoning_beside);
  if (checked.has_error()) return checked.error();
  json::parse_options options;
  options.max_depth = deepest;
  options.numbers = json::number_precision::precise;
  boost::system::error_code failed;
  json::value root = json::parse(body, failed, {}, options);
  json::object* object = failed ? nullptr : root.if_object();
  if (object == nullptr) return bad_answer("the answer is not valid JSON");
  chat::chat_answer out;
  out.id = text_at(*object, "id");
  out.model = text_at(*object, "model");
  out.service_tier = text_at(*object, "service_tier");
  if (const json::value* created = object->if_contains("created");
      created != nullptr && created->is_number()) {
    boost::system::error_code wrong;
    const auto seconds = created->to_number<std::int64_t>(wrong);
    if (!wrong) out.created = seconds;
  }
  out.tokens = checked->tokens;
  json::value* list = object->if_contains("choices");
  if (list == nullptr || !list->is_array()) return bad_answer("the answer has no choices");
  sort_choices(list->as_array());
  const bool tagged = of != nullptr && of->reasoning == config::reasoning_field::think_tags;
  for (json::value& each : list->as_array()) {
    if (!parse_choice(each, out.id, tagged, out)) return bad_answer("the answer has a choice that is none");
  }
  return out;
}

}  // namespace nearfar::providers::openai_chat
