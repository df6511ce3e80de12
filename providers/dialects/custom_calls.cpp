#include "providers/dialects/custom_calls.hpp"

#include <algorithm>

namespace nearfar::providers {

namespace {

using chat::answer_event;
using chat::call_form;
using chat::event_kind;

// The beginning of the arguments without its white space, which may stand where a blank is.
constexpr std::string_view beginning = " { \"input\" : \"";
// White space without an end is no beginning.
constexpr std::size_t held_at_most = 256;
constexpr unsigned replacement = 0xFFFD;

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

void append_utf8(std::string& to, unsigned code) {
  const auto put = [&](unsigned byte) { to.push_back(static_cast<char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | (code >> 6));
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | (code >> 18));
    put(0x80 | ((code >> 12) & 0x3F));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

bool is_named(std::span<const std::string> names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

void free_text_reader::begin(char c, std::string& out) {
  held_.push_back(c);
  if (beginning[step_] == ' ') {
    if (is_space(c) && held_.size() < held_at_most) return;
    ++step_;
  }
  if (c != beginning[step_]) {
    out.append(held_);
    state_ = state::other;
  } else if (++step_ == beginning.size()) {
    state_ = state::text;
  }
}

// Half a pair is no character.
void free_text_reader::settle_high(std::string& out) {
  if (high_ != 0) append_utf8(out, replacement);
  high_ = 0;
}

void free_text_reader::escaped(char c, std::string& out) {
  if (c == 'u') {
    state_ = state::code;
    code_ = digits_ = 0;
    return;
  }
  state_ = state::text;
  settle_high(out);
  constexpr std::string_view letters = "bfnrt";
  constexpr std::string_view meant = "\b\f\n\r\t";
  if (const auto at = letters.find(c); at != std::string_view::npos) {
    out.push_back(meant[at]);
    return;
  }
  // Models write what is no escape in JSON (`\d`) where they mean the two letters.
  if (c != '"' && c != '\\' && c != '/') out.push_back('\\');
  out.push_back(c);
}

void free_text_reader::digit(char c, std::string& out) {
  const int value = hex_value(c);
  if (value < 0) {
    // No code: the letter behind it counts, what stood before it is lost.
    state_ = state::text;
    settle_high(out);
    append_utf8(out, replacement);
    feed({&c, 1}, out);
    return;
  }
  code_ = code_ * 16 + static_cast<unsigned>(value);
  if (++digits_ < 4) return;
  state_ = state::text;
  const bool low = code_ >= 0xDC00 && code_ < 0xE000;
  if (low && high_ != 0) {
    append_utf8(out, 0x10000 + ((high_ - 0xD800) << 10) + (code_ - 0xDC00));
    high_ = 0;
    return;
  }
  settle_high(out);
  if (code_ >= 0xD800 && code_ < 0xDC00) {
    high_ = code_;
  } else {
    append_utf8(out, low ? replacement : code_);
  }
}

void free_text_reader::feed(std::string_view piece, std::string& out) {
  while (!piece.empty()) {
    if (state_ == state::after) return;
    if (state_ == state::other) {
      out.append(piece);
      return;
    }
    if (state_ == state::text) {
      const std::size_t run = std::min(piece.find_first_of("\"\\"), piece.size());
      if (run > 0) settle_high(out);
      out.append(piece.substr(0, run));
      piece.remove_prefix(run);
      if (piece.empty()) return;
      state_ = piece.front() == '\\' ? state::escape : state::after;
      if (state_ == state::after) settle_high(out);
      piece.remove_prefix(1);
      continue;
    }
    const char c = piece.front();
    piece.remove_prefix(1);
    if (state_ == state::beginning) {
      begin(c, out);
    } else if (state_ == state::escape) {
      escaped(c, out);
    } else {
      digit(c, out);
    }
  }
}

void free_text_reader::finish(std::string& out) {
  if (state_ == state::beginning) out.append(held_);
  if (state_ == state::text) settle_high(out);
  state_ = state::after;
}

void custom_calls::expect(std::span<const std::string> names) {
  names_.assign(names.begin(), names.end());
  calls_.clear();
}

void custom_calls::open(answer_event event) {
  if (event.form == call_form::function && is_named(names_, event.name)) {
    event.form = call_form::custom;
    auto& made = calls_.emplace_back();
    made.choice = event.choice;
    made.index = event.index;
  }
  out_.push_back(event);
}

void custom_calls::piece(answer_event event) {
  const auto one = std::find_if(calls_.begin(), calls_.end(), [&](const call& each) {
    return each.choice == event.choice && each.index == event.index;
  });
  if (one == calls_.end()) {
    out_.push_back(event);
    return;
  }
  one->said.clear();
  one->reader.feed(event.text, one->said);
  if (one->said.empty()) return;
  event.text = one->said;
  event.form = call_form::custom;
  out_.push_back(event);
}

void custom_calls::close(const answer_event& event) {
  for (call& each : calls_) {
    if (event.kind == event_kind::finish && each.choice != event.choice) continue;
    each.said.clear();
    each.reader.finish(each.said);
    if (each.said.empty()) continue;
    out_.push_back({.kind = event_kind::tool_arguments,
                    .choice = each.choice,
                    .index = each.index,
                    .text = each.said,
                    .form = call_form::custom});
  }
  out_.push_back(event);
}

std::span<const answer_event> custom_calls::take(const answer_event& event) {
  out_.clear();
  switch (event.kind) {
    case event_kind::tool_call:
      open(event);
      break;
    case event_kind::tool_arguments:
      piece(event);
      break;
    case event_kind::finish:
    case event_kind::end:
      close(event);
      break;
    default:
      out_.push_back(event);
  }
  return out_;
}

void functions_as_custom_calls(chat::chat_answer& answer, std::span<const std::string> names) {
  for (chat::answer_choice& choice : answer.choices) {
    for (chat::part& each : choice.parts) {
      if (each.kind != chat::part_kind::tool_call || each.form != call_form::function) continue;
      if (!is_named(names, each.name)) continue;
      free_text_reader reader;
      std::string said;
      reader.feed(each.text, said);
      reader.finish(said);
      each.text = std::move(said);
      each.form = call_form::custom;
    }
  }
}

}  // namespace nearfar::providers
