// Lines of a head into a reused string, with room made once.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace nearfar::providers {

// Until it dies the string belongs to it. What it is given must be fit for a head already.
class head_writer {
 public:
  // What `out` holds is replaced. `room`: so many bytes are likely; more may come.
  head_writer(std::string& out, std::size_t room) : out_(out) { out_.resize(room); }
  ~head_writer() { out_.resize(size_); }
  head_writer(const head_writer&) = delete;
  head_writer& operator=(const head_writer&) = delete;

  void put(std::string_view text) {
    make_room(text.size());
    put_unchecked(text);
  }

  void put(std::uint64_t number) {
    constexpr std::size_t most_digits = 20;
    make_room(most_digits);
    char* const from = out_.data() + size_;
    size_ += static_cast<std::size_t>(std::to_chars(from, from + most_digits, number).ptr - from);
  }

  void field(std::string_view name, std::string_view value) {
    constexpr std::string_view between = ": ";
    constexpr std::string_view behind = "\r\n";
    make_room(name.size() + between.size() + value.size() + behind.size());
    put_unchecked(name);
    put_unchecked(between);
    put_unchecked(value);
    put_unchecked(behind);
  }

 private:
  void make_room(std::size_t size) {
    if (out_.size() - size_ < size) out_.resize(2 * out_.size() + size);
  }
  void put_unchecked(std::string_view text) { size_ += text.copy(out_.data() + size_, text.size()); }

  std::string& out_;
  std::size_t size_ = 0;
};

}  // namespace nearfar::providers
