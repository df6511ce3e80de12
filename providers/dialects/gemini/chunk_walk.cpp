#include "providers/dialects/gemini/chunk_walk.hpp"

#include "providers/dialects/gemini/grounding.hpp"
#include "providers/dialects/gemini/thought_signature.hpp"
#include "providers/dialects/gemini/usage_walk.hpp"
#include "providers/dialects/gemini/words.hpp"
#include "providers/dialects/json_workspace.hpp"
#include "providers/dialects/openai_chat/answer_reader.hpp"
#include "providers/dialects/text_measure.hpp"

#include <algorithm>

namespace nearfar::providers::gemini {

namespace od = json_walk::od;
using chat::event_kind;
using json_walk::token;

namespace {

constexpr std::uint32_t max_candidates = 128;

routes::error failed(std::string_view why) {
  return routes::make_error(routes::error_kind::server_error, std::string(why));
}

bool each_of(od::value v, auto&& f) {
  const std::string_view first = token(v);
  if (first == "null") return true;
  od::array list;
  simdjson::error_code error = simdjson::SUCCESS;
  if (!first.starts_with('[') || v.get_array().get(list)) return false;
  return json_walk::each_element(list, error, f);
}

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

}  // namespace

// One part, before it is known what it is: `thought` may come behind the text.
struct chunk_walk::part_view {
  std::string_view text;
  std::string_view signature;
  std::string_view name;
  std::string_view id;
  std::string_view arguments;
  bool has_text = false;
  bool thought = false;
  bool call = false;
  bool media = false;
  bool piecemeal = false;  // of a call whose arguments come in pieces, which nobody asked for
};

// Of the walk's own memory: the parser's is shared by the thread.
std::string_view chunk_walk::keep(std::string_view text) {
  const std::size_t begin = kept_.size();
  kept_.append(text);
  return std::string_view(kept_).substr(begin);
}

bool chunk_walk::text(od::value v, std::string_view& to) {
  const std::string_view first = token(v);
  if (first == "null") return true;
  std::string_view found;
  if (!json_walk::is_string(first) || v.get_string().get(found)) return false;
  to = keep(found);
  return true;
}

// The JSON text of a value; empty: malformed.
std::string_view chunk_walk::whole(od::value v) {
  const std::string_view first = token(v);
  if (json_walk::check(v, 2) != json_walk::walked::fine) return {};
  if (!json_walk::is_container(first)) return first;
  const auto found = json_walk::up_to_here(first.data(), v, json_workspace::of_this_thread().text());
  return found ? json_walk::trim_end(*found) : std::string_view{};
}

bool chunk_walk::read(std::string_view json, std::vector<chat::answer_event>& out) {
  auto& work = json_workspace::of_this_thread();
  kept_.clear();
  // Unescaped, a text is no longer than it was; what is kept twice is the id of the answer.
  kept_.reserve(2 * json.size());
  made_.clear();
  media_.clear();
  failed_here_ = false;
  const std::size_t before = out.size();
  const auto had_tokens = tokens_;
  od::document doc;
  od::object root;
  simdjson::error_code error = work.open(json, doc);
  if (!error && !doc.get_object().get(root)) {
    const char* rest = nullptr;
    const bool complete = json_walk::each_field(root, error, [&](od::field& f) { return member(f, out); });
    if (complete && doc.current_location().get(rest)) {
      work.shrink();
      if (failed_here_) {
        out.resize(before);
        failure_ = openai_chat::find_error_object(json).value_or(failed("an error object without a code"));
        chat::answer_event event{.kind = event_kind::error};
        event.failure = &*failure_;
        out.push_back(event);
        return true;
      }
      chat::answer_event start{.kind = event_kind::start};
      start.id = id_;
      start.name = model_;
      if (!started_) out.insert(out.begin() + static_cast<std::ptrdiff_t>(before), start);
      started_ = true;
      return true;
    }
  }
  work.shrink();
  out.resize(before);
  tokens_ = had_tokens;
  // The stream that is no event stream wraps its error in an array.
  if (!json.starts_with('[')) return false;
  failure_ = openai_chat::find_error_object(json);
  if (!failure_) return false;
  chat::answer_event event{.kind = event_kind::error};
  event.failure = &*failure_;
  out.push_back(event);
  return true;
}

bool chunk_walk::member(od::field& f, std::vector<chat::answer_event>& out) {
  std::string_view key;
  if (f.unescaped_key().get(key)) return false;
  od::value v = f.value();
  const std::string_view first = token(v);
  if (key == "candidates") {
    return each_of(v, [&](od::value& each) { return candidate(each, out); });
  }
  if (key == "usageMetadata") {
    if (!read_usage(v, tokens_)) return false;
    if (!tokens_ || !first.starts_with('{')) return true;
    chat::answer_event event{.kind = event_kind::usage};
    event.tokens = &*tokens_;
    out.push_back(event);
    return true;
  }
  if (key == "promptFeedback") return blocked(v);
  if (key == "error")
    failed_here_ = failed_here_ || first.starts_with('{') || json_walk::is_filled_string(first);
  if (!started_ && (key == "responseId" || key == "modelVersion")) {
    std::string_view found;
    if (!text(v, found)) return false;
    (key == "responseId" ? id_ : model_).assign(found);
    return true;
  }
  return json_walk::check(v, 1) == json_walk::walked::fine;
}

chunk_walk::candidate_state& chunk_walk::of(std::uint32_t index) {
  if (index >= candidates_.size()) candidates_.resize(index + 1);
  return candidates_[index];
}

bool chunk_walk::candidate(od::value v, std::vector<chat::answer_event>& out) {
  const std::size_t before = out.size();
  std::uint64_t index = 0;
  std::string_view reason;
  std::string_view grounding;
  const bool complete = members_of(v, [&](std::string_view key, od::value each) {
    if (key == "content") return content(each, out);
    if (key == "index") return token(each) == "null" || json_walk::read_count(token(each), index);
    if (key == "finishReason") return text(each, reason);
    if (key == "logprobsResult") return logprobs(each, out);
    if (key != "groundingMetadata") return json_walk::check(each, 3) == json_walk::walked::fine;
    grounding = whole(each);
    return !grounding.empty();
  });
  if (!complete || index >= max_candidates) return false;
  auto& state = of(static_cast<std::uint32_t>(index));
  if (!grounding.empty()) {
    for (auto& each : annotations_of(grounding, state.sources)) {
      chat::answer_event event{.kind = event_kind::annotation};
      event.text = made_.emplace_back(std::move(each));
      out.push_back(event);
    }
  }
  settle(out, before, static_cast<std::uint32_t>(index));
  const auto found = finish_of(reason);
  if (found.why == chat::finish::none) return true;
  state.why = found.why;
  state.failed = found.failed;
  state.native.assign(reason);
  return true;
}

// The candidate's number may stand behind its content: what hangs on it is said when it is over.
void chunk_walk::settle(std::vector<chat::answer_event>& out, std::size_t from, std::uint32_t index) {
  auto& state = of(index);
  for (std::size_t i = from; i < out.size(); ++i) {
    auto& event = out[i];
    event.choice = index;
    if (event.kind == event_kind::tool_call) {
      event.index = state.calls++;
      if (event.id.empty()) {
        // The answer's own id makes them differ from those of other turns.
        const auto seed = stable_hash(index * 1000 + event.index, id_);
        event.id = made_.emplace_back(made_id(seed, event.name, out[i + 1].text));
      }
    } else if (event.kind == event_kind::tool_arguments) {
      event.index = state.calls - 1;
    }
  }
}

bool chunk_walk::content(od::value v, std::vector<chat::answer_event>& out) {
  return members_of(v, [&](std::string_view key, od::value each) {
    if (key == "parts") return each_of(each, [&](od::value& one) { return part(one, out); });
    return json_walk::check(each, 4) == json_walk::walked::fine;
  });
}

bool chunk_walk::part(od::value v, std::vector<chat::answer_event>& out) {
  part_view found;
  const bool complete =
      members_of(v, [&](std::string_view key, od::value each) { return part_member(key, each, found); });
  if (!complete || found.piecemeal) return false;
  emit(found, out);
  return true;
}

bool chunk_walk::part_member(std::string_view key, od::value v, part_view& found) {
  if (key == "text") {
    found.has_text = true;
    return text(v, found.text);
  }
  if (key == "thought") {
    found.thought = token(v) == "true";
    return true;
  }
  if (key == "thoughtSignature") return text(v, found.signature);
  if (key == "functionCall") return call(v, found);
  if (key == "inlineData" || key == "fileData") return data(v, found);
  if (key == "executableCode") return code(v, found, false);
  if (key == "codeExecutionResult") return code(v, found, true);
  return json_walk::check(v, 6) == json_walk::walked::fine;
}

bool chunk_walk::call(od::value v, part_view& found) {
  found.call = true;
  found.arguments = "{}";
  return members_of(v, [&](std::string_view key, od::value each) {
    if (key == "name") return text(each, found.name);
    if (key == "id") return text(each, found.id);
    if (key == "args") {
      const std::string_view json = whole(each);
      if (json != "null" && !json.empty()) found.arguments = keep(json);
      return !json.empty();
    }
    found.piecemeal = found.piecemeal || key == "partialArgs";
    return json_walk::check(each, 7) == json_walk::walked::fine;
  });
}

bool chunk_walk::data(od::value v, part_view& found) {
  found.media = true;
  auto& media = media_.emplace_back();
  const auto take = [&](od::value& each, std::string& to) {
    std::string_view value;
    if (!text(each, value)) return false;
    to.assign(value);
    return true;
  };
  return members_of(v, [&](std::string_view key, od::value each) {
    if (key == "mimeType") return take(each, media.mime);
    if (key == "data") return take(each, media.data);
    if (key == "fileUri") return take(each, media.url);
    return json_walk::check(each, 7) == json_walk::walked::fine;
  });
}

// Google's code tool runs beside the answer; a reader elsewhere sees what was run as text.
bool chunk_walk::code(od::value v, part_view& found, bool result) {
  std::string_view body;
  const bool complete = members_of(v, [&](std::string_view key, od::value each) {
    if (key == (result ? "output" : "code")) return text(each, body);
    return json_walk::check(each, 7) == json_walk::walked::fine;
  });
  if (!complete) return false;
  auto& fenced = made_.emplace_back(result ? "\n```\n" : "\n```python\n");
  fenced.append(body).append(body.ends_with('\n') ? "```\n" : "\n```\n");
  found.has_text = true;
  found.text = fenced;
  return true;
}

void chunk_walk::emit(const part_view& found, std::vector<chat::answer_event>& out) {
  std::string_view signature;
  std::string_view issuer;
  if (!found.signature.empty()) {
    // A gateway in front of the vendor may have put another's signature there.
    const auto whose = read_signature(found.signature);
    signature = made_.emplace_back(whose.signature);
    issuer = made_.emplace_back(whose.issuer);
  }
  if (found.call) {
    chat::answer_event event{.kind = event_kind::tool_call};
    event.name = found.name;
    event.id = found.id;
    event.signed_with = signature;
    event.issuer = issuer;
    out.push_back(event);
    chat::answer_event arguments{.kind = event_kind::tool_arguments};
    arguments.text = found.arguments;
    out.push_back(arguments);
  } else if (found.media) {
    chat::answer_event event{.kind = event_kind::media};
    event.media = &media_.back();
    out.push_back(event);
  } else if (found.has_text && !found.text.empty()) {
    chat::answer_event event{.kind = found.thought ? event_kind::thinking : event_kind::text};
    event.text = found.text;
    out.push_back(event);
  }
  if (found.signature.empty()) return;
  chat::answer_event event{.kind = event_kind::signature};
  event.text = signature;
  event.issuer = issuer;
  out.push_back(event);
}

bool chunk_walk::blocked(od::value v) {
  return members_of(v, [&](std::string_view key, od::value each) {
    std::string_view reason;
    if (key != "blockReason") return json_walk::check(each, 2) == json_walk::walked::fine;
    if (!text(each, reason)) return false;
    if (reason != "BLOCK_REASON_UNSPECIFIED") blocked_.assign(reason);
    return true;
  });
}

bool chunk_walk::logprobs(od::value v, std::vector<chat::answer_event>& out) {
  const std::string_view json = whole(v);
  if (json.empty()) return false;
  auto converted = logprobs_of(json);
  if (converted.empty()) return true;
  chat::answer_event event{.kind = event_kind::logprobs};
  event.text = made_.emplace_back(std::move(converted));
  out.push_back(event);
  return true;
}

void chunk_walk::finish(std::vector<chat::answer_event>& out) {
  bool any = false;
  if (!blocked_.empty() && candidates_.empty()) {
    auto& state = of(0);
    state.why = chat::finish::content_filter;
    state.native = blocked_;
  }
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    auto& state = candidates_[i];
    if (state.why == chat::finish::none) continue;
    any = true;
    if (state.failed) {
      failure_ = failed("the model broke its own answer");
      chat::answer_event event{.kind = event_kind::error};
      event.choice = static_cast<std::uint32_t>(i);
      event.failure = &*failure_;
      out.push_back(event);
      return;
    }
    chat::answer_event event{.kind = event_kind::finish};
    event.choice = static_cast<std::uint32_t>(i);
    // There is no word for calls: they end with STOP.
    const bool called = state.calls > 0 && state.why != chat::finish::length;
    event.why = called ? chat::finish::tool_calls : state.why;
    event.native = state.native;
    out.push_back(event);
  }
  if (any) out.push_back({.kind = event_kind::end});
}

}  // namespace nearfar::providers::gemini
