#include "providers/dialects/openai_chat/answer_reader.hpp"

#include "providers/dialects/failure_table.hpp"
#include "providers/dialects/json_walk.hpp"
#include "providers/dialects/openai_chat/delta_walk.hpp"
#include "providers/dialects/openai_chat/usage_walk.hpp"
#include "providers/dialects/retry_after.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace nearfar::providers::openai_chat {

namespace od = json_walk::od;
using json_walk::token;

namespace {

struct reading {
  answer_summary found;
  delta_content content;
  bool choices_seen = false;
  bool suspect = false;  // a field that says an error, in whatever way
  bool filtered = false;
  bool failed = false;  // finish_reason "error"
  bool beside = false;  // reasoning counts beside the completion
};

bool choice(od::value v, reading& out) {
  simdjson::error_code error = simdjson::SUCCESS;
  od::object object;
  if (v.get_object().get(object)) return false;
  return json_walk::each_field(object, error, [&](od::field& f) {
    const od::raw_json_string key = f.key();
    od::value each = f.value();
    const std::string_view first = token(each);
    if (key == "message") return read_delta(each, out.content);
    if (key == "finish_reason" && json_walk::is_filled_string(first)) {
      const std::string_view reason = json_walk::raw_text(first);
      if (out.found.finish_reason.empty()) out.found.finish_reason.assign(reason);
      out.failed = out.failed || reason == "error";
      out.filtered = out.filtered || reason == "content_filter" || reason == "sensitive";
    } else if (key == "error") {
      out.suspect = out.suspect || first.starts_with('{');
    } else if (key == "usage") {
      return read_usage(each, out.found.tokens, out.beside);
    }
    return true;
  });
}

bool member(od::field& field, reading& out) {
  const od::raw_json_string key = field.key();
  od::value v = field.value();
  const std::string_view first = token(v);
  if (first.empty()) return false;
  if (key == "choices") {
    simdjson::error_code error = simdjson::SUCCESS;
    od::array list;
    if (first.front() != '[' || v.get_array().get(list)) return true;
    out.choices_seen = true;
    return json_walk::each_element(list, error, [&](od::value& each) { return choice(each, out); });
  }
  if (key == "usage") return read_usage(v, out.found.tokens, out.beside);
  if (key == "error") out.suspect = out.suspect || first.front() == '{' || json_walk::is_filled_string(first);
  if (key == "base_resp" || key == "error_code") out.suspect = true;
  if (key == "object" && first == "\"error\"") out.suspect = true;
  return true;
}

// Machine words only: a message may quote the prompt or a key.
std::string describe(int status, const failure_signs& signs) {
  std::string text = status ? fmt::format("status {}", status) : std::string{"error in the answer"};
  for (const std::string& word : signs.words) {
    const bool plain =
        word.size() <= 64 && std::all_of(word.begin(), word.end(), [](char c) {
          return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
        });
    if (plain) text.append(", ").append(word);
  }
  return text;
}

routes::error to_error(int status, const failure_signs& signs) {
  auto made = routes::make_error(failure_kind(status, signs), describe(status, signs));
  made.side = routes::error_side::upstream;
  made.status = status ? status : signs.status;
  made.retry_after = signs.retry_after;
  return made;
}

routes::error bad_answer(std::string_view why) {
  return routes::make_error(routes::error_kind::bad_answer, std::string{why});
}

}  // namespace

routes::result<answer_summary> read_answer(std::string_view body, bool beside) {
  thread_local od::parser parser;
  constexpr std::size_t parser_kept = 1024 * 1024;
  if (parser.capacity() > parser_kept) parser = od::parser{};

  od::document doc;
  od::object root;
  reading out;
  out.beside = beside;
  if (json_walk::open(parser, body, doc)) return bad_answer("the answer is not JSON");
  if (doc.get_object().get(root)) {
    if (auto error = find_error_object(body)) return *std::move(error);
    return bad_answer("the answer is not a JSON object");
  }
  simdjson::error_code error = simdjson::SUCCESS;
  const bool complete = json_walk::each_field(root, error, [&](od::field& f) { return member(f, out); });
  const char* rest = nullptr;
  if (!complete || !doc.current_location().get(rest)) return bad_answer("the answer is not valid JSON");
  if (out.suspect || out.failed) {
    if (auto found = find_error_object(body)) return *std::move(found);
  }
  if (out.failed) {
    return routes::make_error(routes::error_kind::server_error, "the answer ends with finish_reason error");
  }
  if (!out.choices_seen) return bad_answer("the answer has no choices");
  out.found.tool_calls = out.content.tool_calls;
  // A model that thought in secret until its limit did work; a filtered answer is an answer, and no
  // other target may be tried for it.
  const bool hidden = out.found.tokens && out.found.tokens->reasoning > 0;
  if (!out.content.any && !hidden && !out.filtered) {
    return routes::make_error(routes::error_kind::empty, "the answer holds no text, tool call or reasoning");
  }
  return std::move(out.found);
}

routes::error classify_failure(int status, const response_head& head, std::string_view body,
                               std::int64_t now_unix) {
  auto made = to_error(status, read_failure(body));
  if (const auto asked = read_retry_after(head, now_unix)) made.retry_after = asked;
  return made;
}

std::optional<routes::error> find_error_object(std::string_view body) {
  const failure_signs signs = read_failure(body);
  if (!signs.error) return std::nullopt;
  return to_error(0, signs);
}

}  // namespace nearfar::providers::openai_chat
