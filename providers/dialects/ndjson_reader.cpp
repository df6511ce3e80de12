#include "providers/dialects/ndjson_reader.hpp"

#include <utility>

namespace nearfar::providers {

void ndjson_reader::push(std::string_view bytes) {
  // What the caller did not take belongs before what comes.
  kept_.append(window_);
  window_ = bytes;
}

routes::result<bool> ndjson_reader::next(sse_event& out) {
  const auto too_long = [this] {
    broken_ = true;
    return routes::make_error(routes::error_kind::bad_event, "a line of the stream is over 8 MiB");
  };
  if (broken_) return too_long();
  const auto end = window_.find('\n');
  if (end == std::string_view::npos) {
    kept_.append(std::exchange(window_, {}));
    if (kept_.size() > max_event) return too_long();
    return false;
  }
  std::string_view line = window_.substr(0, end + 1);
  window_.remove_prefix(end + 1);
  if (!kept_.empty()) {
    kept_.append(line);
    given_.swap(kept_);
    kept_.clear();
    line = given_;
  }
  if (line.size() > max_event) return too_long();
  out = {};
  out.raw = line;
  out.data = line.substr(0, line.find_last_not_of(" \t\r\n") + 1);
  out.comment_only = out.data.empty();
  return true;
}

void ndjson_reader::reset() {
  kept_.clear();
  given_.clear();
  window_ = {};
  broken_ = false;
}

}  // namespace nearfar::providers
