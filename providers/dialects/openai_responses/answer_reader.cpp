#include "providers/dialects/openai_responses/answer_reader.hpp"

#include "providers/dialects/openai_chat/answer_reader.hpp"
#include "providers/dialects/openai_responses/citation.hpp"
#include "providers/dialects/openai_responses/fields.hpp"
#include "providers/dialects/openai_responses/item_parser.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <string>

namespace nearfar::providers::openai_responses {

namespace json = boost::json;

namespace {

// What stands in the text parts but belongs to the whole choice.
void lift_lists(chat::answer_choice& to) {
  json::array probabilities;
  json::array citations;
  for (chat::part& each : to.parts) {
    if (each.kind != chat::part_kind::text) continue;
    if (const json::array* list = array_at(each.extra, "logprobs")) {
      probabilities.insert(probabilities.end(), list->begin(), list->end());
    }
    if (const json::array* list = array_at(each.extra, "annotations")) {
      for (const json::value& citation : *list) {
        std::string text;
        if (to_chat_citation(json::serialize(citation), text)) citations.push_back(json::parse(text));
      }
    }
    each.extra.stable_erase("logprobs");
    each.extra.stable_erase("annotations");
    each.extra.stable_erase("message");
  }
  if (!probabilities.empty()) to.logprobs = {{"content", std::move(probabilities)}};
  if (!citations.empty()) to.annotations = std::move(citations);
}

bool image(const json::object& item, chat::answer_choice& to) {
  const std::string_view data = string_at(item, "result");
  if (string_at(item, "type") != "image_generation_call" || data.empty()) return false;
  chat::part& out = to.parts.emplace_back();
  out.kind = chat::part_kind::image;
  out.item_id = string_at(item, "id");
  out.media.mime = "image/png";
  out.media.data = data;
  return true;
}

// An answer's items have the forms of a history's.
void items(const json::array& output, chat::answer_choice& to) {
  for (const json::value& each : output) {
    const json::object* item = each.if_object();
    if (item == nullptr || image(*item, to)) continue;
    item_parser one;
    if (!one.add(each)) continue;
    for (chat::message& turn : one.take()) {
      for (chat::part& part : turn.parts) {
        const bool said = !part.text.empty() || !part.signature.empty();
        part.plain = false;
        if (part.kind == chat::part_kind::thinking && !said) continue;
        part.redacted = part.redacted || (part.kind == chat::part_kind::thinking && part.text.empty());
        if (part.kind == chat::part_kind::tool_call && part.text.empty() &&
            part.form == chat::call_form::function) {
          part.text = "{}";
        }
        to.parts.push_back(std::move(part));
      }
    }
  }
  lift_lists(to);
}

void ending(const json::object& from, chat::answer_choice& to) {
  const auto is_call = [](const chat::part& each) { return each.kind == chat::part_kind::tool_call; };
  if (string_at(from, "status") != "incomplete") {
    to.native = "completed";
    to.why = std::any_of(to.parts.begin(), to.parts.end(), is_call) ? chat::finish::tool_calls
                                                                    : chat::finish::stop;
    return;
  }
  const json::object* details = object_at(from, "incomplete_details");
  to.native = details == nullptr ? std::string_view{} : string_at(*details, "reason");
  to.why = to.native == "content_filter"      ? chat::finish::content_filter
           : to.native == "max_output_tokens" ? chat::finish::length
                                              : chat::finish::other;
}

std::uint64_t count_at(const json::object* from, std::string_view key) {
  const json::value* found = from == nullptr ? nullptr : from->if_contains(key);
  return found == nullptr ? 0 : count_of(*found).value_or(0);
}

std::optional<usage> tokens_of(const json::object& from) {
  const json::object* counts = object_at(from, "usage");
  if (counts == nullptr) return std::nullopt;
  usage out;
  const json::object* input = object_at(*counts, "input_tokens_details");
  const json::object* output = object_at(*counts, "output_tokens_details");
  out.input = count_at(counts, "input_tokens");
  out.output = count_at(counts, "output_tokens");
  out.cached = count_at(input, "cached_tokens");
  out.cache_write = count_at(input, "cache_write_tokens");
  out.reasoning = count_at(output, "reasoning_tokens");
  if (const json::value* cost = counts->if_contains("cost")) out.cost = number_of(*cost);
  return out;
}

routes::error bad_answer(std::string_view why) {
  return routes::make_error(routes::error_kind::bad_answer, std::string(why));
}

bool holds_something(const chat::answer_choice& choice, const std::optional<usage>& tokens) {
  const bool hidden = tokens && tokens->reasoning > 0;
  return hidden || choice.why == chat::finish::content_filter ||
         std::any_of(choice.parts.begin(), choice.parts.end(), [](const chat::part& each) {
           return each.kind != chat::part_kind::text || !each.text.empty();
         });
}

}  // namespace

routes::result<chat::chat_answer> read_answer(std::string_view body) {
  json::parse_options options;
  options.numbers = json::number_precision::precise;
  options.max_depth = 72;
  boost::system::error_code failed;
  const json::value root = json::parse(body, failed, {}, options);
  if (failed) return bad_answer("the answer is not JSON");
  const json::object* from = root.if_object();
  if (from == nullptr || (from->contains("error") && !from->at("error").is_null())) {
    if (auto error = openai_chat::find_error_object(body)) return *std::move(error);
    if (from == nullptr) return bad_answer("the answer is not a JSON object");
  }
  const std::string_view status = string_at(*from, "status");
  if (status == "failed" || status == "cancelled") {
    return routes::make_error(routes::error_kind::server_error, "the response failed without a code");
  }
  const json::array* output = array_at(*from, "output");
  if (output == nullptr) return bad_answer("the answer has no output");
  chat::chat_answer answer;
  answer.id = string_at(*from, "id");
  answer.model = string_at(*from, "model");
  if (const json::value* at = from->if_contains("created_at")) {
    answer.created = static_cast<std::int64_t>(count_of(*at).value_or(0));
  }
  answer.service_tier = string_at(*from, "service_tier");
  answer.tokens = tokens_of(*from);
  chat::answer_choice& choice = answer.choices.emplace_back();
  items(*output, choice);
  ending(*from, choice);
  if (!holds_something(choice, answer.tokens)) {
    return routes::make_error(routes::error_kind::empty, "the answer holds no text, tool call or reasoning");
  }
  return answer;
}

}  // namespace nearfar::providers::openai_responses
