#include "providers/handover/eligibility.hpp"

namespace nearfar::providers::handover {
namespace {

// Servers without a reasoning parser leave the model's own tags in the text.
bool inside_thoughts(std::string_view text) {
  const auto opened = text.rfind("<think>");
  if (opened == std::string_view::npos) return false;
  return text.find("</think>", opened) == std::string_view::npos;
}

}  // namespace

std::optional<obstacle> why_not_continuable(const wanted& query, const shown& so_far) {
  if (query.choices != 1) return obstacle::several_choices;
  if (query.json) return obstacle::json_output;
  if (so_far.tool_calls) return obstacle::tool_call;
  if (so_far.in_reasoning || inside_thoughts(so_far.text)) return obstacle::reasoning;
  if (so_far.refusal) return obstacle::refusal;
  if (query.audio || so_far.sound_or_image) return obstacle::audio;
  if (so_far.annotations) return obstacle::citations;
  if (query.logprobs || so_far.logprobs) return obstacle::logprobs;
  if (so_far.text_unknown) return obstacle::text_unknown;
  return std::nullopt;
}

std::string_view in_words(obstacle why) {
  switch (why) {
    case obstacle::target_refuses:
      return "the targets that are left may not continue an answer that another began";
    case obstacle::several_choices:
      return "several choices were asked for";
    case obstacle::json_output:
      return "JSON output was asked for";
    case obstacle::tool_call:
      return "a tool call had begun";
    case obstacle::reasoning:
      return "the model was still reasoning";
    case obstacle::refusal:
      return "the model was refusing";
    case obstacle::audio:
      return "the answer holds sound or images";
    case obstacle::citations:
      return "the answer holds citations";
    case obstacle::logprobs:
      return "log probabilities were asked for";
    case obstacle::text_unknown:
      return "the text so far is not plain text";
  }
  return "";
}

std::string_view name_of(obstacle why) {
  switch (why) {
    case obstacle::target_refuses:
      return "target_refuses";
    case obstacle::several_choices:
      return "several_choices";
    case obstacle::json_output:
      return "json_output";
    case obstacle::tool_call:
      return "tool_call";
    case obstacle::reasoning:
      return "reasoning";
    case obstacle::refusal:
      return "refusal";
    case obstacle::audio:
      return "audio";
    case obstacle::citations:
      return "citations";
    case obstacle::logprobs:
      return "logprobs";
    case obstacle::text_unknown:
      return "text_unknown";
  }
  return "";
}

}  // namespace nearfar::providers::handover
