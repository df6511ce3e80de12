#include "providers/dialects/anthropic_messages/turn_writer.hpp"

#include "providers/dialects/anthropic_messages/block_writer.hpp"
#include "providers/dialects/anthropic_messages/call_id.hpp"
#include "providers/dialects/anthropic_messages/json_text.hpp"
#include "providers/dialects/openai_chat/request_writer.hpp"

#include <fmt/format.h>

#include <set>

namespace nearfar::providers::anthropic_messages {

using chat::part;
using chat::part_kind;
using openai_chat::append_json_string;

namespace {

// The text of a user turn that stands where the API wants one and the client had none.
constexpr std::string_view opening_text = "(The conversation goes on.)";

struct piece {
  const part* what = nullptr;
  std::string id;         // of a call or a result, as it is written
  bool matched = false;   // a call with its result, a result with its call
  std::string text = {};  // instead of the part's own
  bool replaced = false;
  bool plain = false;  // its message was a string
};

struct turn {
  bool assistant = false;
  std::vector<piece> pieces;
};

void append_block(std::string& to, std::string_view block) {
  if (block.empty()) return;
  if (!to.empty()) to.push_back(',');
  to.append(block);
}

// A message of the dialect's own, as it came.
void write_own(const chat::message& from, writing& work, std::string& to) {
  std::string blocks;
  std::size_t written = 0;
  for (const part& each : from.parts) {
    const std::string block = write_block(each, work, each.id);
    append_block(blocks, block);
    written += block.empty() ? 0 : 1;
  }
  if (written == 0 && !from.parts.empty()) {
    work.note("a turn of nothing but foreign reasoning: left out");
    return;
  }
  std::string text = "{";
  const bool assistant = from.who == chat::role::assistant;
  append_member(text, "role", assistant ? "assistant" : from.who == chat::role::system ? "system" : "user");
  append_key(text, "content");
  if (from.plain && from.parts.size() == 1) {
    append_json_string(text, from.parts.front().text);
  } else {
    text.append("[").append(blocks).append("]");
  }
  append_extra(text, from.extra, work, "message");
  text.push_back('}');
  append_block(to, text);
}

void write_own_system(const chat::message& from, writing& work, std::string_view hint, std::string& to) {
  if (from.plain && from.parts.size() == 1 && hint.empty()) {
    append_json_string(to, from.parts.front().text);
    return;
  }
  to.push_back('[');
  std::string blocks;
  for (const part& each : from.parts) append_block(blocks, write_block(each, work, each.id));
  if (!hint.empty()) {
    part text;
    text.text.assign(hint);
    append_block(blocks, write_block(text, work, {}));
  }
  to.append(blocks).push_back(']');
}

class turns {
 public:
  explicit turns(writing& work) : work_(work) {}

  bool collect() {
    bool leading = true;
    for (const chat::message& each : work_.asked.messages) {
      const bool system = each.who == chat::role::system || each.who == chat::role::developer;
      leading = leading && system;
      if (!each.name.empty()) work_.note("name of a message: anthropic-messages has none");
      if (!each.extra.empty()) work_.note("further members of a message: left out");
      if (system && (leading || each.on_top)) {
        for (const part& one : each.parts) system_part(one);
        continue;
      }
      if (system) work_.note("a system message amid the conversation: written as the user's");
      const bool assistant = each.who == chat::role::assistant;
      for (const part& one : each.parts) {
        if (admits(one, assistant)) add(one, assistant, each.plain);
      }
      if (!work_.problem.empty()) return false;
    }
    return true;
  }

  void match() {
    name_calls();
    for (std::size_t i = 0; i < list_.size(); ++i) {
      if (list_[i].assistant) continue;
      turn* before = i > 0 ? &list_[i - 1] : nullptr;
      for (piece& each : list_[i].pieces) {
        if (each.what->kind == part_kind::tool_result) match_result(each, before);
      }
    }
    drop_orphans();
  }

  void settle() {
    if (list_.empty() || list_.front().assistant) {
      work_.note("the first turn: one of the user's is put before the assistant's");
      static const part opening = [] {
        part made;
        made.text.assign(opening_text);
        return made;
      }();
      turn first;
      first.pieces.push_back({.what = &opening, .id = {}});
      list_.insert(list_.begin(), std::move(first));
    }
    if (list_.back().assistant) trim_prefill();
  }

  std::string messages() {
    std::string out = "[";
    for (turn& each : list_) {
      if (out.size() > 1) out.push_back(',');
      write(each, out);
    }
    out.push_back(']');
    return out;
  }

  std::string system(std::string_view hint) {
    std::string blocks;
    for (const part* each : system_) append_block(blocks, write_block(*each, work_, {}));
    if (!hint.empty()) {
      part text;
      text.text.assign(hint);
      append_block(blocks, write_block(text, work_, {}));
    }
    return blocks.empty() ? blocks : "[" + blocks + "]";
  }

  // The API wants the tools of calls in the history declared.
  std::string called() const {
    std::set<std::string_view> names;
    std::string out;
    for (const turn& each : list_) {
      for (const piece& one : each.pieces) {
        if (one.what->kind != part_kind::tool_call || !names.insert(one.what->name).second) continue;
        std::string tool = "{";
        append_member(tool, "name", one.what->name);
        tool.append(",\"input_schema\":{\"type\":\"object\",\"properties\":{}}}");
        append_block(out, tool);
      }
    }
    return out.empty() ? out : "[" + out + "]";
  }

  bool ends_in_prefill() const { return list_.back().assistant; }

  bool loop_unthought() const {
    const turn* last = &list_.back();
    if (!last->assistant) {
      const bool results = std::any_of(last->pieces.begin(), last->pieces.end(), [](const piece& each) {
        return each.what->kind == part_kind::tool_result;
      });
      if (!results || list_.size() < 2) return false;
      last = &list_[list_.size() - 2];
    }
    return last->pieces.front().what->kind != part_kind::thinking;
  }

 private:
  void system_part(const part& one) {
    if (one.kind != part_kind::text) {
      work_.note("a part of a system message that is no text: left out");
    } else if (!is_blank(one.text)) {
      system_.push_back(&one);
    }
  }

  bool admits(const part& one, bool assistant) {
    switch (one.kind) {
      case part_kind::text:
      case part_kind::refusal:
        return !is_blank(one.text);
      case part_kind::thinking:
        if (assistant && may_replay(one, work_.how)) return true;
        write_block(one, work_, {});  // for its note
        return false;
      case part_kind::audio:
        if (!assistant) return work_.fail("input audio: anthropic-messages takes none");
        work_.note("a sound of the assistant's: left out");
        return false;
      case part_kind::image:
      case part_kind::file:
        if (assistant) work_.note("an image or a file of the assistant's: left out");
        return !assistant;
      case part_kind::tool_call:
        if (!assistant) work_.note("a call that is not the assistant's: left out");
        return assistant;
      case part_kind::tool_result:
        if (assistant) work_.note("a result that is the assistant's: left out");
        return !assistant;
      case part_kind::opaque:
        break;
    }
    work_.note("a part of another dialect's own: left out");
    return false;
  }

  void add(const part& one, bool assistant, bool plain) {
    if (list_.empty() || list_.back().assistant != assistant)
      list_.push_back({.assistant = assistant, .pieces = {}});
    list_.back().pieces.push_back({.what = &one, .id = one.id, .plain = plain});
  }

  // Ids must be unique in the conversation: some upstreams count their calls anew in every answer. By
  // their order, so that a turn keeps its ids when later ones come.
  void name_calls() {
    std::set<std::string, std::less<>> used;
    std::size_t nameless = 0;
    for (turn& each : list_) {
      for (piece& one : each.pieces) {
        if (one.what->kind != part_kind::tool_call) continue;
        const std::string base =
            one.what->id.empty() ? fmt::format("call_{}", ++nameless) : call_id(one.what->id);
        one.id = base;
        for (int i = 2; !used.insert(one.id).second; ++i) one.id = fmt::format("{}_{}", base, i);
      }
    }
  }

  static void match_result(piece& result, turn* before) {
    if (!before) return;
    for (piece& call : before->pieces) {
      if (call.what->kind != part_kind::tool_call || call.matched) continue;
      const part& wanted = *result.what;
      const bool fits = wanted.id.empty() ? wanted.name.empty() || wanted.name == call.what->name
                                          : wanted.id == call.what->id;
      if (!fits) continue;
      call.matched = true;
      result.matched = true;
      result.id = call.id;
      return;
    }
  }

  void drop_orphans() {
    std::vector<turn> kept;
    for (turn& each : list_) {
      std::erase_if(each.pieces, [this](const piece& one) {
        const part_kind kind = one.what->kind;
        if (one.matched || (kind != part_kind::tool_call && kind != part_kind::tool_result)) return false;
        work_.note(kind == part_kind::tool_call ? "a call without a result in the next turn: left out"
                                                : "a result without a call in the turn before: left out");
        return true;
      });
      if (each.pieces.empty()) continue;
      if (kept.empty() || kept.back().assistant != each.assistant) {
        kept.push_back(std::move(each));
        continue;
      }
      auto& into = kept.back();
      std::move(each.pieces.begin(), each.pieces.end(), std::back_inserter(into.pieces));
    }
    list_ = std::move(kept);
  }

  void trim_prefill() {
    piece& last = list_.back().pieces.back();
    if (last.what->kind != part_kind::text) return;
    std::string_view text = last.what->text;
    while (!text.empty() && is_blank(text.substr(text.size() - 1))) text.remove_suffix(1);
    if (text.size() == last.what->text.size()) return;
    work_.note("blanks at the end of the answer's beginning: left out");
    last.text.assign(text);
    last.replaced = true;
  }

  std::string block_of(const piece& each) {
    if (!each.replaced) return write_block(*each.what, work_, each.id);
    part shorter = *each.what;
    shorter.text = each.text;
    return write_block(shorter, work_, each.id);
  }

  void write(turn& each, std::string& out) {
    out.append(each.assistant ? "{\"role\":\"assistant\",\"content\":" : "{\"role\":\"user\",\"content\":");
    const piece& first = each.pieces.front();
    if (first.plain && each.pieces.size() == 1 && first.what->kind == part_kind::text &&
        first.what->extra.empty() && first.what->signature.empty()) {
      append_json_string(out, first.replaced ? first.text : first.what->text);
    } else {
      std::string blocks;
      // Nothing may stand before or between the results of a turn.
      for (const bool results : {true, false}) {
        for (const piece& one : each.pieces) {
          if ((one.what->kind == part_kind::tool_result) == results) append_block(blocks, block_of(one));
        }
      }
      out.append("[").append(blocks).append("]");
    }
    out.push_back('}');
  }

  writing& work_;
  std::vector<const part*> system_;
  std::vector<turn> list_;
};

bool write_own_turns(writing& work, std::string_view hint, written_turns& out) {
  out.messages = "[";
  std::string list;
  for (const chat::message& each : work.asked.messages) {
    if (each.on_top) {
      write_own_system(each, work, hint, out.system);
    } else {
      write_own(each, work, list);
    }
  }
  out.messages.append(list).push_back(']');
  if (out.system.empty() && !hint.empty()) append_json_string(out.system, hint);
  return work.problem.empty();
}

}  // namespace

bool write_turns(writing& work, std::string_view hint, written_turns& out) {
  if (work.own) return write_own_turns(work, hint, out);
  turns made{work};
  if (!made.collect()) return false;
  made.match();
  made.settle();
  out.ends_in_prefill = made.ends_in_prefill();
  out.loop_unthought = made.loop_unthought();
  out.called = made.called();
  out.messages = made.messages();
  out.system = made.system(hint);
  return work.problem.empty();
}

}  // namespace nearfar::providers::anthropic_messages
