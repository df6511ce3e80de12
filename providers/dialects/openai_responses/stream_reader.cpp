#include "providers/dialects/openai_responses/stream_reader.hpp"

#include "providers/dialects/openai_chat/answer_reader.hpp"
#include "providers/dialects/openai_responses/citation.hpp"
#include "providers/dialects/openai_responses/event_walk.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace nearfar::providers::openai_responses {

namespace od = json_walk::od;
using chat::answer_event;
using chat::event_kind;

namespace {

constexpr std::string_view own = config::to_string(config::dialect::openai_responses);

struct item_state {
  std::string id;
  std::optional<std::uint64_t> output;
  bool is_call = false;
  bool said = false;      // a piece of it came
  bool finished = false;  // its done came
  std::uint32_t call = 0;
  chat::call_form form = chat::call_form::function;
};

answer_event event_of(event_kind kind, std::string_view text = {}) {
  answer_event out;
  out.kind = kind;
  out.text = text;
  return out;
}

}  // namespace

struct stream_reader::impl {
  walked_event at;
  std::vector<item_state> items;
  std::uint32_t calls = 0;
  bool started = false;
  bool over = false;
  usage tokens;
  routes::error failure;
  chat::media_source image;
  std::string scratch;

  bool is_call() const { return at.item_type == "function_call" || at.item_type == "custom_tool_call"; }

  item_state& item();
  item_state& added();
  void start(std::vector<answer_event>& out);
  void emit(std::vector<answer_event>& out);
  void deltas(std::string_view what, std::vector<answer_event>& out);
  void text(std::vector<answer_event>& out);
  void thought(std::vector<answer_event>& out);
  void arguments(std::vector<answer_event>& out);
  void announce(item_state& one, std::vector<answer_event>& out);
  void item_done(std::vector<answer_event>& out);
  void call_done(item_state& one, std::vector<answer_event>& out);
  void reasoning_done(item_state& one, std::vector<answer_event>& out);
  void annotation(std::vector<answer_event>& out);
  void finish(std::string_view what, std::vector<answer_event>& out);
  void fail(std::string_view data, std::vector<answer_event>& out);
};

// Some proxies give an item another id in every event: the index is surer where there is one.
item_state& stream_reader::impl::item() {
  const std::string& id = at.item_id.empty() ? at.own_id : at.item_id;
  const auto same = [&](const item_state& each) {
    return each.output && at.output_index ? *each.output == *at.output_index : each.id == id;
  };
  const auto found = std::find_if(items.rbegin(), items.rend(), same);
  if (found != items.rend()) return *found;
  if (id.empty() && !at.output_index && !items.empty()) return items.back();
  return added();
}

item_state& stream_reader::impl::added() {
  item_state& one = items.emplace_back();
  one.id = at.item_id.empty() ? at.own_id : at.item_id;
  one.output = at.output_index;
  return one;
}

void stream_reader::impl::start(std::vector<answer_event>& out) {
  if (started || !at.has_response || at.id.empty()) return;
  started = true;
  answer_event begin = event_of(event_kind::start);
  begin.id = at.id;
  begin.name = at.model;
  begin.created = static_cast<std::int64_t>(at.created);
  out.push_back(begin);
}

void stream_reader::impl::text(std::vector<answer_event>& out) {
  if (at.piece.empty()) return;
  item().said = true;
  answer_event said = event_of(event_kind::text, at.piece);
  said.item_id = at.item_id;
  out.push_back(said);
  if (at.raw_logprobs.find('{') == std::string::npos) return;
  scratch.assign("{\"content\":").append(at.raw_logprobs).push_back('}');
  out.push_back(event_of(event_kind::logprobs, scratch));
}

void stream_reader::impl::thought(std::vector<answer_event>& out) {
  if (at.piece.empty()) return;
  item().said = true;
  answer_event said = event_of(event_kind::thinking, at.piece);
  said.item_id = at.item_id;
  out.push_back(said);
}

void stream_reader::impl::announce(item_state& one, std::vector<answer_event>& out) {
  if (one.is_call) return;
  one.is_call = true;
  one.call = calls++;
  one.form = at.item_type == "custom_tool_call" ? chat::call_form::custom : chat::call_form::function;
  answer_event begin = event_of(event_kind::tool_call);
  begin.index = one.call;
  begin.id = at.call_id.empty() ? at.own_id : at.call_id;
  begin.item_id = at.own_id;
  begin.name = at.name;
  begin.form = one.form;
  out.push_back(begin);
}

// Deltas, and the `done` that repeats them.
void stream_reader::impl::arguments(std::vector<answer_event>& out) {
  item_state& one = item();
  if (at.piece.empty() || !one.is_call) return;
  if (at.type.ends_with(".done") && one.said) return;
  one.said = true;
  answer_event piece = event_of(event_kind::tool_arguments, at.piece);
  piece.index = one.call;
  piece.form = one.form;
  out.push_back(piece);
}

void stream_reader::impl::call_done(item_state& one, std::vector<answer_event>& out) {
  announce(one, out);
  if (one.said || at.arguments.empty()) return;
  one.said = true;
  answer_event piece = event_of(event_kind::tool_arguments, at.arguments);
  piece.index = one.call;
  piece.form = one.form;
  out.push_back(piece);
}

void stream_reader::impl::reasoning_done(item_state& one, std::vector<answer_event>& out) {
  const std::string& thoughts = at.summary.empty() ? at.said : at.summary;
  if (!one.said && !thoughts.empty()) {
    one.said = true;
    out.push_back(event_of(event_kind::thinking, thoughts));
  }
  if (at.encrypted.empty()) return;
  answer_event signature = event_of(event_kind::signature, at.encrypted);
  signature.issuer = own;
  signature.item_id = at.own_id;
  signature.redacted = !one.said;
  out.push_back(signature);
}

void stream_reader::impl::item_done(std::vector<answer_event>& out) {
  item_state& one = item();
  if (one.finished) return;
  one.finished = true;
  if (is_call()) return call_done(one, out);
  if (at.item_type == "reasoning") return reasoning_done(one, out);
  if (at.item_type == "message" && !one.said) {
    if (!at.said.empty()) out.push_back(event_of(event_kind::text, at.said));
    if (!at.refused.empty()) out.push_back(event_of(event_kind::refusal, at.refused));
  }
  if (at.item_type == "image_generation_call" && !at.image.empty()) {
    image.mime = "image/png";
    image.data = at.image;
    answer_event shown = event_of(event_kind::media);
    shown.media = &image;
    out.push_back(shown);
  }
}

void stream_reader::impl::annotation(std::vector<answer_event>& out) {
  scratch.clear();
  if (to_chat_citation(at.raw_annotation, scratch)) {
    out.push_back(event_of(event_kind::annotation, scratch));
  }
}

void stream_reader::impl::finish(std::string_view what, std::vector<answer_event>& out) {
  over = true;
  if (at.tokens) {
    tokens = *at.tokens;
    answer_event counted = event_of(event_kind::usage);
    counted.tokens = &tokens;
    out.push_back(counted);
  }
  answer_event end = event_of(event_kind::finish);
  if (what == "completed") {
    end.why = calls > 0 ? chat::finish::tool_calls : chat::finish::stop;
    end.native = "completed";
  } else {
    end.why = at.reason == "content_filter"      ? chat::finish::content_filter
              : at.reason == "max_output_tokens" ? chat::finish::length
                                                 : chat::finish::other;
    end.native = at.reason;
  }
  out.push_back(end);
  out.push_back(event_of(event_kind::end));
}

void stream_reader::impl::fail(std::string_view data, std::vector<answer_event>& out) {
  over = true;
  const std::string wrapped =
      fmt::format("{{\"error\":{}}}", at.raw_error.empty() ? data : std::string_view(at.raw_error));
  const auto found = openai_chat::find_error_object(wrapped);
  failure =
      found ? *found : routes::make_error(routes::error_kind::server_error, "an error event without a code");
  answer_event bad = event_of(event_kind::error);
  bad.failure = &failure;
  out.push_back(bad);
}

void stream_reader::impl::deltas(std::string_view what, std::vector<answer_event>& out) {
  if (what == "output_text.delta") {
    text(out);
  } else if (what == "refusal.delta") {
    item().said = true;
    if (!at.piece.empty()) out.push_back(event_of(event_kind::refusal, at.piece));
  } else if (what == "reasoning_summary_text.delta" || what == "reasoning_text.delta") {
    thought(out);
  } else if (what == "reasoning_summary_part.added") {
    // Summaries are texts of their own: a paragraph each.
    if (at.summary_index > 0) out.push_back(event_of(event_kind::thinking, "\n\n"));
  } else if (what.starts_with("function_call_arguments.") || what.starts_with("custom_tool_call_input.")) {
    arguments(out);
  } else if (what == "output_text.annotation.added") {
    annotation(out);
  }
}

void stream_reader::impl::emit(std::vector<answer_event>& out) {
  constexpr std::string_view prefix = "response.";
  start(out);
  const std::string_view what =
      at.type.starts_with(prefix) ? std::string_view(at.type).substr(prefix.size()) : std::string_view{};
  if (what == "output_item.added") {
    item_state& one = added();
    if (is_call()) {
      announce(one, out);
      at.piece = at.arguments;
      arguments(out);
    }
  } else if (what == "output_item.done") {
    item_done(out);
  } else if (what == "completed" || what == "incomplete") {
    finish(what, out);
  } else {
    deltas(what, out);
  }
}

stream_reader::stream_reader() : impl_(std::make_unique<impl>()) {}
stream_reader::~stream_reader() = default;

bool stream_reader::read(const sse_event& event, std::vector<chat::answer_event>& out) {
  impl& my = *impl_;
  if (event.comment_only || my.over) return true;
  const std::string_view data = json_walk::trim_end(event.data);
  if (data.empty() || data == "[DONE]") return true;
  auto& work = json_workspace::of_this_thread();
  const bool fine = walk_event(work, data, my.at);
  work.shrink();
  if (!fine) return false;
  if (my.at.type.empty()) my.at.type.assign(event.name);
  const bool failed = my.at.type == "error" || my.at.type == "response.failed" ||
                      my.at.type == "response.cancelled" || (my.at.type.empty() && !my.at.raw_error.empty());
  if (failed) {
    my.fail(data, out);
  } else {
    my.emit(out);
  }
  return true;
}

void stream_reader::close(std::vector<chat::answer_event>&) {}

}  // namespace nearfar::providers::openai_responses
