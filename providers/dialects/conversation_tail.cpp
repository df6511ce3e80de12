#include "providers/dialects/conversation_tail.hpp"

#include "providers/handover/text_shape.hpp"

#include <algorithm>

namespace nearfar::providers {

namespace {

using config::continuation_kind;
using handover::asked;
using handover::seam;

constexpr std::size_t most_of_a_turn = 4096;

chat::message text_message(chat::role who, std::string_view text) {
  chat::message out;
  out.who = who;
  out.plain = true;
  auto& only = out.parts.emplace_back();
  only.text.assign(text);
  return out;
}

std::string last_user_turn(const chat::chat_request& conversation) {
  const auto& all = conversation.messages;
  const auto last =
      std::find_if(all.rbegin(), all.rend(), [](const auto& m) { return m.who == chat::role::user; });
  std::string out;
  if (last == all.rend()) return out;
  for (const auto& part : last->parts) {
    if (part.kind == chat::part_kind::text) out += part.text;
  }
  return out.size() > most_of_a_turn ? out.substr(0, most_of_a_turn) : out;
}

}  // namespace

asked go_on(chat::chat_request& conversation, const handover::ask& what) {
  const std::string_view text = what.said.substr(0, what.said.size() - handover::white_tail(what.said));
  asked out{continuation_kind::restart, {.how = seam::restart}};
  const bool by_assistant =
      !conversation.messages.empty() && conversation.messages.back().who == chat::role::assistant;
  if (text.empty() || by_assistant || what.kind == continuation_kind::restart) return out;
  std::size_t anchor = 0;
  if (what.kind == continuation_kind::native) {
    // Anthropic refuses a last message that ends in white space, so it is always cut.
    conversation.messages.push_back(text_message(chat::role::assistant, text));
    const bool echoes = what.how->echo == config::echo_habit::maybe;
    out = {continuation_kind::native,
           {.how = echoes ? seam::may_echo : seam::exact, .cut = what.said.size() - text.size()}};
  } else {
    const auto repeated = handover::anchor_of(text);
    const auto turn = handover::instruction(repeated, text, last_user_turn(conversation));
    conversation.messages.push_back(text_message(chat::role::assistant, text));
    conversation.messages.push_back(text_message(chat::role::user, turn));
    anchor = repeated.size();
    out = {continuation_kind::instruct,
           {.how = seam::may_echo,
            .cut = what.said.size() - text.size(),
            .anchor = anchor,
            .own_message = true}};
  }
  if (conversation.max_output) {
    const handover::ask again{.said = text.substr(text.size() - anchor)};
    const auto said = handover::tokens_said(what);
    const auto spent = said - std::min(said, handover::tokens_said(again));
    *conversation.max_output = *conversation.max_output > spent ? *conversation.max_output - spent : 1;
  }
  return out;
}

std::size_t strip_signatures(chat::chat_request& conversation) {
  std::size_t found = 0;
  for (auto& message : conversation.messages) {
    for (auto& part : message.parts) {
      if (part.signature.empty()) continue;
      ++found;
      part.signature.clear();
      part.issuer.clear();
    }
    std::erase_if(message.parts, [](const chat::part& p) {
      return p.kind == chat::part_kind::thinking && (p.redacted || p.text.empty()) && p.signature.empty();
    });
  }
  // A turn that was nothing but a signature.
  if (found > 0) std::erase_if(conversation.messages, [](const auto& m) { return m.parts.empty(); });
  return found;
}

}  // namespace nearfar::providers
