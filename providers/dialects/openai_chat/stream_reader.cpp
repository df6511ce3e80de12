#include "providers/dialects/openai_chat/stream_reader.hpp"

#include "providers/dialects/json_workspace.hpp"
#include "providers/dialects/openai_chat/answer_reader.hpp"
#include "providers/dialects/openai_chat/chunk_delta.hpp"
#include "providers/dialects/openai_chat/finish_words.hpp"
#include "providers/dialects/openai_chat/media_url.hpp"
#include "providers/dialects/openai_chat/think_tags.hpp"
#include "providers/dialects/openai_chat/usage_walk.hpp"
#include "providers/dialects/signature.hpp"

#include <deque>

namespace nearfar::providers::openai_chat {

namespace od = json_walk::od;
using chat::answer_event;
using chat::event_kind;
using json_walk::is_filled_string;
using json_walk::token;

namespace {

constexpr std::size_t max_choices = 128;

struct choice_state {
  call_assembler calls;
  think_tags tags;
  std::string sound;  // base64 so far
  bool begun = false;
  bool content = false;  // something of the answer has come
  bool ended = false;
};

// What one event says beside its choices.
struct chunk {
  std::string_view id;
  std::string_view model;
  std::uint64_t created = 0;
  bool usage = false;
  bool suspect = false;  // an error, in whatever way
  bool choices = false;
};

}  // namespace

struct stream_reader::impl {
  explicit impl(const config::quirks* of)
      : tagged(of != nullptr && of->reasoning == config::reasoning_field::think_tags),
        beside(of != nullptr && of->reasoning_beside) {}

  bool chunk_of(std::string_view data, bool named_error, std::vector<answer_event>& out);
  bool member(od::field& field, chunk& found, std::vector<answer_event>& out);
  bool choices(od::value v, chunk& found, std::vector<answer_event>& out);
  bool choice(od::value v, chunk& found, std::vector<answer_event>& out);
  bool groq(od::value v, chunk& found);
  bool take_usage(od::value v, chunk& found);
  void say(choice_state& of, std::uint32_t at, std::vector<answer_event>& out);
  void text(choice_state& of, std::uint32_t at, std::string_view piece, std::vector<answer_event>& out);
  void image(std::uint32_t at, std::string_view url, std::vector<answer_event>& out);
  void end_choice(choice_state& of, answer_event& why, std::vector<answer_event>& out);
  void fail(std::string_view data, std::vector<answer_event>& out);
  void start(const chunk& found, std::size_t before, std::vector<answer_event>& out);
  choice_state* state(std::uint64_t index);

  bool tagged;
  bool beside;
  bool started = false;
  bool over = false;
  std::string id;
  std::deque<choice_state> all;
  std::string_view whole;  // the document at hand
  split_characters cut;
  text_store store;
  chunk_delta delta;
  std::optional<usage> tokens;
  std::deque<chat::media_source> media;
  std::optional<routes::error> failure;
};

choice_state* stream_reader::impl::state(std::uint64_t index) {
  if (index >= max_choices) return nullptr;
  if (all.size() <= index) all.resize(static_cast<std::size_t>(index) + 1);
  all[static_cast<std::size_t>(index)].begun = true;
  return &all[static_cast<std::size_t>(index)];
}

void stream_reader::impl::fail(std::string_view data, std::vector<answer_event>& out) {
  failure = find_error_object(data);
  if (!failure) failure = routes::make_error(routes::error_kind::server_error, "an error inside the stream");
  over = true;
  out.push_back({.kind = event_kind::error, .failure = &*failure});
}

void stream_reader::impl::start(const chunk& found, std::size_t before, std::vector<answer_event>& out) {
  // Azure's first chunk has the verdict on the prompt, and neither id nor choices.
  if (started || (found.id.empty() && out.size() == before)) return;
  started = true;
  id = found.id;
  const answer_event first{.kind = event_kind::start,
                           .id = found.id,
                           .name = found.model,
                           .created = static_cast<std::int64_t>(found.created)};
  out.insert(out.begin() + static_cast<std::ptrdiff_t>(before), first);
}

bool stream_reader::impl::chunk_of(std::string_view data, bool named_error, std::vector<answer_event>& out) {
  const std::size_t before = out.size();
  media.clear();
  od::document doc;
  od::object root;
  auto& work = json_workspace::of_this_thread();
  simdjson::error_code error = work.open(data, cut, doc);
  whole = work.text();
  store.begin(whole.size() + 64);
  if (!error) error = doc.get_object().get(root);
  if (error) {
    // Google's endpoint wraps its error in an array.
    if (!named_error && !(data.starts_with('[') && find_error_object(data))) return false;
    fail(data, out);
    return true;
  }
  chunk found;
  const char* rest = nullptr;
  const bool complete =
      json_walk::each_field(root, error, [&](od::field& f) { return member(f, found, out); });
  if (!complete || !doc.current_location().get(rest)) {
    out.resize(before);
    return false;
  }
  if (named_error || (found.suspect && find_error_object(data))) {
    out.resize(before);
    fail(data, out);
    return true;
  }
  start(found, before, out);
  if (found.usage && tokens) out.push_back({.kind = event_kind::usage, .tokens = &*tokens});
  return true;
}

bool stream_reader::impl::take_usage(od::value v, chunk& found) {
  std::optional<usage> said;
  if (!read_usage(v, said, beside)) return false;
  found.usage = found.usage || said.has_value();
  if (said) tokens = said;
  return true;
}

bool stream_reader::impl::member(od::field& field, chunk& found, std::vector<answer_event>& out) {
  const od::raw_json_string key = field.key();
  od::value v = field.value();
  const std::string_view first = token(v);
  if (first.empty()) return false;
  if (key == "choices") return choices(v, found, out);
  if (key == "usage") return take_usage(v, found);
  if (key == "x_groq") return groq(v, found);
  if (key == "error") {
    found.suspect = found.suspect || first.front() == '{' || is_filled_string(first);
  } else if (key == "object") {
    found.suspect = found.suspect || first == "\"error\"";
  } else if (key == "base_resp" || key == "error_code") {
    found.suspect = true;
  } else if (!started) {
    if (key == "id") found.id = text_of(v, store);
    if (key == "model") found.model = text_of(v, store);
    if (key == "created") json_walk::read_count(first, found.created);
  }
  return true;
}

bool stream_reader::impl::groq(od::value v, chunk& found) {
  simdjson::error_code error = simdjson::SUCCESS;
  od::object object;
  if (v.get_object().get(object)) return true;
  return json_walk::each_field(object, error, [&](od::field& f) {
    const od::raw_json_string key = f.key();
    od::value each = f.value();
    const std::string_view first = token(each);
    if (key == "usage") return take_usage(each, found);
    if (key == "error") found.suspect = found.suspect || first.starts_with('{') || is_filled_string(first);
    return true;
  });
}

bool stream_reader::impl::choices(od::value v, chunk& found, std::vector<answer_event>& out) {
  const std::string_view first = token(v);
  if (first == "null") return true;
  simdjson::error_code error = simdjson::SUCCESS;
  od::array list;
  if (first.front() != '[' || v.get_array().get(list)) return false;
  return json_walk::each_element(list, error, [&](od::value& each) { return choice(each, found, out); });
}

bool stream_reader::impl::choice(od::value v, chunk& found, std::vector<answer_event>& out) {
  simdjson::error_code error = simdjson::SUCCESS;
  od::object object;
  if (v.get_object().get(object)) return false;
  std::uint64_t index = 0;
  bool message = false;
  answer_event why{.kind = event_kind::finish};
  std::string_view logprobs;
  std::string_view own_word;
  delta.clear();
  const bool complete = json_walk::each_field(object, error, [&](od::field& f) {
    const od::raw_json_string key = f.key();
    od::value each = f.value();
    const std::string_view first = token(each);
    if (key == "delta" || key == "message") {
      message = message || key == "message";
      return read_chunk_delta(each, whole, store, delta);
    }
    if (key == "index") return first == "null" || json_walk::read_count(first, index);
    if (key == "finish_reason") why.native = text_of(each, store);
    if (key == "native_finish_reason") own_word = text_of(each, store);
    if (key == "stop_reason" || key == "matched_stop") why.stop_sequence = text_of(each, store);
    if (key == "error") found.suspect = found.suspect || first.starts_with('{');
    if (key == "usage") return take_usage(each, found);
    if (key == "logprobs" && first.starts_with('{')) {
      logprobs = raw_of(each, whole, store);
      return !logprobs.empty();
    }
    return true;
  });
  if (!complete) return false;
  choice_state* of = state(index);
  if (of == nullptr || of->ended) return true;
  why.choice = static_cast<std::uint32_t>(index);
  // MiniMax ends with the whole message once more.
  if (!message || !of->content) say(*of, why.choice, out);
  if (!logprobs.empty())
    out.push_back({.kind = event_kind::logprobs, .choice = why.choice, .text = logprobs});
  if (why.native.empty()) return true;
  why.why = finish_of(why.native);
  found.suspect = found.suspect || why.why == chat::finish::error;
  if (!own_word.empty()) why.native = own_word;
  end_choice(*of, why, out);
  return true;
}

void stream_reader::impl::text(choice_state& of, std::uint32_t at, std::string_view piece,
                               std::vector<answer_event>& out) {
  if (!tagged) {
    out.push_back({.kind = event_kind::text, .choice = at, .text = piece});
    return;
  }
  of.tags.push(piece, [&](think_tags::kind kind, std::string_view each) {
    out.push_back({.kind = kind == think_tags::kind::text ? event_kind::text : event_kind::thinking,
                   .choice = at,
                   .text = each});
  });
}

void stream_reader::impl::image(std::uint32_t at, std::string_view url, std::vector<answer_event>& out) {
  chat::media_source& source = media.emplace_back(media_of_url(url));
  out.push_back({.kind = event_kind::media, .choice = at, .media = &source});
}

void stream_reader::impl::say(choice_state& of, std::uint32_t at, std::vector<answer_event>& out) {
  const std::size_t before = out.size();
  const auto push = [&](event_kind kind, std::string_view piece) {
    if (!piece.empty()) out.push_back({.kind = kind, .choice = at, .text = piece});
  };
  push(event_kind::thinking, delta.thinking);
  if (delta.thinking.empty()) {
    for (const auto& each : delta.details) push(event_kind::thinking, each);
  }
  for (const auto& each : delta.thoughts) push(event_kind::thinking, each);
  for (const auto& each : delta.signatures) {
    out.push_back({.kind = event_kind::signature,
                   .choice = at,
                   .text = each.text,
                   .issuer = each.issuer,
                   .redacted = each.redacted});
  }
  for (const auto& each : delta.texts) text(of, at, each, out);
  push(event_kind::text, delta.transcript);
  push(event_kind::refusal, delta.refusal);
  for (const auto& each : delta.annotations) push(event_kind::annotation, each);
  for (const auto& each : delta.images) image(at, each, out);
  of.sound.append(delta.audio);
  for (call_piece& each : delta.calls) {
    if (!each.signature.empty()) {
      const auto issued = chat::take_issuer(each.signature);
      each.signature = issued.signature;
      each.issuer = issued.issuer.empty() ? chat::issuer_of(config::dialect::gemini) : issued.issuer;
    }
    of.calls.add(each, at, id, out);
  }
  if (!delta.call_signature.empty()) {
    const auto issued = chat::take_issuer(delta.call_signature);
    out.push_back(
        {.kind = event_kind::signature,
         .choice = at,
         .text = issued.signature,
         .issuer = issued.issuer.empty() ? chat::issuer_of(config::dialect::gemini) : issued.issuer});
  }
  of.content = of.content || out.size() > before || of.calls.any() || !of.sound.empty();
}

void stream_reader::impl::end_choice(choice_state& of, answer_event& why, std::vector<answer_event>& out) {
  of.ended = true;
  of.tags.finish([&](think_tags::kind kind, std::string_view each) {
    out.push_back({.kind = kind == think_tags::kind::text ? event_kind::text : event_kind::thinking,
                   .choice = why.choice,
                   .text = each});
  });
  of.calls.finish(why.choice, out);
  if (!of.sound.empty()) {
    chat::media_source& source = media.emplace_back();
    source.mime = "audio/pcm16";  // all that OpenAI streams
    source.data = std::move(of.sound);
    out.push_back({.kind = event_kind::media, .choice = why.choice, .media = &source});
  }
  // Gemini's endpoint and some of vLLM's parsers say stop where they have called.
  if (why.why == chat::finish::stop && of.calls.any()) why.why = chat::finish::tool_calls;
  out.push_back(why);
}

stream_reader::stream_reader(const config::quirks* of) : impl_(std::make_unique<impl>(of)) {}
stream_reader::~stream_reader() = default;

bool stream_reader::read(const sse_event& event, std::vector<answer_event>& out) {
  impl& my = *impl_;
  if (my.over) return true;
  if (event.comment_only) {
    if (event.raw.starts_with(':')) out.push_back({.kind = event_kind::ping});
    return true;
  }
  std::string_view data = event.data;
  while (!data.empty() && json_walk::is_blank(data.front())) data.remove_prefix(1);
  data = json_walk::trim_end(data);
  if (data.empty()) return true;
  if (data == "[DONE]") {
    my.over = true;
    out.push_back({.kind = event_kind::end});
    return true;
  }
  const bool fine = my.chunk_of(data, event.name == "error", out);
  json_workspace::of_this_thread().shrink();
  return fine;
}

void stream_reader::close(std::vector<answer_event>& out) {
  impl& my = *impl_;
  if (my.over) return;
  bool whole = false;
  for (const choice_state& each : my.all) {
    if (each.begun && !each.ended) return;
    whole = whole || each.ended;
  }
  if (!whole) return;
  my.over = true;
  out.push_back({.kind = event_kind::end});
}

}  // namespace nearfar::providers::openai_chat
