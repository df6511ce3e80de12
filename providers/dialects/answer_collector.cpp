#include "providers/dialects/answer_collector.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <algorithm>

namespace nearfar::providers {

namespace json = boost::json;
using chat::event_kind;
using chat::part_kind;

namespace {

json::value parsed(std::string_view text) {
  boost::system::error_code failed;
  auto v = json::parse({text.data(), text.size()}, failed);
  return failed ? json::value{} : v;
}

// {"content":[…]} after {"content":[…]}.
void join_logprobs(json::value& to, json::value more) {
  auto* into = to.if_object();
  auto* from = more.if_object();
  auto* list = into ? into->if_contains("content") : nullptr;
  auto* added = from ? from->if_contains("content") : nullptr;
  if (!list || !list->is_array() || !added || !added->is_array()) {
    if (from) to = std::move(more);
    return;
  }
  for (auto& each : added->get_array()) list->get_array().push_back(std::move(each));
}

}  // namespace

chat::answer_choice& answer_collector::choice(std::uint32_t index) {
  if (index >= answer_.choices.size()) answer_.choices.resize(index + 1);
  return answer_.choices[index];
}

void answer_collector::append(const chat::answer_event& event, part_kind kind) {
  auto& parts = choice(event.choice).parts;
  // What is signed is whole.
  if (parts.empty() || parts.back().kind != kind || !parts.back().signature.empty()) {
    parts.emplace_back().kind = kind;
  }
  parts.back().text.append(event.text);
}

void answer_collector::call(const chat::answer_event& event) {
  auto& parts = choice(event.choice).parts;
  if (event.kind == event_kind::tool_call) {
    auto& one = parts.emplace_back();
    one.kind = part_kind::tool_call;
    one.id.assign(event.id);
    one.item_id.assign(event.item_id);
    one.name.assign(event.name);
    one.form = event.form;
    return;
  }
  std::uint32_t index = 0;
  for (auto& each : parts) {
    if (each.kind != part_kind::tool_call) continue;
    if (index++ == event.index) each.text.append(event.text);
  }
}

void answer_collector::sign(const chat::answer_event& event) {
  auto& parts = choice(event.choice).parts;
  const bool open = !parts.empty() && parts.back().signature.empty() && !event.redacted;
  if (!open) {
    parts.emplace_back().kind = event.redacted ? part_kind::thinking : part_kind::text;
    parts.back().redacted = event.redacted;
  }
  parts.back().signature.assign(event.text);
  parts.back().issuer.assign(event.issuer);
}

void answer_collector::take(const chat::answer_event& event) {
  switch (event.kind) {
    case event_kind::start:
      answer_.id.assign(event.id);
      answer_.model.assign(event.name);
      answer_.created = event.created;
      break;
    case event_kind::text:
      append(event, part_kind::text);
      break;
    case event_kind::refusal:
      append(event, part_kind::refusal);
      break;
    case event_kind::thinking:
      append(event, part_kind::thinking);
      break;
    case event_kind::signature:
      sign(event);
      break;
    case event_kind::tool_call:
    case event_kind::tool_arguments:
      call(event);
      break;
    case event_kind::media:
      if (event.media) {
        auto& one = choice(event.choice).parts.emplace_back();
        one.media = *event.media;
        one.kind = one.media.mime.starts_with("audio/") ? part_kind::audio : part_kind::image;
      }
      break;
    case event_kind::annotation: {
      auto& list = choice(event.choice).annotations;
      if (!list.is_array()) list = json::array{};
      list.get_array().push_back(parsed(event.text));
      break;
    }
    case event_kind::logprobs:
      join_logprobs(choice(event.choice).logprobs, parsed(event.text));
      break;
    case event_kind::finish: {
      auto& one = choice(event.choice);
      one.why = event.why;
      one.native.assign(event.native);
      one.stop_sequence.assign(event.stop_sequence);
      break;
    }
    case event_kind::usage:
      if (event.tokens) answer_.tokens = *event.tokens;
      break;
    case event_kind::error:
      if (event.failure) failure_ = *event.failure;
      break;
    case event_kind::end:
      ended_ = true;
      break;
    case event_kind::ping:
      break;
  }
}

bool answer_collector::any() const {
  const bool hidden = answer_.tokens && answer_.tokens->reasoning > 0;
  return hidden || std::any_of(answer_.choices.begin(), answer_.choices.end(), [](const auto& each) {
           const bool said = std::any_of(each.parts.begin(), each.parts.end(), [](const chat::part& p) {
             return !p.text.empty() || p.kind == part_kind::tool_call || p.kind == part_kind::image ||
                    p.kind == part_kind::audio;
           });
           return said || each.why == chat::finish::content_filter;
         });
}

}  // namespace nearfar::providers
