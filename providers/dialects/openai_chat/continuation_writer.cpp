#include "providers/dialects/openai_chat/continuation_writer.hpp"

#include "providers/dialects/openai_chat/conversation_end.hpp"
#include "providers/handover/text_shape.hpp"

#include <algorithm>

namespace nearfar::providers::openai_chat {
namespace {

using config::continuation_kind;
using handover::asked;
using handover::seam;

void append_message(std::string& to, std::string_view role, std::string_view content,
                    std::span<const config::body_field> more) {
  if (!to.empty()) to.push_back(',');
  to.append("{\"role\":\"").append(role).append("\",\"content\":");
  append_json_string(to, content);
  for (const auto& field : more) {
    to.push_back(',');
    append_json_string(to, field.name);
    to.append(":").append(field.json);
  }
  to.push_back('}');
}

std::vector<config::body_field> over(std::span<const config::body_field> upper,
                                     std::span<const config::body_field> lower) {
  std::vector<config::body_field> all(upper.begin(), upper.end());
  for (const auto& field : lower) {
    const bool hidden =
        std::any_of(upper.begin(), upper.end(), [&](const auto& u) { return u.name == field.name; });
    if (!hidden) all.push_back(field);
  }
  return all;
}

asked go_on_natively(const handover::ask& what, std::string_view text, std::string& messages) {
  const bool trim = what.how->trim;
  append_message(messages, "assistant", trim ? text : what.said, what.how->message);
  const seam how = what.how->echo == config::echo_habit::maybe ? seam::may_echo : seam::exact;
  return {continuation_kind::native, {.how = how, .cut = trim ? what.said.size() - text.size() : 0}};
}

asked tell_to_go_on(const handover::ask& what, std::string_view text, std::string_view last_user_turn,
                    std::string& messages) {
  const std::string_view anchor = handover::anchor_of(text);
  append_message(messages, "assistant", text, {});
  append_message(messages, "user", handover::instruction(anchor, text, last_user_turn), {});
  return {continuation_kind::instruct,
          {.how = seam::may_echo,
           .cut = what.said.size() - text.size(),
           .anchor = anchor.size(),
           .own_message = true}};
}

}  // namespace

asked splice_continuation(const request_view& from, const request_changes& changes, const handover::ask& what,
                          spliced_body& into) {
  const std::string_view text = what.said.substr(0, what.said.size() - handover::white_tail(what.said));
  asked out{continuation_kind::restart, {.how = seam::restart}};
  std::string messages;
  if (!text.empty() && what.kind != continuation_kind::restart) {
    const conversation_end end = read_conversation_end(from);
    if (end.by_assistant) {
      // Two turns of the assistant in a row are refused by some templates and joined by none.
    } else if (what.kind == continuation_kind::native) {
      out = go_on_natively(what, text, messages);
    } else {
      out = tell_to_go_on(what, text, end.last_user_turn, messages);
    }
  }
  request_changes next = changes;
  std::vector<config::body_field> set;
  if (out.kind == continuation_kind::native) {
    set = over(what.how->set, changes.set);
    next.set = set;
  }
  next.more_messages = messages;
  if (out.kind != continuation_kind::restart) {
    // What a target is asked to repeat counts against its limit, and not against the client's.
    const handover::ask repeated{.said = text.substr(text.size() - out.seam.anchor)};
    const std::uint64_t said = handover::tokens_said(what);
    next.output_said = said - std::min(said, handover::tokens_said(repeated));
  }
  splice(from, next, into);
  return out;
}

handover::wanted wanted_of(const request_view& from) {
  handover::wanted out{.json = from.facts.json, .choices = from.facts.choices};
  for (const member& each : from.members) {
    const std::string_view value = from.body.substr(each.value.offset, each.value.length);
    // Sound in the question (facts.audio) is no obstacle, sound in the answer is.
    const bool sound = each.name == "audio"
                           ? value.starts_with('{')
                           : each.name == "modalities" && value.find("\"audio\"") != value.npos;
    out.audio = out.audio || sound;
    out.logprobs = out.logprobs || (each.name == "logprobs" && value == "true");
  }
  return out;
}

}  // namespace nearfar::providers::openai_chat
