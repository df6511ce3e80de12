#include "tests/support/dialects/vendor_quirks.hpp"

#include "tests/support/json_text.hpp"

#include <fmt/format.h>

namespace nearfar::support {
namespace {

std::string quoted(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

std::string detail(const answer& a, std::string_view text, bool signed_now) {
  return fmt::format(R"({{"type":"reasoning.text","text":{}{},"format":"anthropic-claude-v1","index":0}})",
                     quoted(text), signed_now ? R"(,"signature":)" + quoted(a.signature) : "");
}

std::string thinking_parts(std::string_view text) {
  return fmt::format(R"({{"type":"thinking","thinking":[{{"type":"text","text":{}}}]}})", quoted(text));
}

}  // namespace

vendor_quirks quirks_of(const std::string& vendor) {
  vendor_quirks out;
  if (vendor == "openrouter") {
    out.reasoning = reasoning_place::details;
    out.always_usage = true;
  } else if (vendor == "groq" || vendor == "cerebras" || vendor == "ollama") {
    out.reasoning = reasoning_place::reasoning;
  } else if (vendor == "minimax") {
    out.reasoning = reasoning_place::think_tags;
  } else if (vendor == "mistral") {
    out.reasoning = reasoning_place::content_parts;
    out.calls = call_form::whole;
    out.always_usage = true;
  } else if (vendor == "gemini") {
    out.calls = call_form::whole_unindexed;
    out.stops_after_calls = true;
    out.signs_calls = true;
  } else if (vendor == "xai") {
    out.calls = call_form::whole_unindexed;
    out.reasoning_outside = true;
    out.always_usage = true;
  } else if (vendor == "deepseek") {
    out.cached_name = "prompt_cache_hit_tokens";
  } else if (vendor == "moonshot") {
    out.cached_name = "cached_tokens";
    out.no_details = true;
  }
  return out;
}

std::string reasoning_members(const answer& a, const part& p) {
  switch (quirks_of(a.vendor).reasoning) {
    case reasoning_place::reasoning:
      return R"("reasoning":)" + quoted(p.text);
    case reasoning_place::details:
      return fmt::format(R"("content":"","reasoning":{},"reasoning_details":[{}])", quoted(p.text),
                         detail(a, p.text, p.last));
    case reasoning_place::think_tags:
      return fmt::format(R"("content":{})", quoted(fmt::format("{}{}{}", p.first ? "<think>\n" : "", p.text,
                                                               p.last ? "\n</think>\n\n" : "")));
    case reasoning_place::content_parts:
      return fmt::format(R"("content":[{}])", thinking_parts(p.text));
    case reasoning_place::reasoning_content:
      break;
  }
  return R"("reasoning_content":)" + quoted(p.text);
}

std::string whole_content(const answer& a) {
  const auto text = a.text.empty() && !a.tool_calls.empty() ? "null" : quoted(joined(a.text));
  if (a.reasoning.empty()) return R"("content":)" + text;
  const auto thoughts = joined(a.reasoning);
  switch (quirks_of(a.vendor).reasoning) {
    case reasoning_place::reasoning:
      return fmt::format(R"("content":{},"reasoning":{})", text, quoted(thoughts));
    case reasoning_place::details:
      return fmt::format(R"("content":{},"reasoning":{},"reasoning_details":[{}])", text, quoted(thoughts),
                         detail(a, thoughts, true));
    case reasoning_place::think_tags:
      return R"("content":)" + quoted("<think>\n" + thoughts + "\n</think>\n\n" + joined(a.text));
    case reasoning_place::content_parts: {
      const auto said = a.text.empty() ? "" : fmt::format(R"(,{{"type":"text","text":{}}})", text);
      return fmt::format(R"("content":[{}{}])", thinking_parts(thoughts), said);
    }
    case reasoning_place::reasoning_content:
      break;
  }
  return fmt::format(R"("content":{},"reasoning_content":{})", text, quoted(thoughts));
}

}  // namespace nearfar::support
