#include "providers/dialects/openai_completions/stream_reader.hpp"

#include "providers/dialects/json_workspace.hpp"
#include "providers/dialects/openai_chat/answer_reader.hpp"
#include "providers/dialects/openai_chat/chunk_delta.hpp"
#include "providers/dialects/openai_chat/finish_words.hpp"
#include "providers/dialects/openai_chat/usage_walk.hpp"

#include <algorithm>

namespace nearfar::providers::openai_completions {

namespace od = json_walk::od;
using chat::answer_event;
using chat::event_kind;
using json_walk::token;

namespace {

constexpr std::size_t max_choices = 4096;  // prompts times choices

enum class state : char { unseen, open, ended };

}  // namespace

struct stream_reader::impl {
  bool chunk(std::string_view data, bool named_error, std::vector<answer_event>& out);
  bool member(od::field& field, std::vector<answer_event>& out);
  bool choice(od::value v, std::vector<answer_event>& out);

  openai_chat::text_store store;
  split_characters cut;
  std::vector<state> choices;
  std::optional<usage> tokens;
  std::optional<routes::error> failure;
  bool counted = false;  // by the chunk at hand
  bool suspect = false;  // the chunk at hand
  bool over = false;
};

bool stream_reader::impl::choice(od::value v, std::vector<answer_event>& out) {
  simdjson::error_code error = simdjson::SUCCESS;
  od::object object;
  std::uint64_t index = 0;
  std::string_view text;
  std::string_view reason;
  if (v.get_object().get(object)) return false;
  const bool complete = json_walk::each_field(object, error, [&](od::field& f) {
    const od::raw_json_string key = f.key();
    od::value each = f.value();
    if (key == "index") json_walk::read_count(token(each), index);
    if (key == "text") text = openai_chat::text_of(each, store);
    if (key == "finish_reason") reason = openai_chat::text_of(each, store);
    return true;
  });
  if (!complete || index >= max_choices) return complete;
  if (choices.size() <= index) choices.resize(static_cast<std::size_t>(index) + 1, state::unseen);
  state& one = choices[static_cast<std::size_t>(index)];
  if (one == state::unseen) one = state::open;
  const auto at = static_cast<std::uint32_t>(index);
  if (!text.empty()) out.push_back({.kind = event_kind::text, .choice = at, .text = text});
  if (reason.empty() || one == state::ended) return true;
  one = state::ended;
  answer_event end{.kind = event_kind::finish, .choice = at};
  end.why = openai_chat::finish_of(reason);
  end.native = reason;
  out.push_back(end);
  return true;
}

bool stream_reader::impl::member(od::field& field, std::vector<answer_event>& out) {
  const od::raw_json_string key = field.key();
  od::value v = field.value();
  const std::string_view first = token(v);
  if (first.empty()) return false;
  if (key == "usage") {
    counted = counted || first.front() == '{';
    return openai_chat::read_usage(v, tokens);
  }
  if (key == "error") suspect = suspect || first.front() == '{' || json_walk::is_filled_string(first);
  if (key == "object") suspect = suspect || first == "\"error\"";
  if (key != "choices" || first == "null") return true;
  simdjson::error_code error = simdjson::SUCCESS;
  od::array list;
  if (first.front() != '[' || v.get_array().get(list)) return false;
  return json_walk::each_element(list, error, [&](od::value& each) { return choice(each, out); });
}

bool stream_reader::impl::chunk(std::string_view data, bool named_error, std::vector<answer_event>& out) {
  const std::size_t before = out.size();
  constexpr std::size_t spare = 64;
  counted = suspect = false;
  od::document doc;
  od::object root;
  auto& work = json_workspace::of_this_thread();
  simdjson::error_code error = work.open(data, cut, doc);
  store.begin(work.text().size() + spare);
  if (!error) error = doc.get_object().get(root);
  const char* rest = nullptr;
  const bool fine = !error &&
                    json_walk::each_field(root, error, [&](od::field& f) { return member(f, out); }) &&
                    doc.current_location().get(rest);
  if (!fine) out.resize(before);
  if (!fine && !named_error) return false;
  if (named_error || suspect) {
    failure = openai_chat::find_error_object(data);
    if (!failure)
      failure = routes::make_error(routes::error_kind::server_error, "an error inside the stream");
    out.resize(before);
    over = true;
    out.push_back({.kind = event_kind::error, .failure = &*failure});
    return true;
  }
  if (counted && tokens) out.push_back({.kind = event_kind::usage, .tokens = &*tokens});
  return true;
}

stream_reader::stream_reader() : impl_(std::make_unique<impl>()) {}
stream_reader::~stream_reader() = default;

bool stream_reader::read(const sse_event& event, std::vector<answer_event>& out) {
  if (impl_->over || event.comment_only) return true;
  const std::string_view data = json_walk::trim_end(event.data);
  if (data.empty()) return true;
  if (data == "[DONE]") {
    impl_->over = true;
    out.push_back({.kind = event_kind::end});
    return true;
  }
  const bool fine = impl_->chunk(data, event.name == "error", out);
  json_workspace::of_this_thread().shrink();
  return fine;
}

void stream_reader::close(std::vector<answer_event>& out) {
  const auto is = [&](state what) { return [what](state each) { return each == what; }; };
  const auto& all = impl_->choices;
  if (impl_->over || std::any_of(all.begin(), all.end(), is(state::open)) ||
      std::none_of(all.begin(), all.end(), is(state::ended)))
    return;
  impl_->over = true;
  out.push_back({.kind = event_kind::end});
}

}  // namespace nearfar::providers::openai_completions
