#include "providers/dialects/gemini/answer_writer.hpp"

#include "providers/dialects/gemini/chunk_writer.hpp"
#include "providers/dialects/gemini/grounding.hpp"
#include "providers/dialects/gemini/thought_signature.hpp"
#include "providers/dialects/gemini/words.hpp"
#include "providers/dialects/openai_chat/request_writer.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

namespace nearfar::providers::gemini {

using chat::part_kind;
using openai_chat::append_json_string;

namespace {

void append_spoken(std::string& to, const chat::part& part) {
  to.append("{\"text\":");
  append_json_string(to, part.text);
  if (part.kind == part_kind::thinking) to.append(",\"thought\":true");
  if (!part.signature.empty()) {
    to.append(",\"thoughtSignature\":");
    append_json_string(to, write_signature(part.issuer, part.signature));
  }
  to.push_back('}');
}

std::string parts_of(const chat::answer_choice& choice) {
  std::string out;
  for (const auto& part : choice.parts) {
    if (part.kind == part_kind::tool_result || part.kind == part_kind::opaque) continue;
    if (!out.empty()) out.push_back(',');
    if (part.kind == part_kind::tool_call) {
      append_call_part(out, part);
    } else if (part.kind == part_kind::image || part.kind == part_kind::audio ||
               part.kind == part_kind::file) {
      append_data_part(out, part.media);
    } else {
      append_spoken(out, part);
    }
  }
  return out;
}

std::string more_of(const chat::answer_choice& choice) {
  std::string out = ",\"finishReason\":\"";
  out.append(finish_reason_of(choice.why, choice.native)).append("\"");
  if (const auto* list = choice.annotations.if_array()) {
    std::vector<std::string> texts;
    for (const auto& each : *list) texts.push_back(boost::json::serialize(each));
    const auto sources = grounding_of(texts);
    if (!sources.empty()) out.append(",\"groundingMetadata\":").append(sources);
  }
  if (!choice.logprobs.is_null()) {
    const auto result = logprobs_result_of(boost::json::serialize(choice.logprobs));
    if (!result.empty()) out.append(",\"logprobsResult\":").append(result);
  }
  return out;
}

}  // namespace

std::string write_answer(const chat::chat_answer& answer, const answer_terms& terms) {
  std::string out = "{\"candidates\":[";
  for (std::uint32_t i = 0; i < answer.choices.size(); ++i) {
    if (i > 0) out.push_back(',');
    append_candidate(out, parts_of(answer.choices[i]), more_of(answer.choices[i]), i);
  }
  out.push_back(']');
  if (answer.tokens) {
    out.append(",\"usageMetadata\":");
    append_usage(out, *answer.tokens);
  }
  out.append(",\"modelVersion\":");
  append_json_string(out, terms.model.empty() ? std::string_view(answer.model) : terms.model);
  out.append(",\"responseId\":");
  append_json_string(out, answer.id.empty() ? terms.id : std::string_view(answer.id));
  out.push_back('}');
  return out;
}

std::string token_count_body(std::uint64_t tokens) {
  return "{\"totalTokens\":" + std::to_string(tokens) + "}";
}

}  // namespace nearfar::providers::gemini
