// A body with the readable bytes behind it that the codecs ask for. They are braces, the worst that
// can stand there for a JSON walk.
#pragma once

#include <string>
#include <string_view>

namespace nearfar::providers {

class padded {
 public:
  explicit padded(std::string_view text) : size_(text.size()), bytes_(text) { bytes_.append(64, '}'); }
  operator std::string_view() const { return {bytes_.data(), size_}; }
  std::string_view view() const { return *this; }

 private:
  std::size_t size_;
  std::string bytes_;
};

}  // namespace nearfar::providers
