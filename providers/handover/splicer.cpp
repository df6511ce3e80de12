#include "providers/handover/splicer.hpp"

#include "providers/handover/text_shape.hpp"

#include <algorithm>

namespace nearfar::providers::handover {

splicer::splicer(std::string_view said, const seam_rule& rule)
    : said_(said), rule_(rule), kept_(said.size() - white_tail(said)) {
  const std::string_view text{said_.data(), kept_};
  switch (rule_.how) {
    case seam::exact:
      // The target goes on where its own text ended: what it was not sent may come once more.
      place_ = said_.size() - std::min(rule_.cut, said_.size() - kept_);
      stage_ = place_ < said_.size() ? stage::white : stage::open;
      break;
    case seam::may_echo:
      finder_.emplace(text, rule_);
      stage_ = stage::looking;
      break;
    case seam::restart:
      while (place_ < kept_ && is_white(said_[place_])) ++place_;
      stage_ = stage::repeating;
      break;
  }
  if (kept_ > 0 || rule_.how == seam::exact) return;
  place_ = rule_.how == seam::restart ? 0 : said_.size() - std::min(rule_.cut, said_.size());
  stage_ = place_ < said_.size() ? stage::white : stage::open;
}

void splicer::feed(std::string_view delta, std::string& out) {
  if (stage_ == stage::mismatch) return;
  std::string joined;
  if (!unfinished_.empty()) {
    joined.swap(unfinished_);
    joined.append(delta);
    delta = joined;
  }
  const std::size_t held = unfinished_bytes(delta);
  unfinished_.assign(delta.substr(delta.size() - held));
  replay(delta.substr(0, delta.size() - held), out);
}

void splicer::finish(std::string& out) {
  dropped_ += unfinished_.size();
  unfinished_.clear();
  if (stage_ == stage::looking) decide(finder_->finish(), out);
  if (stage_ == stage::repeating) stage_ = stage::mismatch;
  if (stage_ == stage::white) stage_ = stage::open;
}

splice_state splicer::state() const {
  if (stage_ == stage::mismatch) return splice_state::mismatch;
  return stage_ == stage::open ? splice_state::flowing : splice_state::joining;
}

void splicer::replay(std::string_view text, std::string& out) {
  while (!text.empty() && stage_ != stage::open && stage_ != stage::mismatch) {
    const std::string_view one = text.substr(0, character_at(text, 0).size);
    text.remove_prefix(one.size());
    take(one, out);
  }
  if (stage_ == stage::open) out.append(text);
}

void splicer::take(std::string_view one, std::string& out) {
  if (stage_ == stage::looking) return look(one, out);
  if (stage_ == stage::white) return pass_white(one, out);
  std::size_t at = 0;
  while (at < one.size() && stage_ == stage::repeating) repeat(one[at++]);
  replay(one.substr(at), out);  // what was said may end inside of this character
}

void splicer::look(std::string_view one, std::string& out) {
  heard_.append(one);
  overlap what = overlap::open;
  for (std::size_t i = 0; i < one.size() && what == overlap::open; ++i) what = finder_->push(one[i]);
  decide(what, out);
}

void splicer::decide(overlap what, std::string& out) {
  if (what == overlap::open) return;
  std::string heard;
  heard.swap(heard_);
  if (what == overlap::another) {
    dropped_ += heard.size();
    stage_ = stage::mismatch;
    return;
  }
  std::string_view rest = heard;
  std::size_t sent_before = said_.size() - std::min(rule_.cut, said_.size() - kept_);
  if (what == overlap::found) {
    dropped_ += finder_->repeated();
    rest.remove_prefix(finder_->repeated());
    sent_before = kept_;  // it repeats its way through the white space as well
  } else if (space_was_lost(rest)) {
    out.push_back(' ');
  }
  finder_.reset();
  place_ = sent_before;
  stage_ = place_ < said_.size() ? stage::white : stage::open;
  replay(rest, out);
}

// A message of its own that repeats nothing begins without the white space that belongs there.
bool splicer::space_was_lost(std::string_view next) const {
  if (!rule_.own_message || next.empty() || kept_ < said_.size() || kept_ == 0) return false;
  const character before = character_before(said_, kept_);
  const character after = character_at(next, 0);
  if (after.code == '(') return before.is == shape::word;
  if (after.is != shape::word) return false;
  if (before.is == shape::word) return begins_word(next, 0);
  if (before.code >= 0x80) return false;
  const bool digit = after.code >= '0' && after.code <= '9';
  const bool small = after.code >= 'a' && after.code <= 'z';
  switch (static_cast<char>(before.code)) {
    case '.':
      return !digit && !small;  // 3.14, example.com
    case ',':
    case ':':
      return !digit;
    case ';':
    case '!':
    case '?':
    case ')':
      return true;
    default:
      return false;
  }
}

void splicer::repeat(char c) {
  if (!begun_ && is_white(c)) {
    ++dropped_;
    return;
  }
  begun_ = true;
  if (c != said_[place_]) {
    stage_ = stage::mismatch;
    return;
  }
  ++dropped_;
  if (++place_ < kept_) return;
  stage_ = place_ < said_.size() ? stage::white : stage::open;
}

void splicer::pass_white(std::string_view one, std::string& out) {
  if (one.front() == said_[place_]) {
    ++dropped_;
    if (++place_ == said_.size()) stage_ = stage::open;
    return;
  }
  stage_ = stage::open;
  out.append(one);
}

}  // namespace nearfar::providers::handover
