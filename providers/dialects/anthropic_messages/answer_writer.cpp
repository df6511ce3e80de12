#include "providers/dialects/anthropic_messages/answer_writer.hpp"

#include "providers/dialects/anthropic_messages/block_parser.hpp"
#include "providers/dialects/anthropic_messages/call_id.hpp"
#include "providers/dialects/anthropic_messages/json_text.hpp"
#include "providers/dialects/anthropic_messages/message_writer.hpp"
#include "providers/dialects/anthropic_messages/stop_reason.hpp"
#include "providers/dialects/openai_chat/request_writer.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

namespace nearfar::providers::anthropic_messages {
namespace {

using chat::part;
using chat::part_kind;

class blocks {
 public:
  explicit blocks(const answer_terms& terms) : terms_(terms) {}

  void add(const part& each) {
    switch (each.kind) {
      case part_kind::refusal:
        refused = true;
        return text(each);
      case part_kind::text:
        return text(each);
      case part_kind::thinking:
        return thinking(each);
      case part_kind::tool_call:
        return call(each);
      case part_kind::image:
      case part_kind::audio:
      case part_kind::file:
        return plain_text(media_text(each.media), nullptr);
      case part_kind::opaque:
        // A block of this dialect's own came through a reader of this dialect.
        if (each.extra.contains("type")) append_json(next(), each.extra);
        return;
      case part_kind::tool_result:
        return;
    }
  }

  std::string list;
  bool calls = false;
  bool refused = false;

 private:
  std::string& next() {
    if (!list.empty()) list.push_back(',');
    return list;
  }

  void plain_text(std::string_view words, const json::value* citations) {
    if (words.empty()) return;
    next().append("{\"type\":\"text\"");
    append_member(list, "text", words);
    if (citations) {
      append_key(list, "citations");
      append_json(list, *citations);
    }
    list.push_back('}');
  }

  void text(const part& each) {
    plain_text(each.text, each.extra.if_contains("citations"));
    if (!each.signature.empty()) of_block(of_text, each);
  }

  std::string_view issuer(const part& each) const {
    return each.issuer.empty() ? terms_.issuer : each.issuer;
  }

  void redacted(std::string_view data) {
    next().append("{\"type\":\"redacted_thinking\"");
    append_member(list, "data", data);
    list.push_back('}');
  }

  void of_block(std::string_view of, const part& each) {
    redacted(signature_text(std::string{of}.append(each.signature), issuer(each)));
  }

  void thinking(const part& each) {
    const std::string signature =
        each.signature.empty() ? std::string{} : signature_text(each.signature, issuer(each));
    if (each.redacted) return redacted(signature);
    next().append("{\"type\":\"thinking\"");
    append_member(list, "thinking", each.text);
    append_member(list, "signature", signature);
    list.push_back('}');
  }

  void call(const part& each) {
    calls = true;
    const auto input = parse_json(each.text);
    next().append("{\"type\":\"tool_use\"");
    append_member(
        list, "id",
        each.id.empty() ? fmt::format("toolu_{}_{}", call_id(terms_.id), count_) : call_id(each.id));
    ++count_;
    append_member(list, "name", each.name);
    append_key(list, "input");
    if (input && input->is_object()) {
      append_json(list, *input);
    } else if (each.text.find_first_not_of(" \t\r\n") == std::string::npos) {
      list.append("{}");
    } else {
      list.append("{\"_raw\":");
      openai_chat::append_json_string(list, each.text);
      list.push_back('}');
    }
    list.push_back('}');
    if (!each.signature.empty()) of_block(of_call, each);
  }

  const answer_terms& terms_;
  std::size_t count_ = 0;
};

}  // namespace

std::string write_answer(const chat::chat_answer& answer, const answer_terms& terms) {
  static const chat::answer_choice none;
  const chat::answer_choice& choice = answer.choices.empty() ? none : answer.choices.front();
  blocks made{terms};
  for (const part& each : choice.parts) made.add(each);
  std::string to = "{";
  append_member(to, "id", message_id(answer.id, terms.id));
  to.append(",\"type\":\"message\",\"role\":\"assistant\"");
  append_member(to, "model", terms.model.empty() ? std::string_view{answer.model} : terms.model);
  to.append(",\"content\":[").append(made.list).append("]");
  append_member(to, "stop_reason",
                stop_reason({.why = choice.why,
                             .native = choice.native,
                             .stopped_by_sequence = !choice.stop_sequence.empty(),
                             .calls = made.calls,
                             .refused = made.refused}));
  append_key(to, "stop_sequence");
  if (choice.stop_sequence.empty()) {
    to.append("null");
  } else {
    openai_chat::append_json_string(to, choice.stop_sequence);
  }
  to.append(",\"usage\":{");
  append_usage(to, answer.tokens.value_or(usage{}));
  if (!answer.service_tier.empty()) append_member(to, "service_tier", answer.service_tier);
  to.append("}}");
  return to;
}

}  // namespace nearfar::providers::anthropic_messages
