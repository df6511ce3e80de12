#include "providers/dialects/event_observer.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <utility>

namespace nearfar::providers {

namespace {

using chat::event_kind;

constexpr std::size_t max_choices = 128;

std::string_view word_of(chat::finish why, std::string_view native) {
  switch (why) {
    case chat::finish::stop:
      return "stop";
    case chat::finish::length:
      return "length";
    case chat::finish::tool_calls:
      return "tool_calls";
    case chat::finish::content_filter:
      return "content_filter";
    case chat::finish::error:
      return "error";
    case chat::finish::none:
    case chat::finish::other:
      break;
  }
  return native.empty() ? std::string_view("other") : native;
}

boost::json::object object_of(std::string_view text) {
  boost::system::error_code failed;
  auto parsed = boost::json::parse(text, failed);
  return failed || !parsed.is_object() ? boost::json::object{} : std::move(parsed.get_object());
}

std::uint64_t count_in(const boost::json::object& from, std::string_view key) {
  const auto* found = from.if_contains(key);
  if (found == nullptr || !found->is_number()) return 0;
  boost::system::error_code failed;
  const auto value = found->to_number<std::uint64_t>(failed);
  return failed ? 0 : value;
}

// The block, or the item, that the text stood in is closed already.
bool ends_text(const boost::json::object& last, const boost::json::object& text) {
  const auto* type = last.if_contains("type");
  if (type == nullptr || !type->is_string()) return false;
  if (type->get_string() == "content_block_stop") return count_in(last, "index") == count_in(text, "index");
  return type->get_string() == "response.output_item.done" &&
         count_in(last, "output_index") == count_in(text, "output_index");
}

}  // namespace

event_observer::event_observer(const codec& dialect) : dialect_(&dialect) {
  reset(1);
}

void event_observer::reset(std::uint32_t choices) {
  reader_ = dialect_->make_stream_reader(quirks_);
  events_.clear();
  open_ = std::clamp<std::size_t>(choices, 1, max_choices);
  ended_.assign(open_, 0);
  keep_ = false;
  shown_any_ = false;
  seen_ = {};
  finish_reason_.clear();
  tokens_.reset();
  content_events_ = 0;
  last_error_.reset();
  id_.clear();
  created_ = 0;
  model_.clear();
  text_.clear();
  thoughts_.clear();
  text_event_.clear();
  last_event_.clear();
}

observed event_observer::observe(const sse_event& event) {
  events_.clear();
  if (event.comment_only) return observed::nothing;
  if (!reader_->read(event, events_)) {
    events_.clear();
    return observed::bad;
  }
  if (keep_) {
    if (event.name != "ping") last_event_.assign(event.data);
    const bool has_text = std::ranges::any_of(
        events_, [](const auto& e) { return e.kind == event_kind::text && !e.text.empty(); });
    if (has_text) text_event_.assign(event.data);
  }
  return fold();
}

observed event_observer::close() {
  events_.clear();
  reader_->close(events_);
  return fold();
}

observed event_observer::fold() {
  step now;
  for (std::size_t i = 0; i < events_.size() && !now.error; ++i) {
    take(events_[i], now);
    if (now.error) events_.resize(i);
  }
  if (now.error) return observed::error;
  if (now.content) ++content_events_;
  if (now.end) return observed::done;
  if (now.finish && open_ == 0) return observed::finish;
  if (now.content) return observed::content;
  return now.usage ? observed::usage_only : observed::nothing;
}

void event_observer::take(const chat::answer_event& event, step& now) {
  switch (event.kind) {
    case event_kind::start:
      if (!id_.empty()) break;
      id_.assign(event.id);
      model_.assign(event.name);
      created_ = static_cast<std::uint64_t>(std::max<std::int64_t>(event.created, 0));
      break;
    case event_kind::text:
      if (event.text.empty()) break;
      now.content = true;
      seen_.in_reasoning = false;
      if (keep_) text_.append(event.text);
      break;
    case event_kind::refusal:
      if (event.text.empty()) break;
      now.content = seen_.refusal = true;
      seen_.in_reasoning = false;
      break;
    case event_kind::thinking:
      if (event.text.empty()) break;
      now.content = seen_.in_reasoning = true;
      thought(event);
      break;
    case event_kind::signature:
      signed_by(event);
      break;
    case event_kind::tool_call:
    case event_kind::tool_arguments:
      now.content = seen_.tool_calls = true;
      seen_.in_reasoning = false;
      break;
    case event_kind::media:
      now.content = seen_.sound_or_image = true;
      break;
    case event_kind::annotation:
      seen_.annotations = true;
      break;
    case event_kind::logprobs:
      seen_.logprobs = true;
      break;
    case event_kind::finish:
      now.finish = true;
      end_choice(event);
      break;
    case event_kind::usage:
      now.usage = true;
      if (event.tokens != nullptr) tokens_ = *event.tokens;
      break;
    case event_kind::error:
      now.error = true;
      last_error_ = event.failure != nullptr ? *event.failure
                                             : routes::make_error(routes::error_kind::server_error,
                                                                  "an error event without a reason");
      break;
    case event_kind::ping:
      break;
    case event_kind::end:
      now.end = true;
      break;
  }
  shown_any_ = shown_any_ || now.content;
}

void event_observer::thought(const chat::answer_event& event) {
  if (!keep_) return;
  const bool goes_on = !thoughts_.empty() && thoughts_.back().signature.empty() && text_.empty();
  if (!goes_on) {
    auto& made = thoughts_.emplace_back();
    made.kind = chat::part_kind::thinking;
    made.item_id.assign(event.item_id);
  }
  thoughts_.back().text.append(event.text);
}

void event_observer::signed_by(const chat::answer_event& event) {
  // Of a call: a call is not continued.
  if (!keep_ || seen_.tool_calls) return;
  if (thoughts_.empty() || event.redacted || !thoughts_.back().signature.empty()) {
    auto& made = thoughts_.emplace_back();
    made.kind = chat::part_kind::thinking;
    made.item_id.assign(event.item_id);
    made.redacted = event.redacted;
  }
  thoughts_.back().signature.assign(event.text);
  thoughts_.back().issuer.assign(event.issuer);
}

void event_observer::end_choice(const chat::answer_event& event) {
  finish_reason_.assign(word_of(event.why, event.native));
  if (event.choice >= ended_.size() || ended_[event.choice] != 0) return;
  ended_[event.choice] = 1;
  --open_;
}

handover::shown event_observer::shown() const {
  auto out = seen_;
  out.text = text_;
  return out;
}

begun_answer event_observer::begun() const {
  begun_answer out;
  out.id = id_;
  out.created = static_cast<std::int64_t>(created_);
  out.model = model_;
  out.before = thoughts_;
  // Anthropic: content_block_delta.index. Responses: output_text.delta's output_index and item_id, and the
  // sequence_number of every event, counted from 0.
  const auto text = object_of(text_event_);
  const auto last = object_of(last_event_);
  const bool counted = text.contains("output_index");
  out.block = static_cast<std::uint32_t>(count_in(text, counted ? "output_index" : "index"));
  if (const auto* item = text.if_contains("item_id"); item != nullptr && item->is_string())
    out.item_id.assign(item->get_string().data(), item->get_string().size());
  if (last.contains("sequence_number")) out.sequence = count_in(last, "sequence_number") + 1;
  if (ends_text(last, text)) {
    // What comes needs a block of its own.
    auto& said = out.before.emplace_back();
    said.text = text_;
    said.item_id = std::exchange(out.item_id, {});
    ++out.block;
  }
  return out;
}

}  // namespace nearfar::providers
