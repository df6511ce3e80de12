// Whether pieces of a JSON object that come one by one have come to its end. Sans-I/O.
#pragma once

#include <cstddef>
#include <string_view>

namespace nearfar::providers::anthropic_messages {

class json_extent {
 public:
  void take(std::string_view piece) {
    for (const char c : piece) {
      if (escaped_) {
        escaped_ = false;
      } else if (in_string_) {
        escaped_ = c == '\\';
        in_string_ = c != '"';
      } else if (c == '"') {
        in_string_ = true;
      } else if (c == '{' || c == '[') {
        ++depth_;
        begun_ = true;
      } else if ((c == '}' || c == ']') && depth_ > 0) {
        --depth_;
      }
    }
  }
  bool whole() const { return begun_ && depth_ == 0; }

 private:
  std::size_t depth_ = 0;
  bool begun_ = false;
  bool in_string_ = false;
  bool escaped_ = false;
};

}  // namespace nearfar::providers::anthropic_messages
