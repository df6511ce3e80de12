#include "providers/dialects/openai_chat/stream_observer.hpp"

#include "providers/dialects/codec.hpp"
#include "providers/dialects/json_workspace.hpp"
#include "providers/dialects/openai_chat/answer_reader.hpp"
#include "providers/dialects/openai_chat/delta_walk.hpp"
#include "providers/dialects/openai_chat/usage_walk.hpp"

#include <algorithm>
#include <vector>

namespace nearfar::providers::openai_chat {

namespace od = json_walk::od;
using json_walk::is_filled_string;
using json_walk::raw_text;
using json_walk::token;

namespace {

constexpr std::size_t max_choices = 128;

// All streams of a thread share it. Not the readers' one: what they have told of an event may still be needed
// when it is observed.
json_workspace& of_this_thread() {
  thread_local json_workspace one;
  return one;
}

// What one event says, before it is known to be whole.
struct chunk {
  bool error = false;
  bool error_finish = false;
  bool suspect = false;       // a vendor's status field: an error unless it says zero
  bool usage = false;         // at the top level
  bool choices_seen = false;  // at least one entry
  bool finish = false;        // a choice ended
  delta_content content;
};

}  // namespace

struct stream_observer::impl {
  std::vector<char> ended;  // by choice index
  std::size_t open = 1;
  bool done = false;
  bool head_known = false;
  delta_content seen;
  std::string finish_reason;
  std::optional<usage> tokens;
  std::uint64_t content_events = 0;
  std::optional<routes::error> last_error;
  std::string id;
  std::uint64_t created = 0;
  std::string model;
  bool keep = false;
  std::string text;
  bool in_reasoning = false;
  bool logprobs = false;
  split_characters cut;

  event_kind walk(std::string_view data, bool named_error);
  bool member(od::field& field, chunk& found);
  bool choices(od::value v, chunk& found);
  bool choice(od::value v, chunk& found);
  bool groq(od::value v, chunk& found);
  void end_choice(std::uint64_t index);
  event_kind fail(std::string_view data);
};

event_kind stream_observer::impl::fail(std::string_view data) {
  last_error = find_error_object(data);
  if (!last_error) {
    last_error = routes::make_error(routes::error_kind::server_error, "an error event without a code");
  }
  return event_kind::error;
}

event_kind stream_observer::impl::walk(std::string_view data, bool named_error) {
  od::document doc;
  od::object root;
  simdjson::error_code error = of_this_thread().open(data, cut, doc);
  if (!error) error = doc.get_object().get(root);
  chunk found;
  const std::size_t text_before = text.size();
  if (keep) found.content.keep_text = &text;
  if (error) {
    // Google's endpoint wraps its error in an array.
    last_error = data.starts_with('[') || named_error ? find_error_object(data) : std::nullopt;
    if (named_error) return fail(data);
    return last_error ? event_kind::error : event_kind::bad;
  }
  const char* rest = nullptr;
  if (!json_walk::each_field(root, error, [&](od::field& f) { return member(f, found); }) ||
      !doc.current_location().get(rest)) {
    text.resize(text_before);  // the client does not get this event
    return event_kind::bad;
  }
  head_known = head_known || !id.empty();
  const bool failed = found.error || found.error_finish || named_error;
  if (failed || (found.suspect && find_error_object(data))) {
    text.resize(text_before);
    return fail(data);
  }
  if (found.content.any) {
    ++content_events;
    seen.any = true;
    seen.tool_calls = seen.tool_calls || found.content.tool_calls;
    seen.reasoning = seen.reasoning || found.content.reasoning;
    in_reasoning = found.content.reasoning || (in_reasoning && !found.content.text);
    seen.refusal = seen.refusal || found.content.refusal;
    seen.sound_or_image = seen.sound_or_image || found.content.sound_or_image;
    seen.text_unknown = seen.text_unknown || found.content.text_unknown;
  }
  seen.annotations = seen.annotations || found.content.annotations;
  if (found.finish && open == 0) return event_kind::finish;
  if (found.content.any) return event_kind::content;
  return found.usage && !found.choices_seen ? event_kind::usage_only : event_kind::nothing;
}

bool stream_observer::impl::member(od::field& field, chunk& found) {
  const od::raw_json_string key = field.key();
  od::value v = field.value();
  const std::string_view first = token(v);
  if (first.empty()) return false;
  if (key == "choices") return choices(v, found);
  if (key == "usage") {
    found.usage = first.front() == '{';
    return read_usage(v, tokens);
  }
  if (key == "error") {
    found.error = found.error || first.front() == '{' || is_filled_string(first);
  } else if (key == "object") {
    found.error = found.error || first == "\"error\"";
  } else if (key == "base_resp" || key == "error_code") {
    found.suspect = true;
  } else if (key == "x_groq") {
    return groq(v, found);
  } else if (key == "citations") {  // Perplexity's
    found.content.annotations = found.content.annotations || first.front() == '[';
  } else if (!head_known) {
    std::string_view name;
    if (key == "id" && !v.get_string().get(name)) id.assign(name);
    if (key == "model" && !v.get_string().get(name)) model.assign(name);
    if (key == "created") json_walk::read_count(first, created);
  }
  return true;
}

bool stream_observer::impl::choices(od::value v, chunk& found) {
  const std::string_view first = token(v);
  if (first == "null") return true;
  simdjson::error_code error = simdjson::SUCCESS;
  od::array list;
  if (first.front() != '[' || v.get_array().get(list)) return false;
  return json_walk::each_element(list, error, [&](od::value& each) {
    found.choices_seen = true;
    return choice(each, found);
  });
}

bool stream_observer::impl::choice(od::value v, chunk& found) {
  simdjson::error_code error = simdjson::SUCCESS;
  od::object object;
  if (v.get_object().get(object)) return false;
  std::uint64_t index = 0;
  std::string_view reason;
  const bool complete = json_walk::each_field(object, error, [&](od::field& f) {
    const od::raw_json_string key = f.key();
    od::value each = f.value();
    const std::string_view first = token(each);
    if (key == "delta") return read_delta(each, found.content);
    if (key == "index") return first == "null" || json_walk::read_count(first, index);
    if (key == "finish_reason" && is_filled_string(first)) reason = raw_text(first);
    if (key == "error") found.error = found.error || first.starts_with('{');
    if (key == "usage") return read_usage(each, tokens);
    // Of the older completions API, whose chunks are these but for the delta.
    if (key == "text" && is_filled_string(first)) found.content.any = found.content.text = true;
    if (key == "logprobs") logprobs = logprobs || first.starts_with('{');
    return true;
  });
  if (!complete) return false;
  if (reason.empty()) return true;
  found.finish = true;
  found.error_finish = found.error_finish || reason == "error";
  finish_reason.assign(reason);
  end_choice(index);
  return true;
}

bool stream_observer::impl::groq(od::value v, chunk& found) {
  simdjson::error_code error = simdjson::SUCCESS;
  od::object object;
  if (v.get_object().get(object)) return true;
  return json_walk::each_field(object, error, [&](od::field& f) {
    const od::raw_json_string key = f.key();
    od::value each = f.value();
    const std::string_view first = token(each);
    if (key == "usage") return read_usage(each, tokens);
    if (key == "error") found.error = found.error || first.starts_with('{') || is_filled_string(first);
    return true;
  });
}

void stream_observer::impl::end_choice(std::uint64_t index) {
  if (index >= max_choices) return;
  const auto at = static_cast<std::size_t>(index);
  if (at >= ended.size()) return;  // a choice that nobody asked for
  if (!ended[at]) --open;
  ended[at] = 1;
}

stream_observer::stream_observer() : impl_(std::make_unique<impl>()) {
  reset(1);
}
stream_observer::~stream_observer() = default;

void stream_observer::reset(std::uint32_t choices) {
  impl& my = *impl_;
  const std::size_t count = std::clamp<std::size_t>(choices, 1, max_choices);
  my.ended.assign(count, 0);
  my.open = count;
  my.done = false;
  my.head_known = false;
  my.seen = {};
  my.finish_reason.clear();
  my.tokens.reset();
  my.content_events = 0;
  my.last_error.reset();
  my.id.clear();
  my.created = 0;
  my.model.clear();
  my.keep = false;
  my.text.clear();
  my.in_reasoning = false;
  my.logprobs = false;
  my.cut = {};
}

void stream_observer::keep_text() {
  impl_->keep = true;
}

event_kind stream_observer::observe(const sse_event& event) {
  impl& my = *impl_;
  if (event.comment_only || my.done) return event_kind::nothing;
  std::string_view data = event.data;
  while (!data.empty() && json_walk::is_blank(data.front())) data.remove_prefix(1);
  data = json_walk::trim_end(data);
  if (data.empty()) return event_kind::nothing;
  if (data == "[DONE]") {
    my.done = true;
    return event_kind::done;
  }
  const event_kind kind = my.walk(data, event.name == "error");
  of_this_thread().shrink();
  return kind;
}

bool stream_observer::finished() const {
  return impl_->open == 0;
}
bool stream_observer::any_content() const {
  return impl_->seen.any;
}
bool stream_observer::tool_calls() const {
  return impl_->seen.tool_calls;
}
bool stream_observer::reasoning() const {
  return impl_->seen.reasoning;
}
const std::string& stream_observer::finish_reason() const {
  return impl_->finish_reason;
}
const std::optional<usage>& stream_observer::tokens() const {
  return impl_->tokens;
}
std::uint64_t stream_observer::content_events() const {
  return impl_->content_events;
}
const std::optional<routes::error>& stream_observer::last_error() const {
  return impl_->last_error;
}
const std::string& stream_observer::id() const {
  return impl_->id;
}
std::uint64_t stream_observer::created() const {
  return impl_->created;
}
const std::string& stream_observer::model() const {
  return impl_->model;
}
const std::string& stream_observer::text() const {
  return impl_->text;
}

begun_answer stream_observer::begun() const {
  begun_answer out;
  out.id = impl_->id;
  out.created = static_cast<std::int64_t>(impl_->created);
  out.model = impl_->model;
  return out;
}

handover::shown stream_observer::shown() const {
  const impl& my = *impl_;
  return {.tool_calls = my.seen.tool_calls,
          .in_reasoning = my.in_reasoning,
          .refusal = my.seen.refusal,
          .sound_or_image = my.seen.sound_or_image,
          .annotations = my.seen.annotations,
          .logprobs = my.logprobs,
          .text_unknown = my.seen.text_unknown,
          .text = my.text};
}

}  // namespace nearfar::providers::openai_chat
