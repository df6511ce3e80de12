// The lines of a head as spans, read as strictly as RFC 9112 allows (sections 2.2, 5.1, 5.2): every line ends
// with CR LF, no blank stands before a colon, no line goes on in the next one, no value holds a control byte
// but HTAB. Sans-I/O; what the fields mean is for the readers of requests and responses.
#pragma once

#include "providers/http/head_bytes.hpp"
#include "providers/http/header_field.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>

namespace nearfar::providers {

enum class scan : std::uint8_t {
  field,
  end,   // of the head
  more,  // bytes are needed
  bad_name,
  bad_value,
  bad_line_end,
  folded,  // the field's name and the first line of its value are told
};

class head_scanner {
 public:
  // The spans it gives point into `text`.
  explicit head_scanner(std::string_view text)
      : begin_(text.data()), at_(begin_), end_(begin_ + text.size()) {}

  // Of the start line. Each takes what it gives.
  std::string_view token() { return take_to(end_of_token(at_, end_)); }  // may be empty
  std::string_view word() { return take_to(end_of_word(at_, end_)); }    // may be empty
  std::string_view text() { return take_to(end_of_text(at_, end_)); }    // may be empty
  bool take(std::string_view literal) {
    const bool there = left() >= literal.size() && std::memcmp(at_, literal.data(), literal.size()) == 0;
    if (there) at_ += literal.size();
    return there;
  }
  bool whole() const { return at_ == end_; }
  // `field`: a line's end was taken; else `more` or `bad_line_end`, or `bad_value` where none begins here.
  scan line_end();

  // Then, until it gives something else than `field`. `out` is written only for `field` and `folded`.
  scan next(header_field& out);

  std::size_t size() const { return static_cast<std::size_t>(at_ - begin_); }  // of what was taken

 private:
  std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }
  std::string_view take_to(const char* to) { return span(std::exchange(at_, to), to); }
  static std::string_view span(const char* from, const char* to) {
    return {from, static_cast<std::size_t>(to - from)};
  }

  const char* begin_;
  const char* at_;
  const char* end_;
};

// What the Connection fields of a head say together (RFC 9110 section 7.6.1).
class connection_options {
 public:
  // False: the value is no list of tokens.
  bool take(std::string_view value);

  bool close() const { return close_; }
  bool keep_alive() const { return keep_alive_; }
  bool upgrade() const { return upgrade_; }

  // Once all fields are read: those that were named end here.
  void hold_back(std::span<header_field> fields) const {
    if (names_fields_) hold_back_named(fields);
  }

 private:
  static void hold_back_named(std::span<header_field> fields);
  void take_one(std::string_view option);

  bool close_ = false;
  bool keep_alive_ = false;
  bool upgrade_ = false;
  bool names_fields_ = false;
};

}  // namespace nearfar::providers
