#include "gateway/body_buffers.hpp"

#include <algorithm>
#include <utility>

namespace nearfar::gateway {

namespace {

constexpr std::size_t most_kept = 32 * 1024 * 1024;
// Sizes are rounded up to this, so that bodies of nearly the same size fit each other's buffers.
constexpr std::size_t step = 64 * 1024;

}  // namespace

body_buffers::body_buffers(providers::deadline_queue& deadlines, std::chrono::milliseconds kept_for)
    : kept_for_(kept_for), clock_(deadlines, [this] {
        free_.clear();
        free_.shrink_to_fit();
        kept_ = 0;
      }) {}

body_buffer body_buffers::take(std::size_t size) {
  auto best = free_.end();
  for (auto each = free_.begin(); each != free_.end(); ++each) {
    if (each->size >= size && (best == free_.end() || each->size < best->size)) best = each;
  }
  if (best == free_.end()) {
    const std::size_t rounded = (size + step - 1) / step * step;
    // Not value-initialised: the bytes are about to be read, and 5 MB of zeros cost as much as the copy.
    return {std::unique_ptr<char[]>(new char[rounded]), rounded};
  }
  body_buffer out = std::move(*best);
  *best = std::move(free_.back());
  free_.pop_back();
  kept_ -= out.size;
  return out;
}

void body_buffers::give_back(body_buffer buffer) {
  if (!buffer.bytes || kept_ + buffer.size > most_kept) return;
  kept_ += buffer.size;
  free_.push_back(std::move(buffer));
  clock_.set_after(kept_for_);
}

}  // namespace nearfar::gateway
