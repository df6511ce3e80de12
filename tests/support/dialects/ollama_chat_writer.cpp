#include "tests/support/dialects/ollama_chat_writer.hpp"

#include "tests/support/dialects/request_json.hpp"
#include "tests/support/json_text.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>
#include <iterator>

namespace nearfar::support {
namespace {

refusal bad(std::string message) {
  return {400, {std::move(message), "", "", ""}, {}};
}

// What a Go decoder says of a field of another type.
refusal not_a(std::string_view field, std::string_view type, const json::value& v) {
  const auto found = v.is_array() ? "array" : v.is_object() ? "object" : v.is_string() ? "string" : "value";
  return bad(fmt::format("json: cannot unmarshal {} into Go struct field ChatRequest.{} of type {}", found,
                         field, type));
}

bool base64(std::string_view text) {
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/' || c == '=';
  };
  return !text.empty() && std::all_of(text.begin(), text.end(), good);
}

std::optional<refusal> message_refused(const json::object& m) {
  if (!one_of(text_member(m, "role"), {"system", "user", "assistant", "tool"}))
    return bad(fmt::format("invalid role: {}", text_member(m, "role")));
  const auto* content = m.if_contains("content");
  if (content != nullptr && !content->is_string() && !content->is_null())
    return not_a("messages.content", "string", *content);
  if (const auto* images = m.if_contains("images")) {
    if (!images->is_array()) return not_a("messages.images", "[]api.ImageData", *images);
    for (const auto& image : images->get_array()) {
      if (!image.is_string() || !base64(view(image.get_string())))
        return bad("illegal base64 data at input byte 0");
    }
  }
  const auto* calls = array_member(m, "tool_calls");
  for (std::size_t i = 0; calls != nullptr && i < calls->size(); ++i) {
    const auto* call = (*calls)[i].if_object();
    const auto* f = call == nullptr ? nullptr : object_member(*call, "function");
    if (f == nullptr) return bad("tool call without a function");
    const auto* arguments = f->if_contains("arguments");
    if (arguments != nullptr && !arguments->is_object())
      return not_a("messages.tool_calls.function.arguments", "map[string]interface {}", *arguments);
  }
  return std::nullopt;
}

std::optional<refusal> refuses(const json::object& top) {
  if (text_member(top, "model").empty()) return bad("model is required");
  const auto* messages = array_member(top, "messages");
  for (std::size_t i = 0; messages != nullptr && i < messages->size(); ++i) {
    const auto* m = (*messages)[i].if_object();
    if (m == nullptr) return not_a("messages", "api.Message", (*messages)[i]);
    if (auto wrong = message_refused(*m)) return wrong;
  }
  const auto* options = top.if_contains("options");
  if (options != nullptr && !options->is_object() && !options->is_null())
    return not_a("options", "map[string]interface {}", *options);
  const auto* think = top.if_contains("think");
  if (think != nullptr && !think->is_bool() && !think->is_null() &&
      !one_of(text_member(top, "think"), {"low", "medium", "high", "max"}))
    return bad("invalid think value: must be a boolean or one of low, medium, high, max");
  const auto* format = top.if_contains("format");
  if (format != nullptr && format->is_string() && !one_of(view(format->get_string()), {"json", ""}))
    return bad(fmt::format("invalid format: {}", view(format->get_string())));
  return std::nullopt;
}

std::string line_start(const answer& a) {
  std::string out = R"({"model":)";
  append_json_string(out, a.request.model);
  return out + R"(,"created_at":"2026-11-21T10:00:00.000000Z","message":{"role":"assistant","content":)";
}

std::string calls_json(const answer& a, std::size_t from, std::size_t to) {
  std::string out;
  for (auto i = from; i < to; ++i) {
    const auto& call = a.tool_calls[i];
    out += (out.empty() ? "" : ",");
    fmt::format_to(std::back_inserter(out), R"({{"function":{{"index":{},"name":)", i);
    append_json_string(out, call.name);
    out += R"(,"arguments":)" + (call.arguments.empty() ? std::string("{}") : call.arguments) + "}}";
  }
  return R"(,"tool_calls":[)" + out + "]";
}

std::string last_members(const answer& a) {
  const auto& u = a.usage;
  std::string out = R"(,"done":true,"done_reason":)";
  append_json_string(out, a.finish_reason == "tool_calls" ? "stop" : a.finish_reason);
  out += R"(,"total_duration":9000000,"load_duration":1000000)";
  // Left out where the whole prompt was in the cache, and where a test wants no usage.
  if (a.sends_usage && u.cached_tokens < u.prompt_tokens)
    fmt::format_to(std::back_inserter(out), R"(,"prompt_eval_count":{},"prompt_eval_duration":3000000)",
                   u.prompt_tokens);
  if (a.sends_usage)
    fmt::format_to(std::back_inserter(out), R"(,"eval_count":{},"eval_duration":5000000)",
                   u.completion_tokens);
  return out + "}";
}

}  // namespace

bool ollama_chat_writer::serves(std::string_view path) const {
  return path.ends_with("/api/chat");
}

boost::system::result<answer_request, refusal> ollama_chat_writer::read(const incoming& in) const {
  const auto top = parsed_object(in.body);
  if (!top) return bad("invalid character in JSON");
  if (strict(in, true)) {
    if (auto wrong = refuses(*top)) return std::move(*wrong);
  }
  answer_request out;
  out.model = text_member(*top, "model");
  out.stream = !given(*top, "stream") || flag_member(*top, "stream");
  if (const auto* options = object_member(*top, "options"))
    out.max_tokens = count_member(*options, "num_predict");
  out.prompt_tokens = 1 + in.body.size() / 4;
  const auto* think = top->if_contains("think");
  const bool off = think != nullptr && think->is_bool() && !think->get_bool();
  out.shows_reasoning = !off;
  return out;
}

std::string_view ollama_chat_writer::stream_type(const answer&) const {
  return "application/x-ndjson";
}

void ollama_chat_writer::opening(answer&, std::string&) const {}

void ollama_chat_writer::token(answer& a, const part& p, std::string& out) const {
  if (p.kind == part_kind::tool_call_piece) return;  // a call comes whole
  out += line_start(a);
  append_json_string(out, p.kind == part_kind::text ? p.text : "");
  if (p.kind == part_kind::reasoning) {
    out += R"(,"thinking":)";
    append_json_string(out, p.text);
  }
  if (p.kind == part_kind::tool_call_start) out += calls_json(a, p.tool_index, p.tool_index + 1);
  out += "},\"done\":false}\n";
}

void ollama_chat_writer::finish(answer& a, std::string& out) const {
  out += line_start(a) + "\"\"}" + last_members(a) + "\n";
}

void ollama_chat_writer::usage(answer&, std::string&) const {}
void ollama_chat_writer::done(answer&, std::string&) const {}

void ollama_chat_writer::error_event(answer&, const scripted_error& e, std::string& out) const {
  out += error_body(e, 500) + "\n";
}

void ollama_chat_writer::garbage(std::string_view text, std::string& out) const {
  out += text;
  out += '\n';
}

void ollama_chat_writer::comment(std::string&) const {}  // the format has none

std::string ollama_chat_writer::whole(const answer& a) const {
  auto out = line_start(a);
  append_json_string(out, joined(a.text));
  if (!a.reasoning.empty()) {
    out += R"(,"thinking":)";
    append_json_string(out, joined(a.reasoning));
  }
  if (!a.tool_calls.empty()) out += calls_json(a, 0, a.tool_calls.size());
  return out + "}" + last_members(a);
}

std::string ollama_chat_writer::error_body(const scripted_error& e, int) const {
  std::string out = R"({"error":)";
  append_json_string(out, e.message);
  return out + "}";
}

}  // namespace nearfar::support
