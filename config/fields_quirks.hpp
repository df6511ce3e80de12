// The field table, part 5: where a vendor's server departs from its dialect.
#pragma once

#include "config/field.hpp"
#include "config/quirks.hpp"

#include <array>
#include <string_view>

namespace nearfar::config {

inline constexpr auto limit_fields = std::to_array<choice_value<limit_field>>({
    {"as_sent", limit_field::as_sent, "both are understood"},
    {"max_tokens", limit_field::max_tokens, "only `max_tokens`"},
    {"max_completion_tokens", limit_field::max_completion_tokens, "only `max_completion_tokens`"},
});

inline constexpr auto replays = std::to_array<choice_value<reasoning_replay>>({
    {"as_sent", reasoning_replay::as_sent, "left as the client sent it"},
    {"never", reasoning_replay::never, "taken out"},
    {"on_calls", reasoning_replay::on_calls, "compulsory on turns of the assistant that call tools"},
});

inline constexpr auto reasoning_fields = std::to_array<choice_value<reasoning_field>>({
    {"reasoning_content", reasoning_field::reasoning_content, "a member of the message"},
    {"reasoning", reasoning_field::reasoning, "a member of the message"},
    {"think_tags", reasoning_field::think_tags, "`<think>` at the beginning of the text"},
    {"none", reasoning_field::none, "it shows none"},
});

inline constexpr auto structured_outputs = std::to_array<choice_value<structured_output>>({
    {"json_schema", structured_output::json_schema, "by a schema"},
    {"json_object", structured_output::json_object, "any JSON object"},
    {"none", structured_output::none, "neither"},
});

inline constexpr auto effort_styles = std::to_array<choice_value<effort_style>>({
    {"reasoning_effort", effort_style::reasoning_effort, "OpenAI's field"},
    {"reasoning_object", effort_style::reasoning_object, "OpenRouter's `reasoning`"},
    {"thinking_object", effort_style::thinking_object, "`thinking: {type: enabled}` or `disabled`"},
    {"enable_thinking", effort_style::enable_thinking, "`enable_thinking: true` or `false`"},
    {"template_flag", effort_style::template_flag, "`chat_template_kwargs: {enable_thinking: ...}`"},
    {"none", effort_style::none, "it cannot be said"},
});

inline constexpr std::array<std::string_view, 4> tool_choice_words{"auto", "none", "required", "named"};

template <class Visitor>
void describe_messages(Visitor& v, quirks& q) {
  v.field({.key = "system_only",
           .doc = "no `developer` role: `system` is sent instead",
           .fallback = "false",
           .example = "true"},
          q.system_only, flag_kind{});
  v.field({.key = "system_first",
           .doc = "system text at the beginning only: later ones become the user's",
           .fallback = "false",
           .example = "true"},
          q.system_first, flag_kind{});
  v.field({.key = "text_only",
           .doc = "lists of text parts are joined to one text",
           .fallback = "false",
           .example = "true"},
          q.text_only, flag_kind{});
  v.field({.key = "empty_for_null",
           .doc = "`content: null` is refused and an empty text is not",
           .fallback = "false",
           .example = "true"},
          q.empty_for_null, flag_kind{});
  v.field({.key = "alternate",
           .doc = "two turns of one role in a row are refused: they are joined",
           .fallback = "false",
           .example = "true"},
          q.alternate, flag_kind{});
  v.field({.key = "no_names",
           .doc = "`name` on messages is refused, but for those of tools",
           .fallback = "false",
           .example = "true"},
          q.no_names, flag_kind{});
}

template <class Visitor>
void describe_fields(Visitor& v, quirks& q) {
  v.field({.key = "limit",
           .doc = "under which name it understands the limit of tokens",
           .fallback = "as_sent",
           .example = "max_tokens"},
          q.limit, choice_kind<limit_field>{limit_fields});
  v.field({.key = "drop",
           .doc = "fields of the body that it refuses",
           .fallback = "[]",
           .example = "[logit_bias, n]"},
          q.drop, list_kind<text_kind>{});
  v.field({.key = "rename",
           .doc = "fields that it has another name for",
           .fallback = "{}",
           .example = "{seed: random_seed}"},
          q.rename, renames_kind{});
  v.field({.key = "clamp",
           .doc = "the least and the most that it takes for a field",
           .fallback = "{}",
           .example = "{temperature: [0, 1]}"},
          q.clamp, clamps_kind{});
  v.field({.key = "most_stops",
           .doc = "stop sequences that it takes, 0: no limit",
           .fallback = "0",
           .example = "1"},
          q.most_stops, number_kind{quantity::plain, 0, 1000});
}

template <class Visitor>
void describe_tools(Visitor& v, quirks& q) {
  v.field({.key = "tool_choice",
           .doc = "those that it knows",
           .fallback = "[auto, none, required, named]",
           .example = "[auto, none]"},
          q.tool_choice, list_kind<word_of_kind>{{tool_choice_words}});
  v.field({.key = "required_word",
           .doc = "its word for the tool choice `required`",
           .fallback = "the same",
           .example = "any"},
          q.required_word, text_kind{});
  v.field({.key = "nine_letter_ids",
           .doc = "ids of tool calls have nine letters and digits",
           .fallback = "false",
           .example = "true"},
          q.nine_letter_ids, flag_kind{});
  v.field({.key = "tool_names",
           .doc = "messages of tools bear the tool's name",
           .fallback = "false",
           .example = "true"},
          q.tool_names, flag_kind{});
  v.field({.key = "custom_tools",
           .doc = "it knows tools of free text (`type: custom`); to others they are sent as functions",
           .fallback = "false",
           .example = "true"},
          q.custom_tools, flag_kind{});
  v.field({.key = "turn_after_results",
           .doc = "a user's message directly behind results of tools is refused: a short turn of the "
                  "assistant goes between",
           .fallback = "false",
           .example = "true"},
          q.turn_after_results, flag_kind{});
  v.field({.key = "object_root",
           .doc = "a tool's schema has an object at its root, and one form of each rule",
           .fallback = "false",
           .example = "true"},
          q.object_root, flag_kind{});
}

template <class Visitor>
void describe_reasoning(Visitor& v, quirks& q) {
  v.field({.key = "replay",
           .doc = "what becomes of reasoning in the history",
           .fallback = "as_sent",
           .example = "on_calls"},
          q.replay, choice_kind<reasoning_replay>{replays});
  v.field({.key = "reasoning",
           .doc = "the member of an answer that its reasoning stands in",
           .fallback = "reasoning_content",
           .example = "reasoning"},
          q.reasoning, choice_kind<reasoning_field>{reasoning_fields});
  v.field({.key = "effort",
           .doc = "how it is told to reason more or less",
           .fallback = "reasoning_effort",
           .example = "thinking_object"},
          q.effort, choice_kind<effort_style>{effort_styles});
  v.field({.key = "reasoning_beside",
           .doc = "`completion_tokens` leave reasoning out",
           .fallback = "false",
           .example = "true"},
          q.reasoning_beside, flag_kind{});
}

template <class Visitor>
void describe(Visitor& v, quirks& q) {
  describe_messages(v, q);
  describe_fields(v, q);
  describe_tools(v, q);
  describe_reasoning(v, q);
  v.field({.key = "structured",
           .doc = "what it takes of `response_format`",
           .fallback = "json_schema",
           .example = "json_object"},
          q.structured, choice_kind<structured_output>{structured_outputs});
}

}  // namespace nearfar::config
