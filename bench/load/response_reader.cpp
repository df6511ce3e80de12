#include "bench/load/response_reader.hpp"

#include "bench/wire/head_lines.hpp"

#include <algorithm>
#include <charconv>

namespace nearfar::bench {
namespace {

constexpr std::size_t max_head = 32 * 1024;

}  // namespace

void response_reader::reset() {
  part_ = part::head;
  kept_.clear();
  left_ = 0;
  status_ = 0;
  close_ = false;
  begun_ = false;
}

response_step response_reader::next(std::string_view& input, std::string_view& piece) {
  while (part_ != part::finished) {
    if (input.empty()) return response_step::more;
    begun_ = true;
    response_step step = response_step::more;
    if (part_ == part::head) {
      step = read_head(input);
    } else if (part_ == part::fixed || part_ == part::chunk) {
      return take_body(input, piece);
    } else {
      step = read_line(input);
    }
    if (step == response_step::bad) return step;
  }
  return response_step::done;
}

response_step response_reader::read_head(std::string_view& input) {
  const auto before = kept_.size();
  const auto piece = input.substr(0, max_head - std::min(max_head, before));
  kept_ += piece;
  const auto end = kept_.find("\r\n\r\n", before < 3 ? 0 : before - 3);
  if (end == std::string::npos) {
    input.remove_prefix(piece.size());
    return kept_.size() < max_head ? response_step::more : response_step::bad;
  }
  input.remove_prefix(end + 4 - before);
  kept_.resize(end + 4);
  framing found;
  if (!kept_.starts_with("HTTP/1.1 ") || !read_framing(kept_, found)) return response_step::bad;
  if (std::from_chars(kept_.data() + 9, kept_.data() + 12, status_).ec != std::errc{})
    return response_step::bad;
  kept_.clear();
  if (status_ < 200) return response_step::more;
  close_ = found.close;
  left_ = found.content_length;
  // A body that ends with the connection would make a truncated answer look whole: refused.
  if (!found.chunked && !found.has_length) return response_step::bad;
  part_ = found.chunked ? part::size_line : left_ > 0 ? part::fixed : part::finished;
  return response_step::more;
}

response_step response_reader::take_body(std::string_view& input, std::string_view& piece) {
  piece = input.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size())));
  input.remove_prefix(piece.size());
  left_ -= piece.size();
  if (left_ == 0) part_ = part_ == part::fixed ? part::finished : part::chunk_end;
  return response_step::body;
}

response_step response_reader::read_line(std::string_view& input) {
  const auto end = input.find('\n');
  const auto piece = input.substr(0, end == std::string_view::npos ? end : end + 1);
  kept_ += piece;
  input.remove_prefix(piece.size());
  if (kept_.size() > max_head) return response_step::bad;
  if (end == std::string_view::npos) return response_step::more;
  if (!kept_.ends_with("\r\n")) return response_step::bad;
  const bool good = end_of_line(std::string_view(kept_).substr(0, kept_.size() - 2));
  kept_.clear();
  return good ? response_step::more : response_step::bad;
}

bool response_reader::end_of_line(std::string_view line) {
  if (part_ == part::chunk_end) {
    part_ = part::size_line;
    return line.empty();
  }
  if (part_ == part::trailer) {
    if (line.empty()) part_ = part::finished;
    return true;
  }
  const auto parsed = std::from_chars(line.data(), line.data() + line.size(), left_, 16);
  part_ = left_ > 0 ? part::chunk : part::trailer;
  return parsed.ec == std::errc{} && parsed.ptr == line.data() + line.size();
}

}  // namespace nearfar::bench
