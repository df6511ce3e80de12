#include "providers/handover/overlap.hpp"

#include "providers/handover/text_shape.hpp"

#include <algorithm>

namespace nearfar::providers::handover {
namespace {

constexpr std::string_view ellipsis = "\xe2\x80\xa6";

}  // namespace

overlap_finder::overlap_finder(std::string_view text, const seam_rule& rule) : text_(text), rule_(rule) {
  while (origin_ < text_.size() && is_white(text_[origin_])) ++origin_;
  find_places(rule_.anchor > 0 ? least_asked_echo : least_echo);
}

// From the end backwards, so that the weight of each end is known without counting it again.
void overlap_finder::find_places(std::size_t least) {
  const std::size_t anchor_at = rule_.anchor < text_.size() ? text_.size() - rule_.anchor : 0;
  std::size_t sum = 0;
  std::size_t at = text_.size();
  while (at > origin_ && text_.size() - at < overlap_window) {
    const character here = character_before(text_, at);
    at -= here.size;
    if (here.is == shape::space || !begins_word(text_, at)) continue;
    if (here.is == shape::word) sum += word_weight;
    if (here.is == shape::unspaced) ++sum;
    if (sum >= least || at == anchor_at) places_.push_back(at);
  }
  if (origin_ < text_.size() && (places_.empty() || places_.back() != origin_)) places_.push_back(origin_);
  std::reverse(places_.begin(), places_.end());
}

bool overlap_finder::passes_over(char c) {
  if (heard_ > 0 || lead_ == lead_passed_over) return false;
  if (is_white(c)) return true;
  const bool dot = c == '.' || ellipsis.find(c) != std::string_view::npos;
  if (!rule_.own_message || !dot) return false;
  return std::none_of(places_.begin(), places_.end(), [&](std::size_t at) { return text_[at] == c; });
}

// The first byte that counts.
void overlap_finder::begin(char c) {
  // A short text as a whole, behind white space that is not its own, is as likely said again:
  // "No" + " No way".
  const bool behind_other = !own_lead_ || lead_ != origin_;
  const bool short_text = behind_other && lead_ > 0 && rule_.anchor == 0 && weight(text_) < least_echo;
  std::erase_if(places_,
                [&](std::size_t at) { return !same_begin(text_[at], c) || (whole(at) && short_text); });
}

// A message of its own may begin with a capital where the text had none.
bool overlap_finder::same_begin(char ours, char theirs) const {
  if (ours == theirs) return true;
  const bool small = ours >= 'a' && ours <= 'z';
  return rule_.own_message && small && theirs == ours - 'a' + 'A';
}

overlap overlap_finder::push(char c) {
  if (passes_over(c)) {
    own_lead_ = own_lead_ && lead_ < origin_ && text_[lead_] == c;
    ++lead_;
    return overlap::open;
  }
  if (heard_ == 0) {
    begin(c);
  } else {
    std::erase_if(places_, [&](std::size_t at) { return text_[at + heard_] != c; });
  }
  ++heard_;
  if (!places_.empty() && whole(places_.front())) origin_heard_ = heard_;
  // In ascending order the last place reaches the end of the text first.
  while (!places_.empty() && places_.back() + heard_ == text_.size()) {
    longest_ = heard_;
    anchored_ = anchored_ || (rule_.anchor > 0 && heard_ == rule_.anchor);
    places_.pop_back();
  }
  return anchored_ || places_.empty() ? settle() : overlap::open;
}

overlap overlap_finder::finish() {
  places_.clear();
  return settle();
}

overlap overlap_finder::settle() {
  if (longest_ > 0) {
    repeated_ = lead_ + longest_;
    return overlap::found;
  }
  const bool started_over = weight(text_.substr(origin_, origin_heard_)) >= least_start_over;
  return started_over ? overlap::another : overlap::none;
}

}  // namespace nearfar::providers::handover
