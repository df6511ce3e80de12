#include "providers/dialects/openai_chat/answer_writer.hpp"

#include "providers/dialects/openai_chat/answer_text.hpp"
#include "providers/dialects/openai_chat/finish_words.hpp"
#include "providers/dialects/openai_chat/request_writer.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>

namespace nearfar::providers::openai_chat {

using chat::part_kind;

namespace {

void append_member(std::string& to, std::string_view name, std::string_view text) {
  to.append(",\"").append(name).append("\":");
  append_json_string(to, text);
}

std::string all_of(const std::vector<chat::part>& parts, part_kind kind) {
  std::string text;
  for (const chat::part& each : parts) {
    if (each.kind == kind) text += each.text;
  }
  return text;
}

bool has(const std::vector<chat::part>& parts, part_kind kind) {
  return std::any_of(parts.begin(), parts.end(), [&](const chat::part& each) { return each.kind == kind; });
}

std::string_view issuer_of(const chat::part& part, const answer_terms& terms) {
  return part.issuer.empty() ? terms.issuer : std::string_view{part.issuer};
}

bool is_signed_call(const chat::part& part, const answer_terms& terms) {
  return part.kind == part_kind::tool_call && !part.signature.empty() && !part.id.empty() &&
         goes_into_details(issuer_of(part, terms));
}

bool signs(const chat::part& part, const answer_terms& terms) {
  if (part.kind == part_kind::tool_call) return is_signed_call(part, terms);
  return (part.kind == part_kind::thinking || part.kind == part_kind::text) && !part.signature.empty();
}

// All thoughts, or none: who reads the details takes no other member for the thoughts.
void append_details(std::string& to, const std::vector<chat::part>& parts, const answer_terms& terms) {
  if (std::none_of(parts.begin(), parts.end(), [&](const chat::part& each) { return signs(each, terms); }))
    return;
  std::size_t count = 0;
  for (const chat::part& each : parts) {
    const bool thinks = each.kind == part_kind::thinking;
    if (!signs(each, terms) && !(thinks && !each.text.empty())) continue;
    const bool calls = each.kind == part_kind::tool_call;
    to.append(count == 0 ? ",\"reasoning_details\":[" : ",");
    append_detail(to, count++,
                  {.text = thinks ? std::string_view{each.text} : std::string_view{},
                   .signature = each.signature,
                   .issuer = issuer_of(each, terms),
                   .redacted = each.redacted || calls,
                   .call = calls ? std::string_view{each.id} : std::string_view{}});
  }
  to.push_back(']');
}

void append_calls(std::string& to, const std::vector<chat::part>& parts, const answer_terms& terms) {
  bool first = true;
  for (const chat::part& each : parts) {
    if (each.kind != part_kind::tool_call) continue;
    const bool custom = each.form == chat::call_form::custom;
    to.append(first ? ",\"tool_calls\":[{\"id\":" : ",{\"id\":");
    first = false;
    append_json_string(to, each.id);
    to.append(custom ? ",\"type\":\"custom\",\"custom\":{\"name\":"
                     : ",\"type\":\"function\",\"function\":{\"name\":");
    append_json_string(to, each.name);
    to.append(custom ? ",\"input\":" : ",\"arguments\":");
    append_json_string(to,
                       each.text.empty() && !custom ? std::string_view{"{}"} : std::string_view{each.text});
    to.push_back('}');
    if (!each.signature.empty()) {
      to.push_back(',');
      append_call_signature(to, each.signature, issuer_of(each, terms));
    }
    to.push_back('}');
  }
  if (!first) to.push_back(']');
}

void append_media(std::string& to, const std::vector<chat::part>& parts, std::string_view id) {
  bool first = true;
  for (const chat::part& each : parts) {
    if (each.kind != part_kind::image) continue;
    to.append(first ? ",\"images\":[" : ",");
    first = false;
    append_image(to, each.media);
  }
  if (!first) to.push_back(']');
  const auto sound = std::find_if(parts.begin(), parts.end(),
                                  [](const chat::part& each) { return each.kind == part_kind::audio; });
  if (sound == parts.end()) return;
  to.append(",\"audio\":{\"id\":");
  append_json_string(to, sound->id.empty() ? id : std::string_view{sound->id});
  append_member(to, "data", sound->media.data);
  append_member(to, "transcript", all_of(parts, part_kind::text));
  to.push_back('}');
}

void append_choice(std::string& to, std::size_t index, const chat::answer_choice& choice, std::string_view id,
                   const answer_terms& terms) {
  const auto& parts = choice.parts;
  const bool called = has(parts, part_kind::tool_call);
  to.append("{\"index\":")
      .append(std::to_string(index))
      .append(",\"message\":{\"role\":\"assistant\",\"content\":");
  const std::string text = all_of(parts, part_kind::text);
  if (text.empty() && (called || has(parts, part_kind::refusal))) {
    to.append("null");
  } else {
    append_json_string(to, text);
  }
  if (has(parts, part_kind::refusal)) {
    append_member(to, "refusal", all_of(parts, part_kind::refusal));
  } else {
    to.append(",\"refusal\":null");
  }
  if (const std::string thoughts = all_of(parts, part_kind::thinking); !thoughts.empty()) {
    append_member(to, "reasoning_content", thoughts);
    append_member(to, "reasoning", thoughts);
  }
  append_details(to, parts, terms);
  append_calls(to, parts, terms);
  append_media(to, parts, id);
  if (!choice.annotations.is_null())
    to.append(",\"annotations\":").append(boost::json::serialize(choice.annotations));
  to.append("},\"logprobs\":").append(boost::json::serialize(choice.logprobs));
  const bool stopped = choice.why == chat::finish::stop || choice.why == chat::finish::none;
  to.append(",\"finish_reason\":\"")
      .append(word_of(called && stopped ? chat::finish::tool_calls : choice.why));
  to.append("\"}");
}

}  // namespace

std::string write_answer(const chat::chat_answer& answer, const answer_terms& terms) {
  const std::string_view id = answer.id.empty() ? terms.id : std::string_view{answer.id};
  std::string to = "{\"id\":";
  append_json_string(to, id);
  to.append(",\"object\":\"chat.completion\",\"created\":");
  to.append(std::to_string(answer.created == 0 ? terms.now : answer.created));
  append_member(to, "model", terms.model.empty() ? std::string_view{answer.model} : terms.model);
  to.append(",\"choices\":[");
  for (std::size_t i = 0; i < answer.choices.size(); ++i) {
    if (i > 0) to.push_back(',');
    append_choice(to, i, answer.choices[i], id, terms);
  }
  to.push_back(']');
  if (answer.tokens) {
    to.append(",\"usage\":");
    append_usage(to, *answer.tokens);
  }
  if (!answer.service_tier.empty()) append_member(to, "service_tier", answer.service_tier);
  to.push_back('}');
  return to;
}

}  // namespace nearfar::providers::openai_chat
