// HTTP/1.1 responses out of a byte stream, as spans. Sans-I/O.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace nearfar::bench {

enum class response_step : std::uint8_t { more, body, done, bad };

class response_reader {
 public:
  void reset();

  // Takes from the front of `input`. `body`: a piece of the body, without chunk framing, in `piece`;
  // `more`: all of the input is used up.
  response_step next(std::string_view& input, std::string_view& piece);

  int status() const { return status_; }
  bool close() const { return close_; }  // the server will close
  bool begun() const { return begun_; }  // some byte of this response came

 private:
  enum class part : std::uint8_t { head, fixed, size_line, chunk, chunk_end, trailer, finished };

  response_step read_head(std::string_view& input);
  response_step read_line(std::string_view& input);
  response_step take_body(std::string_view& input, std::string_view& piece);
  bool end_of_line(std::string_view line);

  part part_ = part::head;
  std::string kept_;  // an unfinished head or line
  std::uint64_t left_ = 0;
  int status_ = 0;
  bool close_ = false;
  bool begun_ = false;
};

}  // namespace nearfar::bench
