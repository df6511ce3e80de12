#include "bench/load/answer_check.hpp"

#include "bench/wire/canned.hpp"

#include <utility>

namespace nearfar::bench {

void answer_check::begin() {
  kept_.clear();
  offset_ = 0;
  contents_ = 0;
  ends_ = 0;
  role_ = false;
  wrong_ = false;
}

void answer_check::feed(std::string_view piece, std::uint64_t now, latency& held) {
  if (!expected_->stream) {
    if (std::string_view(expected_->json).substr(offset_, piece.size()) != piece) wrong_ = true;
    offset_ += std::min(piece.size(), expected_->json.size() - offset_);
    return;
  }
  if (!kept_.empty()) {
    kept_ += piece;
    piece = kept_;
  }
  for (auto end = piece.find("\n\n"); end != std::string_view::npos; end = piece.find("\n\n")) {
    event(piece.substr(0, end + 2), now, held);
    piece.remove_prefix(end + 2);
  }
  std::string rest(piece);
  kept_ = std::move(rest);
}

void answer_check::event(std::string_view text, std::uint64_t now, latency& held) {
  if (text.starts_with(":")) return;
  if (!role_) {
    role_ = true;
    wrong_ = wrong_ || text != role_event();
  } else if (contents_ < expected_->chunks) {
    const auto stamp = read_content_event(text, contents_);
    wrong_ = wrong_ || !stamp.has_value();
    if (stamp) held.add(now > *stamp ? now - *stamp : 0);
    ++contents_;
  } else {
    const auto want = ends_ == 0 ? finish_event() : done_event();
    wrong_ = wrong_ || ends_ == 2 || text != want;
    ++ends_;
  }
}

bool answer_check::whole() const {
  if (wrong_ || !kept_.empty()) return false;
  if (!expected_->stream) return offset_ == expected_->json.size();
  return contents_ == expected_->chunks && ends_ == 2;
}

}  // namespace nearfar::bench
