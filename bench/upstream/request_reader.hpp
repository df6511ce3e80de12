// One HTTP/1.1 request after another out of a byte stream: where it ends and what it asks for.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace nearfar::bench {

enum class request_step : std::uint8_t { more, done, bad };

class request_reader {
 public:
  // Takes from the front of `input`; `done` once per request, after its last byte.
  request_step next(std::string_view& input);

  // Of the request that is done.
  bool stream() const { return stream_; }
  bool wants_usage() const { return wants_usage_; }
  bool get() const { return get_; }
  std::uint64_t body_bytes() const { return body_bytes_; }

 private:
  // Only the ends of a body are looked at: `stream` stands at the front of what the load generator
  // sends, and what a gateway appends stands at the back.
  static constexpr std::size_t front_bytes = 256;
  static constexpr std::size_t back_bytes = 256;

  request_step read_head(std::string_view& input);
  void keep_ends(std::string_view piece);
  request_step finish();

  std::string head_;
  std::string front_;
  std::string back_;
  std::uint64_t left_ = 0;
  std::uint64_t body_bytes_ = 0;
  bool in_body_ = false;
  bool stream_ = false;
  bool wants_usage_ = false;
  bool get_ = false;
};

}  // namespace nearfar::bench
