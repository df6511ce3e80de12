#include "providers/dialects/anthropic_messages/stream_reader.hpp"

#include "providers/dialects/anthropic_messages/json_text.hpp"
#include "providers/dialects/anthropic_messages/stop_reason.hpp"
#include "providers/dialects/anthropic_messages/usage_walk.hpp"
#include "providers/dialects/json_workspace.hpp"
#include "providers/dialects/openai_chat/answer_reader.hpp"
#include "providers/dialects/signature.hpp"

#include <algorithm>

namespace nearfar::providers::anthropic_messages {

namespace od = json_walk::od;
using chat::answer_event;
using chat::event_kind;
using json_walk::token;

namespace {

constexpr std::size_t max_open = 64;  // blocks at a time; the API has one

enum class block_kind : std::uint8_t { text, thinking, redacted, call, other };

struct block {
  std::uint64_t index = 0;
  block_kind kind = block_kind::other;
  std::uint32_t call = 0;
  bool arguments = false;   // pieces came
  std::string input;        // where the start holds it
  std::string signature;    // of thoughts, until the block ends
  std::uint64_t begin = 0;  // of its text, in characters of the answer
};

// What one event says. Strings are kept between events, so that their memory is used again.
struct said {
  std::string type;
  std::uint64_t index = 0;
  std::string kind;  // of the block or of the delta
  std::string text;  // text, thinking, partial_json, data
  std::string signature;
  std::string id;
  std::string name;
  std::string input;
  std::string model;
  std::string reason;
  std::string stop_sequence;
  std::string url;
  std::string title;
  bool error = false;

  void clear() {
    for (std::string* each : {&type, &kind, &text, &signature, &id, &name, &input, &model, &reason,
                              &stop_sequence, &url, &title}) {
      each->clear();
    }
    index = 0;
    error = false;
  }
};

bool take(od::value& v, std::string& to) {
  if (token(v) == "null") return true;
  std::string_view text;
  if (v.get_string().get(text)) return false;
  to.assign(text);
  return true;
}

bool skip(od::value& v) {
  return json_walk::check(v, 2) == json_walk::walked::fine;
}

std::uint64_t characters(std::string_view text) {
  return static_cast<std::uint64_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

}  // namespace

struct stream_reader::impl {
  said now;
  wire_usage counts;
  wire_usage before;  // of the events before, should this one be malformed
  usage tokens;
  std::vector<block> open;
  std::uint32_t calls = 0;
  std::uint64_t length = 0;  // of the text so far, in characters
  bool finished = false;
  bool ended = false;
  std::string kept;  // a text that an event points at after its block is gone
  routes::error failure;

  bool walk(std::string_view data);
  bool member(od::field& f);
  bool message(od::value v);
  bool inner(od::value v);
  bool citation(od::value v);
  void tell(std::vector<answer_event>& out);
  void start(std::vector<answer_event>& out);
  void start_block(std::vector<answer_event>& out);
  void delta(std::vector<answer_event>& out);
  void cite(const block& at, std::vector<answer_event>& out);
  void end_block(block& at, std::vector<answer_event>& out);
  void end_open(std::vector<answer_event>& out);
  void finish(std::vector<answer_event>& out);
  void end(std::vector<answer_event>& out);
  void fail(std::string_view data, std::vector<answer_event>& out);
  block* find(std::uint64_t index);
};

block* stream_reader::impl::find(std::uint64_t index) {
  const auto found =
      std::find_if(open.begin(), open.end(), [&](const block& each) { return each.index == index; });
  return found == open.end() ? nullptr : &*found;
}

bool stream_reader::impl::walk(std::string_view data) {
  od::document doc;
  od::object root;
  if (json_workspace::of_this_thread().open(data, doc) || doc.get_object().get(root)) return false;
  simdjson::error_code error = simdjson::SUCCESS;
  const char* rest = nullptr;
  return json_walk::each_field(root, error, [this](od::field& f) { return member(f); }) &&
         doc.current_location().get(rest) != simdjson::SUCCESS;
}

bool stream_reader::impl::member(od::field& f) {
  const od::raw_json_string key = f.key();
  od::value v = f.value();
  if (key == "type") return take(v, now.type);
  if (key == "index") return json_walk::read_count(token(v), now.index);
  if (key == "message") return message(v);
  if (key == "content_block" || key == "delta") return inner(v);
  if (key == "usage") return counts.merge(v);
  if (key == "error") now.error = token(v) != "null";
  return skip(v);
}

bool stream_reader::impl::message(od::value v) {
  simdjson::error_code error = simdjson::SUCCESS;
  od::object object;
  if (v.get_object().get(object)) return skip(v);
  return json_walk::each_field(object, error, [this](od::field& f) {
    const od::raw_json_string key = f.key();
    od::value each = f.value();
    if (key == "id") return take(each, now.id);
    if (key == "model") return take(each, now.model);
    if (key == "usage") return counts.merge(each);
    return skip(each);
  });
}

bool stream_reader::impl::inner(od::value v) {
  simdjson::error_code error = simdjson::SUCCESS;
  od::object object;
  if (v.get_object().get(object)) return token(v) == "null";
  return json_walk::each_field(object, error, [this](od::field& f) {
    const od::raw_json_string key = f.key();
    od::value each = f.value();
    const bool string = json_walk::is_string(token(each));
    if (key == "type") return take(each, now.kind);
    if (string && (key == "text" || key == "thinking" || key == "partial_json" || key == "data"))
      return take(each, now.text);
    if (string && key == "signature") return take(each, now.signature);
    if (string && key == "id") return take(each, now.id);
    if (string && key == "name") return take(each, now.name);
    if (string && key == "stop_reason") return take(each, now.reason);
    if (string && key == "stop_sequence") return take(each, now.stop_sequence);
    if (key == "citation") return citation(each);
    if (key == "input" && token(each).starts_with('{')) {
      const char* begin = token(each).data();
      if (!skip(each)) return false;
      const auto all = json_walk::up_to_here(begin, each, json_workspace::of_this_thread().text());
      if (all) now.input.assign(json_walk::trim_end(*all));
      return all.has_value();
    }
    return skip(each);
  });
}

bool stream_reader::impl::citation(od::value v) {
  simdjson::error_code error = simdjson::SUCCESS;
  od::object object;
  if (v.get_object().get(object)) return skip(v);
  return json_walk::each_field(object, error, [this](od::field& f) {
    const od::raw_json_string key = f.key();
    od::value each = f.value();
    if (key == "url") return take(each, now.url);
    if (key == "title") return take(each, now.title);
    return skip(each);
  });
}

void stream_reader::impl::tell(std::vector<answer_event>& out) {
  if (now.type == "message_start") {
    start(out);
  } else if (now.type == "content_block_start") {
    start_block(out);
  } else if (now.type == "content_block_delta") {
    delta(out);
  } else if (now.type == "content_block_stop") {
    if (block* at = find(now.index)) {
      end_block(*at, out);
      open.erase(open.begin() + (at - open.data()));
    }
  } else if (now.type == "message_delta") {
    finish(out);
  } else if (now.type == "message_stop") {
    end(out);
  } else if (now.type == "ping") {
    out.push_back({.kind = event_kind::ping});
  }
}

void stream_reader::impl::start(std::vector<answer_event>& out) {
  tokens = counts.sum();
  out.push_back(
      {.kind = event_kind::start, .id = now.id, .name = now.model, .tokens = counts.any ? &tokens : nullptr});
  if (counts.any) out.push_back({.kind = event_kind::usage, .tokens = &tokens});
}

void stream_reader::impl::start_block(std::vector<answer_event>& out) {
  if (open.size() >= max_open || find(now.index)) return;
  block& at = open.emplace_back();
  at.index = now.index;
  at.begin = length;
  if (now.kind == "text") {
    at.kind = block_kind::text;
    if (!now.text.empty()) out.push_back({.kind = event_kind::text, .text = now.text});
    length += characters(now.text);
  } else if (now.kind == "thinking") {
    at.kind = block_kind::thinking;
    at.signature = now.signature;
    if (!now.text.empty()) out.push_back({.kind = event_kind::thinking, .text = now.text});
  } else if (now.kind == "redacted_thinking") {
    at.kind = block_kind::redacted;
    const chat::issued made = chat::take_issuer(now.text);
    out.push_back(
        {.kind = event_kind::signature,
         .text = made.signature,
         .issuer = made.issuer.empty() ? chat::issuer_of(config::dialect::anthropic_messages) : made.issuer,
         .redacted = true});
  } else if (now.kind == "tool_use") {
    at.kind = block_kind::call;
    at.call = calls++;
    at.input = now.input;
    out.push_back({.kind = event_kind::tool_call, .index = at.call, .id = now.id, .name = now.name});
  }
}

void stream_reader::impl::delta(std::vector<answer_event>& out) {
  block* at = find(now.index);
  if (!at) return;
  if (now.kind == "text_delta" && at->kind == block_kind::text) {
    if (!now.text.empty()) out.push_back({.kind = event_kind::text, .text = now.text});
    length += characters(now.text);
  } else if (now.kind == "thinking_delta" && at->kind == block_kind::thinking) {
    if (!now.text.empty()) out.push_back({.kind = event_kind::thinking, .text = now.text});
  } else if (now.kind == "signature_delta" && at->kind == block_kind::thinking) {
    at->signature.append(now.signature);
  } else if (now.kind == "input_json_delta" && at->kind == block_kind::call) {
    if (now.text.empty()) return;
    at->arguments = true;
    out.push_back({.kind = event_kind::tool_arguments, .index = at->call, .text = now.text});
  } else if (now.kind == "citations_delta" && at->kind == block_kind::text) {
    cite(*at, out);
  }
}

// Only what stands on the web has a shape in other dialects.
void stream_reader::impl::cite(const block& at, std::vector<answer_event>& out) {
  if (now.url.empty()) return;
  kept = "{\"type\":\"url_citation\",\"url_citation\":{";
  append_member(kept, "url", now.url);
  append_member(kept, "title", now.title);
  append_key(kept, "start_index");
  kept.append(std::to_string(at.begin));
  append_key(kept, "end_index");
  kept.append(std::to_string(length)).append("}}");
  out.push_back({.kind = event_kind::annotation, .text = kept});
}

void stream_reader::impl::end_block(block& at, std::vector<answer_event>& out) {
  if (at.kind == block_kind::call && !at.arguments) {
    kept = at.input.empty() ? "{}" : at.input;
    out.push_back({.kind = event_kind::tool_arguments, .index = at.call, .text = kept});
  } else if (at.kind == block_kind::thinking && !at.signature.empty()) {
    kept = at.signature;
    const chat::issued made = chat::take_issuer(kept);
    out.push_back(
        {.kind = event_kind::signature,
         .text = made.signature,
         .issuer = made.issuer.empty() ? chat::issuer_of(config::dialect::anthropic_messages) : made.issuer});
  }
}

// Blocks that a server does not end: all but the last have ended with the next one's start in effect, and
// one text is kept at a time.
void stream_reader::impl::end_open(std::vector<answer_event>& out) {
  if (!open.empty()) end_block(open.back(), out);
  open.clear();
}

void stream_reader::impl::finish(std::vector<answer_event>& out) {
  if (!now.reason.empty()) {
    end_open(out);
    finished = true;
    out.push_back({.kind = event_kind::finish,
                   .why = finish_of(now.reason),
                   .native = now.reason,
                   .stop_sequence = now.stop_sequence});
  }
  if (!counts.any) return;
  tokens = counts.sum();
  out.push_back({.kind = event_kind::usage, .tokens = &tokens});
}

void stream_reader::impl::end(std::vector<answer_event>& out) {
  if (ended) return;
  end_open(out);
  ended = true;
  out.push_back({.kind = event_kind::end});
}

void stream_reader::impl::fail(std::string_view data, std::vector<answer_event>& out) {
  auto found = openai_chat::find_error_object(data);
  failure = found ? *std::move(found)
                  : routes::make_error(routes::error_kind::server_error, "an error event without a type");
  out.push_back({.kind = event_kind::error, .failure = &failure});
}

stream_reader::stream_reader() : impl_(std::make_unique<impl>()) {}
stream_reader::~stream_reader() = default;

bool stream_reader::read(const sse_event& event, std::vector<answer_event>& out) {
  impl& my = *impl_;
  if (event.comment_only || my.ended) return true;
  std::string_view data = event.data;
  while (!data.empty() && json_walk::is_blank(data.front())) data.remove_prefix(1);
  data = json_walk::trim_end(data);
  if (data.empty()) return true;
  if (data == "[DONE]") {  // not of this API, but of servers that have both
    close(out);
    return true;
  }
  my.now.clear();
  my.before = my.counts;
  const bool fine = my.walk(data);
  json_workspace::of_this_thread().shrink();
  if (!fine) my.counts = my.before;
  if (event.name == "error" || (fine && (my.now.type == "error" || my.now.error))) {
    my.fail(data, out);
    return true;
  }
  if (!fine) return false;
  if (my.now.type.empty()) my.now.type.assign(event.name);
  my.tell(out);
  return true;
}

void stream_reader::close(std::vector<answer_event>& out) {
  if (impl_->finished) impl_->end(out);
}

}  // namespace nearfar::providers::anthropic_messages
