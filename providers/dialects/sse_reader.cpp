#include "providers/dialects/sse_reader.hpp"

#include <cstring>

namespace nearfar::providers {
namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

// The first LF or CR at or after `from`.
std::size_t find_terminator(std::string_view bytes, std::size_t from) {
  const char* begin = bytes.data() + from;
  const std::size_t size = bytes.size() - from;
  if (size == 0) return std::string_view::npos;
  const auto* lf = static_cast<const char*>(std::memchr(begin, '\n', size));
  const std::size_t before = lf ? static_cast<std::size_t>(lf - begin) : size;
  const auto* cr = static_cast<const char*>(std::memchr(begin, '\r', before));
  if (cr) return from + static_cast<std::size_t>(cr - begin);
  return lf ? from + before : std::string_view::npos;
}

}  // namespace

void sse_reader::push(std::string_view bytes) {
  joined_.clear();
  if (window_.empty()) {
    window_ = bytes;
    return;
  }
  std::string all{window_};
  all.append(bytes);
  spilled_ = std::move(all);
  window_ = spilled_;
}

// Where the event at hand ends in `bytes`, after its blank line; npos: not in these. The state between
// calls is that of a line, so no byte is scanned twice.
std::size_t sse_reader::find_end(std::string_view bytes) {
  std::size_t at = 0;
  if (saw_cr_ && !bytes.empty()) {
    saw_cr_ = false;
    if (bytes.front() == '\n') at = 1;
  }
  while (true) {
    const std::size_t end = find_terminator(bytes, at);
    if (end == std::string_view::npos) {
      if (at < bytes.size()) line_empty_ = false;
      return end;
    }
    const bool blank = line_empty_ && end == at;
    at = end + 1;
    if (bytes[end] == '\r') {
      if (at < bytes.size() && bytes[at] == '\n') {
        ++at;
      } else if (at == bytes.size()) {
        // An event leaves at once: should an LF follow a blank line's CR, it is a blank line by itself.
        saw_cr_ = !blank;
      }
    }
    line_empty_ = true;
    if (blank) return at;
  }
}

routes::result<bool> sse_reader::next(sse_event& out) {
  const auto too_long = [this] {
    broken_ = true;
    return routes::make_error(routes::error_kind::bad_event, "an event of the stream is over 8 MiB");
  };
  if (broken_) return too_long();
  if (window_.empty()) return false;
  const std::size_t end = find_end(window_);
  if (end == std::string_view::npos) {
    if (kept_.size() + window_.size() > max_event) return too_long();
    kept_.append(window_);
    window_ = {};
    return false;
  }
  if (kept_.size() + end > max_event) return too_long();
  std::string_view event = window_.substr(0, end);
  window_.remove_prefix(end);
  if (!kept_.empty()) {
    kept_.append(event);
    // Out of the way of the next beginning: this event's views live until the next push.
    given_.swap(kept_);
    kept_.clear();
    event = given_;
  }
  parse(event, out);
  return true;
}

void sse_reader::parse(std::string_view event, sse_event& out) {
  out = {event, {}, {}, false};
  if (at_start_) {
    at_start_ = false;
    if (event.starts_with(byte_order_mark)) event.remove_prefix(byte_order_mark.size());
  }
  std::size_t data_lines = 0;
  while (!event.empty()) {
    // The blank line ends every event, so there is a terminator.
    const std::size_t end = find_terminator(event, 0);
    field(event.substr(0, end), out, data_lines);
    const bool crlf = event[end] == '\r' && end + 1 < event.size() && event[end + 1] == '\n';
    event.remove_prefix(end + (crlf ? 2 : 1));
  }
  if (data_lines > 1) out.data = joined_.back();
  out.comment_only = data_lines == 0;
}

void sse_reader::field(std::string_view line, sse_event& out, std::size_t& data_lines) {
  const std::size_t colon = line.find(':');
  const std::string_view name = line.substr(0, colon);
  std::string_view value = colon == std::string_view::npos ? std::string_view{} : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (name == "data") {
    ++data_lines;
    if (data_lines == 1) {
      out.data = value;
      return;
    }
    if (data_lines == 2) joined_.emplace_back(out.data);
    joined_.back().push_back('\n');
    joined_.back().append(value);
  } else if (name == "event") {
    out.name = value;
  }
}

std::size_t sse_reader::pending() const {
  return window_.size() + kept_.size();
}

void sse_reader::reset() {
  kept_.clear();
  window_ = {};
  line_empty_ = true;
  saw_cr_ = false;
  at_start_ = true;
  broken_ = false;
}

}  // namespace nearfar::providers
