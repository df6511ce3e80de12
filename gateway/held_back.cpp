#include "gateway/held_back.hpp"

namespace nearfar::gateway {

void held_back::push(std::span<const std::string_view> events, std::string_view text) {
  passed_.clear();
  words_.feed(text.substr(text_seen_), passed_);
  text_free_ += passed_.size();
  text_seen_ = text.size();
  if (events.empty()) return;
  auto& last = waiting_.emplace_back();
  for (const auto event : events) last.events += event;
  last.text_end = text.size();
}

void held_back::take(std::string& to) {
  while (!waiting_.empty() && (open_ || waiting_.front().text_end <= text_free_)) {
    to += waiting_.front().events;
    text_gone_ = waiting_.front().text_end;
    waiting_.pop_front();
  }
}

}  // namespace nearfar::gateway
