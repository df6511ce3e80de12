// <think>…</think> in a model's text, told apart from the text although the tags come in pieces. Sans-I/O.
//
// MiniMax answers so by default, raw Qwen and DeepSeek models on local servers too; Google's compatible
// endpoint says <thought>. Only a tag that opens the answer counts: later ones are text about tags.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace nearfar::providers::openai_chat {

class think_tags {
 public:
  enum class kind : std::uint8_t { text, thinking };

  // Calls emit(kind, piece) for what is sure; pieces are views of `text` or of static text, never empty.
  // Blank space behind the tags is taken out. Bytes that may be the beginning of a tag wait.
  template <class Emit>
  void push(std::string_view text, Emit&& emit) {
    while (!text.empty()) step(text, emit);
  }

  // The answer is over: what waited was text after all.
  template <class Emit>
  void finish(Emit&& emit) {
    const std::string_view held = tag().substr(0, held_);
    held_ = 0;
    if (!held.empty()) emit(where_ == place::inside ? kind::thinking : kind::text, held);
    where_ = place::after;
  }

 private:
  enum class place : std::uint8_t { before, inside, behind, after };

  static constexpr std::string_view openings[] = {"<think>", "<thought>"};
  static constexpr std::string_view closings[] = {"</think>", "</thought>"};

  std::string_view tag() const { return (where_ == place::inside ? closings : openings)[which_]; }

  static bool blank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
  static std::string_view skip_blanks(std::string_view text) {
    while (!text.empty() && blank(text.front())) text.remove_prefix(1);
    return text;
  }

  template <class Emit>
  void step(std::string_view& text, Emit&& emit) {
    switch (where_) {
      case place::before:
        return before(text, emit);
      case place::inside:
        return inside(text, emit);
      case place::behind:
        text = skip_blanks(text);
        if (!text.empty()) where_ = place::after;
        return;
      case place::after:
        emit(kind::text, text);
        text = {};
        return;
    }
  }

  template <class Emit>
  void before(std::string_view& text, Emit&& emit) {
    if (held_ == 0 && skip_blanks(text).empty()) {
      emit(kind::text, text);  // an answer may begin with blank lines and go on without a tag
      text = {};
      return;
    }
    if (held_ == 0) text = lead(text, emit);
    while (!text.empty()) {
      if (!next_of_opening(text.front())) {
        const std::string_view held = tag().substr(0, held_);
        held_ = 0;
        where_ = place::after;
        if (!held.empty()) emit(kind::text, held);
        return;
      }
      ++held_;
      text.remove_prefix(1);
      if (held_ == tag().size()) {
        held_ = 0;
        where_ = place::inside;
        fresh_ = true;
        return;
      }
    }
  }

  // Blank space before what is no tag is the answer's own; before a tag it is of no use.
  template <class Emit>
  std::string_view lead(std::string_view text, Emit&& emit) {
    const std::string_view rest = skip_blanks(text);
    if (rest.front() != '<' && rest.size() != text.size()) {
      emit(kind::text, text.substr(0, text.size() - rest.size()));
    }
    return rest;
  }

  bool next_of_opening(char c) {
    if (tag()[held_] == c) return true;
    // Both openings begin alike.
    for (std::uint8_t other = 0; other < 2; ++other) {
      if (openings[other].substr(0, held_) == tag().substr(0, held_) && openings[other][held_] == c) {
        which_ = other;
        return true;
      }
    }
    return false;
  }

  template <class Emit>
  void inside(std::string_view& text, Emit&& emit) {
    if (fresh_) {
      text = skip_blanks(text);
      if (text.empty()) return;
      fresh_ = false;
    }
    const std::string_view end = tag();
    while (!text.empty()) {
      if (held_ == 0) {
        const std::size_t at = std::min(text.find('<'), text.size());
        if (at > 0) emit(kind::thinking, text.substr(0, at));
        text.remove_prefix(at);
        if (text.empty()) return;
      }
      while (!text.empty() && held_ < end.size() && text.front() == end[held_]) {
        text.remove_prefix(1);
        ++held_;
      }
      if (held_ == end.size()) {
        held_ = 0;
        where_ = place::behind;
        return;
      }
      if (text.empty()) return;  // the rest of the tag may be still to come
      emit(kind::thinking, end.substr(0, held_));
      held_ = 0;
    }
  }

  place where_ = place::before;
  std::size_t held_ = 0;    // bytes of the tag at hand that have come
  std::uint8_t which_ = 0;  // which pair of tags
  bool fresh_ = false;      // right behind the opening tag
};

}  // namespace nearfar::providers::openai_chat
