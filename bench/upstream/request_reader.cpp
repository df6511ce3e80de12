#include "bench/upstream/request_reader.hpp"

#include "bench/wire/head_lines.hpp"

#include <algorithm>

namespace nearfar::bench {
namespace {

constexpr std::size_t max_head = 32 * 1024;

}  // namespace

request_step request_reader::next(std::string_view& input) {
  if (!in_body_) {
    const auto step = read_head(input);
    if (step != request_step::more || !in_body_) return step;
  }
  const auto piece = input.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(input.size(), left_)));
  input.remove_prefix(piece.size());
  keep_ends(piece);
  left_ -= piece.size();
  return left_ == 0 ? finish() : request_step::more;
}

request_step request_reader::read_head(std::string_view& input) {
  const auto before = head_.size();
  const auto piece = input.substr(0, max_head - std::min(max_head, before));
  head_ += piece;
  const auto end = head_.find("\r\n\r\n", before < 3 ? 0 : before - 3);
  if (end == std::string::npos) {
    input.remove_prefix(piece.size());
    return head_.size() < max_head ? request_step::more : request_step::bad;
  }
  input.remove_prefix(end + 4 - before);
  head_.resize(end + 4);
  framing found;
  // A chunked request would need a second reader; every proxy here passes the length on.
  if (!read_framing(head_, found) || found.chunked) return request_step::bad;
  get_ = head_.starts_with("GET ");
  left_ = found.content_length;
  body_bytes_ = left_;
  front_.clear();
  back_.clear();
  head_.clear();
  in_body_ = true;
  return request_step::more;
}

void request_reader::keep_ends(std::string_view piece) {
  if (front_.size() < front_bytes) front_ += piece.substr(0, front_bytes - front_.size());
  if (left_ > piece.size() + back_bytes) return;
  back_ += piece.substr(piece.size() - std::min(piece.size(), back_bytes));
  if (back_.size() > back_bytes) back_.erase(0, back_.size() - back_bytes);
}

request_step request_reader::finish() {
  stream_ = front_.find(R"("stream":true)") != std::string::npos;
  wants_usage_ = back_.find(R"("include_usage":true)") != std::string::npos;
  in_body_ = false;
  return request_step::done;
}

}  // namespace nearfar::bench
