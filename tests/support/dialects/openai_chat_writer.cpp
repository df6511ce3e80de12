#include "tests/support/dialects/openai_chat_writer.hpp"

#include "tests/support/dialects/openai_rules.hpp"
#include "tests/support/dialects/request_json.hpp"
#include "tests/support/dialects/vendor_quirks.hpp"
#include "tests/support/json_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace nearfar::support {
namespace {

// A fixed moment, so that the same request always gives the same bytes.
constexpr std::string_view created = "1760000000";

void chunk_start(const answer& a, std::string& out) {
  out += R"(data: {"id":)";
  append_json_string(out, a.id);
  out += R"(,"object":"chat.completion.chunk","created":)";
  out += created;
  out += R"(,"model":)";
  append_json_string(out, a.request.model);
  out += R"(,"service_tier":"default","system_fingerprint":"fp_double","choices":[)";
}

void choice(const answer& a, std::string_view delta, std::string_view finish_reason, std::string& out) {
  chunk_start(a, out);
  out += R"({"index":0,"delta":)";
  out += delta;
  out += R"(,"logprobs":null,"finish_reason":)";
  if (finish_reason.empty()) {
    out += "null";
  } else {
    append_json_string(out, finish_reason);
  }
  out += "}]";
  if (a.request.include_usage) out += R"(,"usage":null)";
  out += "}\n\n";
}

void append_usage(const answer& a, std::string& out) {
  const auto& u = a.usage;
  const auto quirks = quirks_of(a.vendor);
  const auto said = quirks.reasoning_outside
                        ? u.completion_tokens - std::min(u.completion_tokens, u.reasoning_tokens)
                        : u.completion_tokens;
  fmt::format_to(std::back_inserter(out), R"({{"prompt_tokens":{},"completion_tokens":{},"total_tokens":{},)",
                 u.prompt_tokens, said, u.prompt_tokens + u.completion_tokens);
  if (!quirks.cached_name.empty())
    fmt::format_to(std::back_inserter(out), R"("{}":{},)", quirks.cached_name, u.cached_tokens);
  if (!quirks.no_details) {
    fmt::format_to(std::back_inserter(out),
                   R"("prompt_tokens_details":{{"cached_tokens":{},"audio_tokens":0}},)", u.cached_tokens);
  }
  if (a.vendor == "openrouter") out += R"("cost":0.0001,"is_byok":false,)";
  fmt::format_to(std::back_inserter(out),
                 R"("completion_tokens_details":{{"reasoning_tokens":{},"audio_tokens":0,)"
                 R"("accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}}})",
                 u.reasoning_tokens);
}

std::string tool_call_json(const answer& a, std::size_t index, std::string_view arguments) {
  const auto& call = a.tool_calls[index];
  std::string out = R"("id":)";
  append_json_string(out, call.id);
  out += R"(,"type":"function","function":{"name":)";
  append_json_string(out, call.name);
  out += R"(,"arguments":)";
  append_json_string(out, arguments);
  out += '}';
  if (index == 0 && quirks_of(a.vendor).signs_calls) {
    out += R"(,"extra_content":{"google":{"thought_signature":)";
    append_json_string(out, a.signature);
    out += "}}";
  }
  return out + "}";
}

std::string call_delta(const answer& a, std::size_t index) {
  const auto form = quirks_of(a.vendor).calls;
  const auto arguments =
      form == call_form::pieces ? std::string_view{} : std::string_view(a.tool_calls[index].arguments);
  const auto place = form == call_form::whole_unindexed ? "" : fmt::format(R"("index":{},)", index);
  return fmt::format(R"({{"tool_calls":[{{{}{}]}})", place, tool_call_json(a, index, arguments));
}

std::string_view finish_reason(const answer& a) {
  if (quirks_of(a.vendor).stops_after_calls && a.finish_reason == "tool_calls") return "stop";
  return a.finish_reason;
}

std::string error_object(const scripted_error& e) {
  std::string out = R"({"error":{"message":)";
  append_json_string(out, e.message);
  out += R"(,"type":)";
  append_json_string(out, e.type);
  out += R"(,"param":)";
  if (e.param.empty()) {
    out += "null";
  } else {
    append_json_string(out, e.param);
  }
  out += R"(,"code":)";
  if (e.code.empty()) {
    out += "null";
  } else {
    append_json_string(out, e.code);
  }
  out += "}}";
  return out;
}

}  // namespace

bool openai_chat_writer::serves(std::string_view path) const {
  return path.ends_with("/chat/completions");
}

boost::system::result<answer_request, refusal> openai_chat_writer::read(const incoming& in) const {
  auto top = parsed_object(in.body);
  if (!top) return openai_refusal("We could not parse the JSON body of your request.");
  if (auto wrong = openai_chat_refuses(in, *top, strict(in, false))) return std::move(*wrong);
  answer_request out;
  out.model = text_member(*top, "model");
  out.stream = flag_member(*top, "stream");
  if (const auto* options = object_member(*top, "stream_options")) {
    out.include_usage = flag_member(*options, "include_usage");
  }
  out.max_tokens = count_member(*top, "max_completion_tokens");
  if (out.max_tokens == 0) out.max_tokens = count_member(*top, "max_tokens");
  out.prompt_tokens = 1 + in.body.size() / 4;
  return out;
}

void openai_chat_writer::opening(answer& a, std::string& out) const {
  choice(a, R"({"role":"assistant","content":"","refusal":null})", "", out);
}

void openai_chat_writer::token(answer& a, const part& p, std::string& out) const {
  std::string delta;
  switch (p.kind) {
    case part_kind::text:
      delta = R"({"content":)";
      append_json_string(delta, p.text);
      delta += '}';
      break;
    case part_kind::reasoning:
      delta = "{" + reasoning_members(a, p) + "}";
      break;
    case part_kind::tool_call_start:
      delta = call_delta(a, p.tool_index);
      break;
    case part_kind::tool_call_piece:
      if (quirks_of(a.vendor).calls != call_form::pieces) return;
      delta = fmt::format(R"({{"tool_calls":[{{"index":{},"function":{{"arguments":)", p.tool_index);
      append_json_string(delta, p.text);
      delta += "}}]}";
      break;
  }
  choice(a, delta, "", out);
}

void openai_chat_writer::finish(answer& a, std::string& out) const {
  choice(a, "{}", finish_reason(a), out);
}

void openai_chat_writer::usage(answer& a, std::string& out) const {
  if (!a.request.include_usage && !quirks_of(a.vendor).always_usage) return;
  chunk_start(a, out);
  out += R"(],"usage":)";
  append_usage(a, out);
  out += "}\n\n";
}

void openai_chat_writer::done(answer&, std::string& out) const {
  out += "data: [DONE]\n\n";
}

void openai_chat_writer::error_event(answer&, const scripted_error& e, std::string& out) const {
  out += "data: " + error_object(e) + "\n\n";
}

void openai_chat_writer::garbage(std::string_view text, std::string& out) const {
  out += "data: ";
  out += text;
  out += "\n\n";
}

void openai_chat_writer::comment(std::string& out) const {
  out += ": keep-alive\n\n";
}

std::string openai_chat_writer::whole(const answer& a) const {
  std::string out = R"({"id":)";
  append_json_string(out, a.id);
  out += R"(,"object":"chat.completion","created":)";
  out += created;
  out += R"(,"model":)";
  append_json_string(out, a.request.model);
  out += R"(,"choices":[{"index":0,"message":{"role":"assistant",)";
  out += whole_content(a);
  out += R"(,"refusal":null)";
  for (std::size_t i = 0; i < a.tool_calls.size(); ++i) {
    out += i == 0 ? R"(,"tool_calls":[{)" : ",{";
    out += tool_call_json(a, i, a.tool_calls[i].arguments);
    if (i + 1 == a.tool_calls.size()) out += ']';
  }
  out += R"(},"logprobs":null,"finish_reason":)";
  append_json_string(out, finish_reason(a));
  out += R"(}],"usage":)";
  append_usage(a, out);
  out += R"(,"service_tier":"default","system_fingerprint":"fp_double"})";
  return out;
}

std::string openai_chat_writer::error_body(const scripted_error& e, int) const {
  return error_object(e);
}

}  // namespace nearfar::support
