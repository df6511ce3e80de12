#include "tests/support/dialects/anthropic_messages_writer.hpp"

#include "tests/support/dialects/anthropic_rules.hpp"
#include "tests/support/json_text.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>
#include <iterator>

namespace nearfar::support {
namespace {

constexpr known_names error_types = {"invalid_request_error", "authentication_error", "billing_error",
                                     "permission_error",      "not_found_error",      "conflict_error",
                                     "request_too_large",     "rate_limit_error",     "api_error",
                                     "timeout_error",         "overloaded_error"};

std::string_view error_type(const scripted_error& e, int status) {
  if (one_of(e.type, error_types)) return e.type;
  switch (status) {
    case 400:
    case 422:
      return "invalid_request_error";
    case 401:
      return "authentication_error";
    case 402:
      return "billing_error";
    case 403:
      return "permission_error";
    case 404:
      return "not_found_error";
    case 409:
      return "conflict_error";
    case 413:
      return "request_too_large";
    case 429:
      return "rate_limit_error";
    case 504:
      return "timeout_error";
    case 503:
    case 529:
      return "overloaded_error";
    default:
      return "api_error";
  }
}

std::string error_object(const scripted_error& e, int status) {
  std::string out = R"({"type":"error","error":{"type":)";
  append_json_string(out, error_type(e, status));
  out += R"(,"message":)";
  append_json_string(out, e.message);
  if (!e.code.empty()) {
    out += R"(,"details":{"error_code":)";
    append_json_string(out, e.code);
    out += '}';
  }
  return out + R"(},"request_id":"req_double"})";
}

std::string_view stop_reason(const answer& a) {
  if (!a.stop_sequence.empty()) return "stop_sequence";
  if (a.finish_reason == "stop") return "end_turn";
  if (a.finish_reason == "length") return "max_tokens";
  if (a.finish_reason == "tool_calls") return "tool_use";
  if (a.finish_reason == "content_filter") return "refusal";
  return a.finish_reason;  // scripted in the dialect's own words
}

std::uint64_t fresh_tokens(const scripted_usage& u) {
  const auto cached = u.cached_tokens + u.cache_write_tokens;
  return u.prompt_tokens > cached ? u.prompt_tokens - cached : 0;
}

void append_usage(const scripted_usage& u, std::uint64_t output, std::string& out) {
  fmt::format_to(std::back_inserter(out),
                 R"({{"input_tokens":{},"cache_creation_input_tokens":{},"cache_read_input_tokens":{},)"
                 R"("cache_creation":{{"ephemeral_5m_input_tokens":{},"ephemeral_1h_input_tokens":0}},)"
                 R"("output_tokens":{},"service_tier":"standard"}})",
                 fresh_tokens(u), u.cache_write_tokens, u.cached_tokens, u.cache_write_tokens, output);
}

void append_stop(const answer& a, std::string& out) {
  out += R"("stop_reason":)";
  append_json_string(out, stop_reason(a));
  out += R"(,"stop_sequence":)";
  if (a.stop_sequence.empty()) {
    out += "null";
  } else {
    append_json_string(out, a.stop_sequence);
  }
}

void event(std::string_view name, std::string_view members, std::string& out) {
  fmt::format_to(std::back_inserter(out), "event: {0}\ndata: {{\"type\":\"{0}\"{1}}}\n\n", name, members);
}

std::size_t block_index(const answer& a, const part& p) {
  std::size_t out = p.tool_index;
  if (p.kind != part_kind::reasoning && !a.reasoning.empty()) ++out;
  if (p.kind != part_kind::reasoning && p.kind != part_kind::text && !a.text.empty()) ++out;
  return out;
}

std::string message_id(const answer& a) {
  return "msg_" + a.id;
}

std::string tool_start(const scripted_tool_call& call) {
  std::string out = R"({"type":"tool_use","id":)";
  append_json_string(out, call.id);
  out += R"(,"name":)";
  append_json_string(out, call.name);
  return out + R"(,"input":)";
}

std::string string_member(std::string_view before, std::string_view text, std::string_view behind) {
  std::string out(before);
  append_json_string(out, text);
  out += behind;
  return out;
}

std::string first_state(const answer& a, const part& p) {
  switch (p.kind) {
    case part_kind::reasoning:
      return R"({"type":"thinking","thinking":"","signature":""})";
    case part_kind::text:
      return R"({"type":"text","text":""})";
    default:
      return tool_start(a.tool_calls[p.tool_index]) + "{}}";
  }
}

std::string delta_of(const part& p) {
  switch (p.kind) {
    case part_kind::reasoning:
      return string_member(R"({"type":"thinking_delta","thinking":)", p.text, "}");
    case part_kind::text:
      return string_member(R"({"type":"text_delta","text":)", p.text, "}");
    default:  // the first piece of a call's input is empty
      return string_member(R"({"type":"input_json_delta","partial_json":)", p.text, "}");
  }
}

}  // namespace

bool anthropic_messages_writer::serves(std::string_view path) const {
  return path.ends_with("/v1/messages") || path.ends_with("/v1/messages/count_tokens");
}

boost::system::result<answer_request, refusal> anthropic_messages_writer::read(const incoming& in) const {
  auto top = parsed_object(in.body);
  if (!top) return anthropic_refusal("The request body is not valid JSON");
  const bool counting = in.head.path().ends_with("/count_tokens");
  const bool strictly = strict(in, true);
  if (strictly) {
    const auto what = counting ? anthropic_call::count : anthropic_call::message;
    if (auto wrong = anthropic_refuses(in, *top, what)) return std::move(*wrong);
  }
  answer_request out;
  out.model = text_member(*top, "model");
  out.stream = flag_member(*top, "stream");
  out.max_tokens = count_member(*top, "max_tokens");
  out.prompt_tokens = 1 + in.body.size() / 4;
  out.shows_reasoning = !strictly || thinks(*top);
  if (counting) {
    out.stream = false;
    out.costs = false;
    out.whole = fmt::format(R"({{"input_tokens":{}}})",
                            in.how.usage ? in.how.usage->prompt_tokens : out.prompt_tokens);
  }
  return out;
}

void anthropic_messages_writer::opening(answer& a, std::string& out) const {
  auto members = string_member(R"(,"message":{"id":)", message_id(a),
                               R"(,"type":"message","role":"assistant","model":)");
  append_json_string(members, a.request.model);
  members += R"(,"content":[],"stop_reason":null,"stop_sequence":null,"usage":)";
  append_usage(a.usage, 1, members);
  members += '}';
  event("message_start", members, out);
  event("ping", "", out);
}

void anthropic_messages_writer::token(answer& a, const part& p, std::string& out) const {
  const auto index = block_index(a, p);
  const auto send = [&](std::string_view name, std::string_view member, std::string_view value) {
    event(name, fmt::format(R"(,"index":{}{}{})", index, member, value), out);
  };
  if (p.first) send("content_block_start", R"(,"content_block":)", first_state(a, p));
  send("content_block_delta", R"(,"delta":)", delta_of(p));
  if (!p.last) return;
  if (p.kind == part_kind::reasoning)
    send("content_block_delta", R"(,"delta":)",
         string_member(R"({"type":"signature_delta","signature":)", a.signature, "}"));
  send("content_block_stop", "", "");
}

void anthropic_messages_writer::finish(answer& a, std::string& out) const {
  std::string members = R"(,"delta":{)";
  append_stop(a, members);
  members += R"(},"usage":)";
  if (a.sends_usage) {
    fmt::format_to(std::back_inserter(members),
                   R"({{"input_tokens":{},"cache_creation_input_tokens":{},"cache_read_input_tokens":{},)"
                   R"("output_tokens":{},"output_tokens_details":{{"thinking_tokens":{}}}}})",
                   fresh_tokens(a.usage), a.usage.cache_write_tokens, a.usage.cached_tokens,
                   a.usage.completion_tokens, a.usage.reasoning_tokens);
  } else {
    members += R"({"output_tokens":1})";
  }
  event("message_delta", members, out);
}

void anthropic_messages_writer::usage(answer&, std::string&) const {}

void anthropic_messages_writer::done(answer&, std::string& out) const {
  event("message_stop", "", out);
}

void anthropic_messages_writer::error_event(answer&, const scripted_error& e, std::string& out) const {
  out += "event: error\ndata: " + error_object(e, 500) + "\n\n";
}

void anthropic_messages_writer::garbage(std::string_view text, std::string& out) const {
  fmt::format_to(std::back_inserter(out), "event: content_block_delta\ndata: {}\n\n", text);
}

void anthropic_messages_writer::comment(std::string& out) const {
  event("ping", "", out);
}

std::string anthropic_messages_writer::whole(const answer& a) const {
  auto out = string_member(R"({"id":)", message_id(a), R"(,"type":"message","role":"assistant","model":)");
  append_json_string(out, a.request.model);
  out += R"(,"content":[)";
  std::string blocks;
  if (!a.reasoning.empty()) {
    blocks += string_member(R"(,{"type":"thinking","thinking":)", joined(a.reasoning), R"(,"signature":)");
    append_json_string(blocks, a.signature);
    blocks += '}';
  }
  if (!a.text.empty()) blocks += string_member(R"(,{"type":"text","text":)", joined(a.text), "}");
  for (const auto& call : a.tool_calls)
    blocks += "," + tool_start(call) + (call.arguments.empty() ? "{}" : call.arguments) + "}";
  if (!blocks.empty()) out += blocks.substr(1);
  out += "],";
  append_stop(a, out);
  out += R"(,"usage":)";
  append_usage(a.usage, a.usage.completion_tokens, out);
  out.pop_back();
  fmt::format_to(std::back_inserter(out), R"(,"output_tokens_details":{{"thinking_tokens":{}}}}}}})",
                 a.usage.reasoning_tokens);
  return out;
}

std::string anthropic_messages_writer::error_body(const scripted_error& e, int status) const {
  return error_object(e, status);
}

}  // namespace nearfar::support
