#include "providers/dialects/ollama_chat/stream_reader.hpp"

#include "providers/dialects/gemini/words.hpp"
#include "providers/dialects/json_workspace.hpp"
#include "providers/dialects/openai_chat/answer_reader.hpp"
#include "providers/dialects/text_measure.hpp"

namespace nearfar::providers::ollama_chat {

namespace od = json_walk::od;
using chat::event_kind;
using json_walk::token;

namespace {

bool members_of(od::value v, auto&& f) {
  const std::string_view first = token(v);
  if (first == "null") return true;
  od::object object;
  simdjson::error_code error = simdjson::SUCCESS;
  if (!first.starts_with('{') || v.get_object().get(object)) return false;
  return json_walk::each_field(object, error, [&](od::field& field) {
    std::string_view key;
    return !field.unescaped_key().get(key) && f(key, field.value());
  });
}

bool fine(od::value v) {
  return json_walk::check(v, 2) == json_walk::walked::fine;
}

}  // namespace

struct stream_reader::line {
  std::string_view model;
  std::string_view created;
  std::string_view reason;
  std::uint64_t input = 0;
  std::uint64_t output = 0;
  bool done = false;
  bool failed = false;
};

std::string_view stream_reader::keep(std::string_view text) {
  const std::size_t begin = kept_.size();
  kept_.append(text);
  return std::string_view(kept_).substr(begin);
}

bool stream_reader::text(od::value v, std::string_view& to) {
  const std::string_view first = token(v);
  if (first == "null") return true;
  std::string_view found;
  if (!json_walk::is_string(first) || v.get_string().get(found)) return false;
  to = keep(found);
  return true;
}

std::string_view stream_reader::whole(od::value v) {
  const std::string_view first = token(v);
  if (!fine(v)) return {};
  if (!json_walk::is_container(first)) return first;
  const auto found = json_walk::up_to_here(first.data(), v, json_workspace::of_this_thread().text());
  return found ? json_walk::trim_end(*found) : std::string_view{};
}

bool stream_reader::read(const sse_event& event, std::vector<chat::answer_event>& out) {
  if (event.comment_only || over_) return true;
  std::string_view data = json_walk::trim_end(event.data);
  while (!data.empty() && json_walk::is_blank(data.front())) data.remove_prefix(1);
  if (data.empty()) return true;
  auto& work = json_workspace::of_this_thread();
  kept_.clear();
  kept_.reserve(2 * data.size());  // unescaped, a text is no longer than it was
  made_.clear();
  const std::size_t before = out.size();
  line found;
  od::document doc;
  const bool whole_line = !work.open(data, doc) && walk(doc, found, out);
  work.shrink();
  if (!whole_line) {
    out.resize(before);
    return false;
  }
  if (found.failed) {
    out.resize(before);
    over_ = true;
    failure_ = openai_chat::find_error_object(data).value_or(
        routes::make_error(routes::error_kind::server_error, "an error in the stream"));
    chat::answer_event failed{.kind = event_kind::error};
    failed.failure = &*failure_;
    out.push_back(failed);
    return true;
  }
  start(found, before, out);
  if (found.done) finish(found, out);
  return true;
}

bool stream_reader::walk(od::document& doc, line& found, std::vector<chat::answer_event>& out) {
  od::object root;
  if (doc.get_object().get(root)) return false;
  simdjson::error_code error = simdjson::SUCCESS;
  const bool complete = json_walk::each_field(root, error, [&](od::field& f) {
    std::string_view key;
    return !f.unescaped_key().get(key) && member(key, f.value(), found, out);
  });
  const char* rest = nullptr;
  return complete && doc.current_location().get(rest);
}

bool stream_reader::member(std::string_view key, od::value v, line& found,
                           std::vector<chat::answer_event>& out) {
  const std::string_view first = token(v);
  if (key == "message") return message(v, out);
  if (key == "model") return text(v, found.model);
  if (key == "created_at") return text(v, found.created);
  if (key == "done_reason") return text(v, found.reason);
  if (key == "logprobs") return logprobs(v, out);
  if (key == "prompt_eval_count") return first == "null" || json_walk::read_count(first, found.input);
  if (key == "eval_count") return first == "null" || json_walk::read_count(first, found.output);
  if (key == "done") found.done = first == "true";
  if (key == "error") found.failed = json_walk::is_filled_string(first) || first.starts_with('{');
  return fine(v);
}

bool stream_reader::message(od::value v, std::vector<chat::answer_event>& out) {
  std::string_view said;
  std::string_view thought;
  const std::size_t before = out.size();
  const bool complete = members_of(v, [&](std::string_view key, od::value each) {
    if (key == "content") return text(each, said);
    if (key == "thinking") return text(each, thought);
    if (key != "tool_calls") return fine(each);
    const std::string_view first = token(each);
    if (first == "null") return true;
    od::array list;
    simdjson::error_code error = simdjson::SUCCESS;
    if (!first.starts_with('[') || each.get_array().get(list)) return false;
    return json_walk::each_element(list, error, [&](od::value& one) { return call(one, out); });
  });
  if (!complete) return false;
  // Calls may stand before the text in the line, and come after it in the answer.
  auto place = out.begin() + static_cast<std::ptrdiff_t>(before);
  const auto put = [&](event_kind kind, std::string_view what) {
    if (what.empty()) return;
    chat::answer_event event{.kind = kind};
    event.text = what;
    place = out.insert(place, event) + 1;
  };
  put(event_kind::thinking, thought);
  put(event_kind::text, said);
  return true;
}

bool stream_reader::call(od::value v, std::vector<chat::answer_event>& out) {
  chat::answer_event begins{.kind = event_kind::tool_call};
  chat::answer_event arguments{.kind = event_kind::tool_arguments};
  arguments.text = "{}";
  const auto function = [&](std::string_view key, od::value each) {
    if (key == "name") return text(each, begins.name);
    if (key != "arguments") return fine(each);
    // An object as it should be; some forks send the string that OpenAI has.
    const std::string_view first = token(each);
    if (json_walk::is_string(first)) return text(each, arguments.text);
    const std::string_view json = whole(each);
    if (json_walk::is_container(json)) arguments.text = keep(json);
    return !json.empty();
  };
  const bool complete = members_of(v, [&](std::string_view key, od::value each) {
    if (key == "id") return text(each, begins.id);
    return key == "function" ? members_of(each, function) : fine(each);
  });
  if (!complete) return false;
  begins.index = arguments.index = calls_++;
  out.push_back(begins);
  out.push_back(arguments);
  return true;
}

// OpenAI's shape of a token, without the object around them.
bool stream_reader::logprobs(od::value v, std::vector<chat::answer_event>& out) {
  const std::string_view json = whole(v);
  if (json.empty()) return false;
  if (!json.starts_with('[')) return true;
  auto& text = made_.emplace_back("{\"content\":");
  text.append(json).append("}");
  chat::answer_event event{.kind = event_kind::logprobs};
  event.text = text;
  out.push_back(event);
  return true;
}

// The time of the first line makes its calls' ids differ from those of other turns.
void stream_reader::start(const line& found, std::size_t at, std::vector<chat::answer_event>& out) {
  if (!started_) seed_ = stable_hash(1, found.created);
  for (std::size_t i = at; i < out.size(); ++i) {
    auto& event = out[i];
    if (event.kind != event_kind::tool_call || !event.id.empty()) continue;
    event.id = made_.emplace_back(gemini::made_id(seed_ + event.index, event.name, out[i + 1].text));
  }
  if (started_) return;
  started_ = true;
  chat::answer_event event{.kind = event_kind::start};
  event.name = found.model;
  out.insert(out.begin() + static_cast<std::ptrdiff_t>(at), event);
}

void stream_reader::finish(const line& found, std::vector<chat::answer_event>& out) {
  over_ = true;
  tokens_.input = found.input;  // absent where all of the prompt was in the cache
  tokens_.output = found.output;
  chat::answer_event why{.kind = event_kind::finish};
  why.native = found.reason;
  why.why = found.reason == "length"                         ? chat::finish::length
            : calls_ > 0                                     ? chat::finish::tool_calls
            : found.reason == "stop" || found.reason.empty() ? chat::finish::stop
                                                             : chat::finish::other;
  out.push_back(why);
  chat::answer_event counted{.kind = event_kind::usage};
  counted.tokens = &tokens_;
  out.push_back(counted);
  out.push_back({.kind = event_kind::end});
}

void stream_reader::close(std::vector<chat::answer_event>&) {
  // The last line says `done`: without it something is missing.
  over_ = true;
}

}  // namespace nearfar::providers::ollama_chat
