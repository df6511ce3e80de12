#include "tests/support/dialects/gemini_writer.hpp"

#include "tests/support/dialects/gemini_rules.hpp"
#include "tests/support/json_text.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>
#include <iterator>

namespace nearfar::support {
namespace {

struct call_target {
  std::string model;
  std::string method;
};

// ".../models/MODEL:METHOD"; the method is empty where it is something else.
call_target target_of(std::string_view path) {
  const auto start = path.rfind("/models/");
  if (start == std::string_view::npos) return {};
  path.remove_prefix(start + std::string_view("/models/").size());
  const auto colon = path.rfind(':');
  if (colon == std::string_view::npos) return {};
  return {std::string(path.substr(0, colon)), std::string(path.substr(colon + 1))};
}

std::string_view status_word(const scripted_error& e, int status) {
  const auto upper = [](char c) { return (c >= 'A' && c <= 'Z') || c == '_'; };
  if (!e.type.empty() && std::all_of(e.type.begin(), e.type.end(), upper)) return e.type;
  switch (status) {
    case 400:
      return "INVALID_ARGUMENT";
    case 401:
      return "UNAUTHENTICATED";
    case 402:
    case 403:
      return "PERMISSION_DENIED";
    case 404:
      return "NOT_FOUND";
    case 429:
      return "RESOURCE_EXHAUSTED";
    case 499:
      return "CANCELLED";
    case 503:
      return "UNAVAILABLE";
    case 504:
      return "DEADLINE_EXCEEDED";
    default:
      return "INTERNAL";
  }
}

std::string error_object(const scripted_error& e, int status) {
  auto out = fmt::format(R"({{"error":{{"code":{},"message":)", status);
  append_json_string(out, e.message);
  out += R"(,"status":)";
  append_json_string(out, status_word(e, status));
  if (!e.code.empty()) {
    out += R"(,"details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":)";
    append_json_string(out, e.code);
    out += R"(,"domain":"googleapis.com"}])";
  }
  return out + "}}";
}

std::string_view finish_reason(const answer& a) {
  if (a.finish_reason == "stop" || a.finish_reason == "tool_calls") return "STOP";
  if (a.finish_reason == "length") return "MAX_TOKENS";
  if (a.finish_reason == "content_filter") return "SAFETY";
  return a.finish_reason;
}

void append_usage(const answer& a, std::uint64_t candidates, std::string& out) {
  const auto& u = a.usage;
  fmt::format_to(std::back_inserter(out), R"({{"promptTokenCount":{},)", u.prompt_tokens);
  if (u.cached_tokens != 0)
    fmt::format_to(std::back_inserter(out), R"("cachedContentTokenCount":{},)", u.cached_tokens);
  fmt::format_to(std::back_inserter(out), R"("candidatesTokenCount":{},)", candidates);
  if (u.reasoning_tokens != 0)
    fmt::format_to(std::back_inserter(out), R"("thoughtsTokenCount":{},)", u.reasoning_tokens);
  fmt::format_to(std::back_inserter(out),
                 R"("totalTokenCount":{},"promptTokensDetails":[{{"modality":"TEXT","tokenCount":{}}}]}})",
                 u.prompt_tokens + candidates + u.reasoning_tokens, u.prompt_tokens);
}

std::uint64_t all_candidates(const answer& a) {
  return a.usage.completion_tokens - std::min(a.usage.completion_tokens, a.usage.reasoning_tokens);
}

std::string text_part(std::string_view text, bool thought) {
  std::string out = R"({"text":)";
  append_json_string(out, text);
  if (thought) out += R"(,"thought":true)";
  return out + "}";
}

bool signs_calls(const answer& a) {
  return a.signs || third_generation(a.request.model);
}

std::string call_part(const answer& a, std::size_t index) {
  const auto& call = a.tool_calls[index];
  std::string out = R"({"functionCall":{"name":)";
  append_json_string(out, call.name);
  out += R"(,"args":)" + (call.arguments.empty() ? std::string("{}") : call.arguments);
  if (third_generation(a.request.model)) {
    out += R"(,"id":)";
    append_json_string(out, call.id);
  }
  out += '}';
  if (index == 0 && signs_calls(a)) {
    out += R"(,"thoughtSignature":)";
    append_json_string(out, a.signature);
  }
  return out + "}";
}

// Where no call carries the signature, an empty text at the end does.
std::string signature_part(const answer& a) {
  if (!a.signs || !a.tool_calls.empty()) return {};
  std::string out = R"({"text":"","thoughtSignature":)";
  append_json_string(out, a.signature);
  return out + "}";
}

void tail(const answer& a, std::uint64_t candidates, std::string& out) {
  if (a.sends_usage) {
    out += R"(,"usageMetadata":)";
    append_usage(a, candidates, out);
  }
  out += R"(,"modelVersion":)";
  append_json_string(out, a.request.model);
  out += R"(,"responseId":)";
  append_json_string(out, a.id);
  out += '}';
}

void chunk(answer& a, std::string_view candidate, std::uint64_t candidates, std::string& out) {
  if (a.request.as_array) {
    if (a.events != 0) out += ",\n";
  } else {
    out += "data: ";
  }
  ++a.events;
  out += R"({"candidates":[)";
  out += candidate;
  out += ']';
  tail(a, candidates, out);
  if (!a.request.as_array) out += "\r\n\r\n";
}

answer_request count_tokens(const incoming& in, answer_request out) {
  const auto tokens = in.how.usage ? in.how.usage->prompt_tokens : out.prompt_tokens;
  out.costs = false;
  out.whole = fmt::format(
      R"({{"totalTokens":{0},"promptTokensDetails":[{{"modality":"TEXT","tokenCount":{0}}}]}})", tokens);
  return out;
}

constexpr std::string_view vector_json = R"({"values":[0.25,-0.5,0.75]})";

}  // namespace

bool gemini_writer::serves(std::string_view path) const {
  return one_of(target_of(path).method, {"generateContent", "streamGenerateContent", "countTokens",
                                         "embedContent", "batchEmbedContents"});
}

boost::system::result<answer_request, refusal> gemini_writer::read(const incoming& in) const {
  const auto target = target_of(in.head.path());
  const auto parsed = parsed_object(in.body);
  if (!parsed) return gemini_refusal("Invalid JSON payload received. Unexpected token.");
  const auto named = camel_names(*parsed);
  const auto& top = named.get_object();
  const bool strictly = strict(in, true);
  if (strictly) {
    if (auto wrong = gemini_key_refuses(in.head)) return std::move(*wrong);
  }
  answer_request out;
  out.model = target.model;
  out.prompt_tokens = 1 + in.body.size() / 4;
  if (target.method == "countTokens") return count_tokens(in, std::move(out));
  if (target.method == "embedContent") {
    out.whole = fmt::format(R"({{"embedding":{}}})", vector_json);
    return out;
  }
  if (target.method == "batchEmbedContents") {
    const auto* requests = array_member(top, "requests");
    std::string list;
    for (std::size_t i = 0; requests != nullptr && i < requests->size(); ++i)
      list += (list.empty() ? "" : ",") + std::string(vector_json);
    out.whole = fmt::format(R"({{"embeddings":[{}]}})", list);
    return out;
  }
  if (strictly) {
    if (auto wrong = gemini_refuses(in, target.model, top)) return std::move(*wrong);
  }
  out.stream = target.method == "streamGenerateContent";
  out.as_array = out.stream && in.head.target.find("alt=sse") == std::string::npos;
  const auto* config = object_member(top, "generationConfig");
  if (config != nullptr) out.max_tokens = count_member(*config, "maxOutputTokens");
  const auto* thinking = config == nullptr ? nullptr : object_member(*config, "thinkingConfig");
  out.shows_reasoning = !strictly || (thinking != nullptr && flag_member(*thinking, "includeThoughts"));
  return out;
}

std::string_view gemini_writer::stream_type(const answer& a) const {
  return a.request.as_array ? "application/json" : "text/event-stream";
}

void gemini_writer::opening(answer& a, std::string& out) const {
  if (a.request.as_array) out += '[';
}

void gemini_writer::token(answer& a, const part& p, std::string& out) const {
  if (p.kind == part_kind::tool_call_piece) return;
  const auto body = p.kind == part_kind::tool_call_start ? call_part(a, p.tool_index)
                                                         : text_part(p.text, p.kind == part_kind::reasoning);
  chunk(a, fmt::format(R"({{"content":{{"parts":[{}],"role":"model"}},"index":0}})", body),
        std::min(a.events + 1, all_candidates(a)), out);
}

void gemini_writer::finish(answer& a, std::string& out) const {
  auto part = signature_part(a);
  if (part.empty()) part = R"({"text":""})";
  auto candidate = fmt::format(R"({{"content":{{"parts":[{}],"role":"model"}},"finishReason":)", part);
  append_json_string(candidate, finish_reason(a));
  candidate += R"(,"index":0})";
  chunk(a, candidate, all_candidates(a), out);
}

void gemini_writer::usage(answer&, std::string&) const {}

void gemini_writer::done(answer& a, std::string& out) const {
  if (a.request.as_array) out += ']';
}

void gemini_writer::error_event(answer& a, const scripted_error& e, std::string& out) const {
  if (a.request.as_array) {
    out += (a.events == 0 ? "" : ",\n") + error_object(e, 500) + "]";
  } else {
    out += "data: " + error_object(e, 500) + "\r\n\r\n";
  }
}

void gemini_writer::garbage(std::string_view text, std::string& out) const {
  out += "data: ";
  out += text;
  out += "\r\n\r\n";
}

void gemini_writer::comment(std::string&) const {}  // Google sends none

std::string gemini_writer::whole(const answer& a) const {
  std::string parts;
  const auto add = [&](const std::string& part) {
    if (!part.empty()) parts += (parts.empty() ? "" : ",") + part;
  };
  if (!a.reasoning.empty()) add(text_part(joined(a.reasoning), true));
  if (!a.text.empty()) add(text_part(joined(a.text), false));
  for (std::size_t i = 0; i < a.tool_calls.size(); ++i) add(call_part(a, i));
  add(signature_part(a));
  std::string out = R"({"candidates":[{"content":{)";
  if (!parts.empty()) out += R"("parts":[)" + parts + "],";
  out += R"("role":"model"},"finishReason":)";
  append_json_string(out, finish_reason(a));
  out += R"(,"index":0}])";
  tail(a, all_candidates(a), out);
  return out;
}

std::string gemini_writer::error_body(const scripted_error& e, int status) const {
  return error_object(e, status);
}

}  // namespace nearfar::support
