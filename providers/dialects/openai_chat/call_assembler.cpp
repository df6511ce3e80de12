#include "providers/dialects/openai_chat/call_assembler.hpp"

#include "providers/dialects/openai_chat/message_quirks.hpp"

#include <algorithm>

namespace nearfar::providers::openai_chat {

using chat::answer_event;
using chat::event_kind;

namespace {

constexpr std::size_t none = static_cast<std::size_t>(-1);

}  // namespace

void json_balance::push(std::string_view text) {
  for (const char c : text) {
    if (in_string_) {
      if (escaped_) {
        escaped_ = false;
      } else if (c == '\\') {
        escaped_ = true;
      } else if (c == '"') {
        in_string_ = false;
      }
      continue;
    }
    if (c == '"') in_string_ = true;
    if (c == '{' || c == '[') ++depth_;
    if (c == '}' || c == ']') --depth_;
    begun_ = begun_ || (c != ' ' && c != '\n' && c != '\r' && c != '\t');
  }
}

// Two pieces of different ids are never one call; a piece without an id goes on with the call of its index,
// or the last one. A name on a call that is already whole begins another: servers that send whole calls
// without index and id, or with index 0 for all.
std::size_t call_assembler::find(const call_piece& piece) const {
  if (calls_.empty()) return none;
  std::size_t found = none;
  for (std::size_t i = calls_.size(); i > 0 && found == none; --i) {
    const call& each = calls_[i - 1];
    const bool other_id = !piece.id.empty() && each.id != piece.id;
    if (piece.index ? each.index == piece.index && !other_id : !piece.id.empty() && each.id == piece.id)
      found = i - 1;
  }
  if (found == none && !piece.index && piece.id.empty()) found = calls_.size() - 1;
  // The index may be given first with the second piece.
  if (found == none && piece.index && !calls_.back().index && piece.name.empty() &&
      (piece.id.empty() || piece.id == calls_.back().id))
    found = calls_.size() - 1;
  if (found == none || !piece.id.empty() || piece.name.empty()) return found;
  const call& one = calls_[found];
  const bool another =
      one.balance.complete() || (!one.name.empty() && one.name != piece.name && !piece.index);
  return one.begun && another ? none : found;
}

void call_assembler::add(const call_piece& piece, std::uint32_t choice, std::string_view answer,
                         std::vector<answer_event>& out) {
  std::size_t at = find(piece);
  if (at == none) {
    at = calls_.size();
    call& made = calls_.emplace_back();
    made.index = piece.index;
    made.form = piece.form;
    made.id = piece.id;
  }
  call& one = calls_[at];
  if (one.name.empty()) one.name = piece.name;  // once: some servers repeat it with every piece
  if (!one.begun && !one.name.empty()) {
    // No server's ids are so short; the same stream gives the same ones.
    if (one.id.empty())
      one.id = "call_" +
               nine_letters(std::string(answer) + '/' + std::to_string(choice) + '/' + std::to_string(at));
    begin(at, choice, out);
  }
  if (!piece.arguments.empty()) {
    one.balance.push(piece.arguments);
    one.said = true;
    if (one.begun) {
      out.push_back({.kind = event_kind::tool_arguments,
                     .choice = choice,
                     .index = static_cast<std::uint32_t>(at),
                     .text = piece.arguments});
    } else {
      one.waiting.append(piece.arguments);
    }
  }
  if (!piece.signature.empty() && one.begun) {
    out.push_back({.kind = event_kind::signature,
                   .choice = choice,
                   .index = static_cast<std::uint32_t>(at),
                   .text = piece.signature,
                   .id = one.id,
                   .issuer = piece.issuer});
  }
}

void call_assembler::begin(std::size_t at, std::uint32_t choice, std::vector<answer_event>& out) {
  call& one = calls_[at];
  one.begun = true;
  const auto index = static_cast<std::uint32_t>(at);
  out.push_back({.kind = event_kind::tool_call,
                 .choice = choice,
                 .index = index,
                 .id = one.id,
                 .name = one.name,
                 .form = one.form});
  if (!one.waiting.empty())
    out.push_back(
        {.kind = event_kind::tool_arguments, .choice = choice, .index = index, .text = one.waiting});
}

void call_assembler::finish(std::uint32_t choice, std::vector<answer_event>& out) {
  for (std::size_t i = 0; i < calls_.size(); ++i) {
    call& one = calls_[i];
    if (!one.begun) begin(i, choice, out);
    if (one.said || one.form == chat::call_form::custom) continue;
    one.said = true;
    out.push_back({.kind = event_kind::tool_arguments,
                   .choice = choice,
                   .index = static_cast<std::uint32_t>(i),
                   .text = "{}"});
  }
}

}  // namespace nearfar::providers::openai_chat
