#include "providers/device/output_ring.hpp"

#include <utility>

namespace nearfar::providers {

namespace {

constexpr std::size_t prefix_width = 24;  // "0.00.018.309 E srv " and the like

bool says_error(const std::string& line) {
  const auto mark = line.find(" E ");
  const bool stamped = !line.empty() && line.front() >= '0' && line.front() <= '9';
  return (stamped && mark < prefix_width) || line.starts_with("error");
}

}  // namespace

void output_ring::feed(std::string_view bytes) {
  for (const char c : bytes) {
    if (c == '\n') {
      end_line();
    } else if (open_.size() < max_line && (c == '\t' || static_cast<unsigned char>(c) >= 0x20)) {
      open_.push_back(c);
    }
  }
}

void output_ring::end_line() {
  if (open_.empty()) return;
  if (lines_.size() == max_lines) lines_.pop_front();
  lines_.push_back(std::exchange(open_, {}));
}

std::vector<std::string> output_ring::lines() const {
  std::vector<std::string> all(lines_.begin(), lines_.end());
  if (!open_.empty()) all.push_back(open_);
  return all;
}

std::string output_ring::reason() const {
  for (const auto& line : lines_) {
    if (says_error(line)) return line;
  }
  if (!open_.empty()) return open_;
  return lines_.empty() ? std::string() : lines_.back();
}

void output_ring::clear() {
  lines_.clear();
  open_.clear();
}

}  // namespace nearfar::providers
