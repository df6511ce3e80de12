#include "providers/dialects/line_reader.hpp"

#include <utility>

namespace nearfar::providers {

void line_reader::push(std::string_view bytes) {
  if (window_.empty()) {
    window_ = bytes;
    return;
  }
  std::string all{window_};
  all.append(bytes);
  spilled_ = std::move(all);
  window_ = spilled_;
}

routes::result<bool> line_reader::next(sse_event& out) {
  const auto too_long = [this] {
    broken_ = true;
    return routes::make_error(routes::error_kind::bad_event, "a line of the stream is over 8 MiB");
  };
  if (broken_) return too_long();
  if (window_.empty()) return false;
  const auto end = window_.find('\n');
  const std::size_t length = end == std::string_view::npos ? window_.size() : end + 1;
  if (kept_.size() + length > max_event) return too_long();
  if (end == std::string_view::npos) {
    kept_.append(window_);
    window_ = {};
    return false;
  }
  std::string_view line = window_.substr(0, length);
  window_.remove_prefix(length);
  if (!kept_.empty()) {
    kept_.append(line);
    // Out of the way of the next beginning: this line's views live until the next push.
    given_.swap(kept_);
    kept_.clear();
    line = given_;
  }
  fill(line, out);
  return true;
}

bool line_reader::last(sse_event& out) {
  if (broken_ || pending() == 0) return false;
  kept_.append(window_);
  window_ = {};
  given_.swap(kept_);
  kept_.clear();
  fill(given_, out);
  return true;
}

void line_reader::fill(std::string_view line, sse_event& out) {
  out = {line, {}, line, false};
  if (out.data.ends_with('\n')) out.data.remove_suffix(1);
  if (out.data.ends_with('\r')) out.data.remove_suffix(1);
  out.comment_only = out.data.find_first_not_of(" \t\r") == std::string_view::npos;
}

void line_reader::reset() {
  kept_.clear();
  window_ = {};
  broken_ = false;
}

}  // namespace nearfar::providers
