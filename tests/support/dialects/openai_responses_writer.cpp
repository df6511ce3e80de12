#include "tests/support/dialects/openai_responses_writer.hpp"

#include "tests/support/dialects/openai_rules.hpp"
#include "tests/support/dialects/responses_rules.hpp"
#include "tests/support/json_text.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <iterator>

namespace nearfar::support {
namespace {

enum class item_state : std::uint8_t { begun, complete };

std::string quoted(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

bool reasons(const answer& a) {
  return a.signs || !a.reasoning.empty();
}

std::string reasoning_id(const answer& a) {
  return "rs_" + a.id;
}
std::string message_id(const answer& a) {
  return "msg_" + a.id;
}
std::string call_item_id(const answer& a, std::size_t index) {
  return fmt::format("{}{}_{}", reasons(a) ? thought_call_prefix : "fc_", a.id, index);
}

std::string reasoning_item(const answer& a, item_state state) {
  std::string summary;
  const bool complete = state == item_state::complete;
  if (complete && !a.reasoning.empty())
    summary = fmt::format(R"({{"type":"summary_text","text":{}}})", quoted(joined(a.reasoning)));
  auto out = fmt::format(R"({{"id":{},"type":"reasoning","summary":[{}])", quoted(reasoning_id(a)), summary);
  if (complete && a.request.seals_reasoning) out += R"(,"encrypted_content":)" + quoted(a.signature);
  return out + "}";
}

std::string text_part(std::string_view text) {
  return fmt::format(R"({{"type":"output_text","annotations":[],"logprobs":[],"text":{}}})", quoted(text));
}

std::string_view item_status(item_state state) {
  return state == item_state::complete ? "completed" : "in_progress";
}

std::string message_item(const answer& a, item_state state) {
  const bool complete = state == item_state::complete;
  return fmt::format(R"({{"id":{},"type":"message","status":"{}","content":[{}],"role":"assistant"}})",
                     quoted(message_id(a)), item_status(state), complete ? text_part(joined(a.text)) : "");
}

std::string call_item(const answer& a, std::size_t index, item_state state) {
  const auto& call = a.tool_calls[index];
  return fmt::format(
      R"({{"id":{},"type":"function_call","status":"{}","arguments":{},"call_id":{},"name":{}}})",
      quoted(call_item_id(a, index)), item_status(state),
      quoted(state == item_state::complete ? call.arguments : ""), quoted(call.id), quoted(call.name));
}

std::string output_items(const answer& a) {
  std::string out;
  const auto add = [&](const std::string& item) { out += (out.empty() ? "" : ",") + item; };
  if (reasons(a)) add(reasoning_item(a, item_state::complete));
  if (!a.text.empty()) add(message_item(a, item_state::complete));
  for (std::size_t i = 0; i < a.tool_calls.size(); ++i) add(call_item(a, i, item_state::complete));
  return out;
}

std::string usage_json(const answer& a) {
  const auto& u = a.usage;
  return fmt::format(
      R"({{"input_tokens":{},"input_tokens_details":{{"cached_tokens":{},"cache_write_tokens":{}}},)"
      R"("output_tokens":{},"output_tokens_details":{{"reasoning_tokens":{}}},"total_tokens":{}}})",
      u.prompt_tokens, u.cached_tokens, u.cache_write_tokens, u.completion_tokens, u.reasoning_tokens,
      u.prompt_tokens + u.completion_tokens);
}

std::string response(const answer& a, item_state state) {
  const bool complete = state == item_state::complete;
  const bool cut = a.finish_reason == "length" || a.finish_reason == "content_filter";
  const auto why = a.finish_reason == "length" ? "max_output_tokens" : "content_filter";
  return fmt::format(
      R"({{"id":{},"object":"response","created_at":1760000000,"status":"{}","background":false,"error":null,)"
      R"("incomplete_details":{},"instructions":null,"max_output_tokens":null,"model":{},"output":[{}],)"
      R"("parallel_tool_calls":true,"previous_response_id":null,"reasoning":{{"effort":null,"summary":null}},)"
      R"("service_tier":"default","store":false,"temperature":1.0,"text":{{"format":{{"type":"text"}}}},)"
      R"("tool_choice":"auto","tools":[],"top_p":1.0,"truncation":"disabled","usage":{},"user":null,)"
      R"("metadata":{{}}}})",
      quoted("resp_" + a.id), !complete ? "in_progress" : (cut ? "incomplete" : "completed"),
      complete && cut ? fmt::format(R"({{"reason":"{}"}})", why) : "null", quoted(a.request.model),
      complete ? output_items(a) : "", complete && a.sends_usage ? usage_json(a) : "null");
}

void event(answer& a, std::string_view name, std::string_view members, std::string& out) {
  fmt::format_to(std::back_inserter(out),
                 "event: {0}\ndata: {{\"type\":\"{0}\",\"sequence_number\":{1}{2}}}\n\n", name, a.events++,
                 members);
}

std::size_t output_index(const answer& a, const part& p) {
  if (p.kind == part_kind::reasoning) return 0;
  std::size_t out = reasons(a) ? 1 : 0;
  if (p.kind == part_kind::text) return out;
  return out + (a.text.empty() ? 0U : 1U) + p.tool_index;
}

// The names and the place that an item's events share.
struct item_events {
  answer& a;
  std::string& out;
  std::string place;  // `,"item_id":..,"output_index":N`

  void send(std::string_view name, std::string_view members) {
    event(a, name, place + std::string(members), out);
  }
  void item(std::string_view name, std::size_t index, const std::string& json) {
    event(a, name, fmt::format(R"(,"output_index":{},"item":{})", index, json), out);
  }
};

void reasoning_token(item_events e, const part& p) {
  constexpr std::string_view summary = R"(,"summary_index":0)";
  const auto part_of = [&](std::string_view text) {
    return fmt::format(R"({},"part":{{"type":"summary_text","text":{}}})", summary, quoted(text));
  };
  if (p.first) {
    e.item("response.output_item.added", 0, reasoning_item(e.a, item_state::begun));
    e.send("response.reasoning_summary_part.added", part_of(""));
  }
  e.send("response.reasoning_summary_text.delta", fmt::format(R"({},"delta":{})", summary, quoted(p.text)));
  if (!p.last) return;
  const auto whole = joined(e.a.reasoning);
  e.send("response.reasoning_summary_text.done", fmt::format(R"({},"text":{})", summary, quoted(whole)));
  e.send("response.reasoning_summary_part.done", part_of(whole));
  e.item("response.output_item.done", 0, reasoning_item(e.a, item_state::complete));
}

void text_token(item_events e, const part& p, std::size_t index) {
  constexpr std::string_view content = R"(,"content_index":0)";
  if (p.first) {
    e.item("response.output_item.added", index, message_item(e.a, item_state::begun));
    e.send("response.content_part.added", fmt::format(R"({},"part":{})", content, text_part("")));
  }
  e.send("response.output_text.delta",
         fmt::format(R"({},"delta":{},"logprobs":[],"obfuscation":"xyz")", content, quoted(p.text)));
  if (!p.last) return;
  const auto whole = joined(e.a.text);
  e.send("response.output_text.done", fmt::format(R"({},"text":{},"logprobs":[])", content, quoted(whole)));
  e.send("response.content_part.done", fmt::format(R"({},"part":{})", content, text_part(whole)));
  e.item("response.output_item.done", index, message_item(e.a, item_state::complete));
}

void call_token(item_events e, const part& p, std::size_t index) {
  if (p.first) e.item("response.output_item.added", index, call_item(e.a, p.tool_index, item_state::begun));
  if (p.kind == part_kind::tool_call_piece)
    e.send("response.function_call_arguments.delta", fmt::format(R"(,"delta":{})", quoted(p.text)));
  if (!p.last) return;
  e.send("response.function_call_arguments.done",
         fmt::format(R"(,"arguments":{})", quoted(e.a.tool_calls[p.tool_index].arguments)));
  e.item("response.output_item.done", index, call_item(e.a, p.tool_index, item_state::complete));
}

}  // namespace

bool openai_responses_writer::serves(std::string_view path) const {
  return path.ends_with("/responses");
}

boost::system::result<answer_request, refusal> openai_responses_writer::read(const incoming& in) const {
  const auto top = parsed_object(in.body);
  if (!top) return openai_refusal("We could not parse the JSON body of your request.");
  const bool strictly = strict(in, true);
  if (strictly) {
    if (auto wrong = responses_refuse(in, *top)) return std::move(*wrong);
  }
  answer_request out;
  out.model = text_member(*top, "model");
  out.stream = flag_member(*top, "stream");
  out.max_tokens = count_member(*top, "max_output_tokens");
  out.prompt_tokens = 1 + in.body.size() / 4;
  const auto* reasoning = object_member(*top, "reasoning");
  out.shows_reasoning = !strictly || (reasoning != nullptr && given(*reasoning, "summary"));
  if (const auto* list = array_member(*top, "include")) {
    for (const auto& word : *list)
      out.seals_reasoning = out.seals_reasoning || word == "reasoning.encrypted_content";
  }
  return out;
}

void openai_responses_writer::opening(answer& a, std::string& out) const {
  const auto begun = fmt::format(R"(,"response":{})", response(a, item_state::begun));
  event(a, "response.created", begun, out);
  event(a, "response.in_progress", begun, out);
  if (!reasons(a) || !a.reasoning.empty()) return;
  item_events e{a, out, {}};
  e.item("response.output_item.added", 0, reasoning_item(a, item_state::begun));
  e.item("response.output_item.done", 0, reasoning_item(a, item_state::complete));
}

void openai_responses_writer::token(answer& a, const part& p, std::string& out) const {
  const auto index = output_index(a, p);
  const auto id = p.kind == part_kind::reasoning ? reasoning_id(a)
                  : p.kind == part_kind::text    ? message_id(a)
                                                 : call_item_id(a, p.tool_index);
  item_events e{a, out, fmt::format(R"(,"item_id":{},"output_index":{})", quoted(id), index)};
  if (p.kind == part_kind::reasoning) return reasoning_token(std::move(e), p);
  if (p.kind == part_kind::text) return text_token(std::move(e), p, index);
  call_token(std::move(e), p, index);
}

void openai_responses_writer::finish(answer&, std::string&) const {}  // all is in the last event
void openai_responses_writer::usage(answer&, std::string&) const {}

void openai_responses_writer::done(answer& a, std::string& out) const {
  const bool cut = a.finish_reason == "length" || a.finish_reason == "content_filter";
  event(a, cut ? "response.incomplete" : "response.completed",
        fmt::format(R"(,"response":{})", response(a, item_state::complete)), out);
}

void openai_responses_writer::error_event(answer& a, const scripted_error& e, std::string& out) const {
  event(a, "error",
        fmt::format(R"(,"code":{},"message":{},"param":null)",
                    e.code.empty() ? quoted(e.type) : quoted(e.code), quoted(e.message)),
        out);
}

void openai_responses_writer::garbage(std::string_view text, std::string& out) const {
  fmt::format_to(std::back_inserter(out), "event: response.output_text.delta\ndata: {}\n\n", text);
}

void openai_responses_writer::comment(std::string& out) const {
  out += ": keep-alive\n\n";
}

std::string openai_responses_writer::whole(const answer& a) const {
  return response(a, item_state::complete);
}

std::string openai_responses_writer::error_body(const scripted_error& e, int) const {
  return fmt::format(R"({{"error":{{"message":{},"type":{},"param":{},"code":{}}}}})", quoted(e.message),
                     quoted(e.type), e.param.empty() ? "null" : quoted(e.param),
                     e.code.empty() ? "null" : quoted(e.code));
}

}  // namespace nearfar::support
