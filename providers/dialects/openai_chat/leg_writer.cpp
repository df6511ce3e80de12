#include "providers/dialects/openai_chat/leg_writer.hpp"

#include "providers/dialects/openai_chat/request_writer.hpp"

#include <fmt/format.h>

#include <iterator>

namespace nearfar::providers::openai_chat {

leg_writer::leg_writer(std::string_view id, std::uint64_t created, std::string_view model) {
  head_ = "data: {\"id\":";
  append_json_string(head_, id);
  head_.append(",\"object\":\"chat.completion.chunk\",\"created\":").append(std::to_string(created));
  head_.append(",\"model\":");
  append_json_string(head_, model);
  head_.push_back(',');
}

void leg_writer::text(std::string_view text, std::string& to) const {
  if (text.empty()) return;
  to.append(head_).append("\"choices\":[{\"index\":0,\"delta\":{\"content\":");
  append_json_string(to, text);
  to.append("},\"finish_reason\":null}]}\n\n");
}

void leg_writer::finish(std::string_view reason, std::string& to) const {
  to.append(head_).append("\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":");
  append_json_string(to, reason);
  to.append("}]}\n\n");
}

void leg_writer::tokens(const usage& sum, std::string& to) const {
  const auto out = std::back_inserter(to);
  to.append(head_).append("\"choices\":[],\"usage\":{");
  fmt::format_to(out, "\"prompt_tokens\":{},\"completion_tokens\":{},\"total_tokens\":{}", sum.input,
                 sum.output, sum.input + sum.output);
  fmt::format_to(out, ",\"prompt_tokens_details\":{{\"cached_tokens\":{}}}", sum.cached);
  fmt::format_to(out, ",\"completion_tokens_details\":{{\"reasoning_tokens\":{}}}", sum.reasoning);
  if (sum.cost) fmt::format_to(out, ",\"cost\":{}", *sum.cost);
  to.append("}}\n\n");
}

void leg_writer::done(std::string& to) const {
  to.append("data: [DONE]\n\n");
}

void leg_writer::legs(std::span<const handover::leg_report> all, std::string& to) const {
  to.append(": nearfar-legs [");
  bool first = true;
  for (const handover::leg_report& leg : all) {
    to.append(first ? "{\"target\":" : ",{\"target\":");
    first = false;
    append_json_string(to, leg.target);
    if (!leg.how.empty()) {
      to.append(",\"how\":");
      append_json_string(to, leg.how);
    }
    if (!leg.ended.empty()) {
      to.append(",\"broke\":");
      append_json_string(to, leg.ended);
    }
    fmt::format_to(std::back_inserter(to), ",\"characters\":{},\"input_tokens\":{},\"output_tokens\":{}{}}}",
                   leg.characters, leg.tokens.input, leg.tokens.output,
                   leg.estimated ? ",\"estimated\":true" : "");
  }
  to.append("]\n\n");
}

}  // namespace nearfar::providers::openai_chat
