#include "tests/support/dialects/openai_completions_writer.hpp"

#include "tests/support/dialects/openai_rules.hpp"
#include "tests/support/json_text.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <iterator>

namespace nearfar::support {
namespace {

std::string start(const answer& a) {
  std::string out = R"({"id":)";
  append_json_string(out, a.id);
  out += R"(,"object":"text_completion","created":1760000000,"model":)";
  append_json_string(out, a.request.model);
  return out + R"(,"choices":[)";
}

std::string choice(std::string_view text, std::string_view finish_reason) {
  std::string out = R"({"text":)";
  append_json_string(out, text);
  out += R"(,"index":0,"logprobs":null,"finish_reason":)";
  if (finish_reason.empty()) {
    out += "null";
  } else {
    append_json_string(out, finish_reason);
  }
  return out + "}";
}

std::string usage_json(const scripted_usage& u) {
  return fmt::format(R"({{"prompt_tokens":{},"completion_tokens":{},"total_tokens":{}}})", u.prompt_tokens,
                     u.completion_tokens, u.prompt_tokens + u.completion_tokens);
}

void chunk(const answer& a, const std::string& choices, std::string_view behind, std::string& out) {
  out += "data: " + start(a) + choices + "]";
  out += behind;
  out += "}\n\n";
}

std::optional<refusal> refuses(const incoming& in, const json::object& top) {
  if (auto wrong = openai_key_refuses(in.head)) return wrong;
  const auto name =
      unknown_name(top, {"model", "prompt", "best_of", "echo", "frequency_penalty", "presence_penalty",
                         "logit_bias", "logprobs", "max_tokens", "n", "seed", "stop", "stream",
                         "stream_options", "suffix", "temperature", "top_p", "user"});
  if (!name.empty()) return openai_unknown_field(name);
  if (count_member(top, "logprobs") > 5)
    return openai_refusal("Invalid 'logprobs': integer above maximum value. Expected a value <= 5.",
                          "integer_above_max_value", "logprobs");
  return openai_model_refuses(in.how, top);
}

}  // namespace

bool openai_completions_writer::serves(std::string_view path) const {
  return path.ends_with("/completions") && !path.ends_with("/chat/completions");
}

boost::system::result<answer_request, refusal> openai_completions_writer::read(const incoming& in) const {
  const auto top = parsed_object(in.body);
  if (!top) return openai_refusal("We could not parse the JSON body of your request.");
  if (text_member(*top, "model").empty()) return openai_refusal("you must provide a model parameter");
  if (strict(in, true)) {
    if (auto wrong = refuses(in, *top)) return std::move(*wrong);
  }
  answer_request out;
  out.model = text_member(*top, "model");
  out.stream = flag_member(*top, "stream");
  if (const auto* options = object_member(*top, "stream_options")) {
    out.include_usage = flag_member(*options, "include_usage");
  }
  out.max_tokens = given(*top, "max_tokens") ? count_member(*top, "max_tokens") : 16;
  out.prompt_tokens = 1 + in.body.size() / 4;
  out.shows_reasoning = false;
  return out;
}

void openai_completions_writer::opening(answer&, std::string&) const {}

void openai_completions_writer::token(answer& a, const part& p, std::string& out) const {
  if (p.kind == part_kind::text) chunk(a, choice(p.text, ""), "", out);
}

void openai_completions_writer::finish(answer& a, std::string& out) const {
  chunk(a, choice("", a.finish_reason), "", out);
}

void openai_completions_writer::usage(answer& a, std::string& out) const {
  if (a.request.include_usage) chunk(a, "", R"(,"usage":)" + usage_json(a.usage), out);
}

void openai_completions_writer::done(answer&, std::string& out) const {
  out += "data: [DONE]\n\n";
}

void openai_completions_writer::error_event(answer&, const scripted_error& e, std::string& out) const {
  out += "data: " + error_body(e, 500) + "\n\n";
}

void openai_completions_writer::garbage(std::string_view text, std::string& out) const {
  fmt::format_to(std::back_inserter(out), "data: {}\n\n", text);
}

void openai_completions_writer::comment(std::string& out) const {
  out += ": keep-alive\n\n";
}

std::string openai_completions_writer::whole(const answer& a) const {
  return start(a) + choice(joined(a.text), a.finish_reason) + R"(],"usage":)" + usage_json(a.usage) + "}";
}

std::string openai_completions_writer::error_body(const scripted_error& e, int) const {
  std::string out = R"({"error":{"message":)";
  append_json_string(out, e.message);
  out += R"(,"type":)";
  append_json_string(out, e.type);
  out += R"(,"param":null,"code":)";
  if (e.code.empty()) {
    out += "null";
  } else {
    append_json_string(out, e.code);
  }
  return out + "}}";
}

}  // namespace nearfar::support
