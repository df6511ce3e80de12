// Characters that a server has cut between two events: each holds some of the bytes, and neither is UTF-8 or,
// so, JSON (RFC 8259 section 8.1). Sans-I/O.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace nearfar::providers {

// One per stream. Not thread-safe.
class split_characters {
 public:
  // `event`, which was found not to be UTF-8: bytes that its strings end with too early are kept back, and
  // stand before the string that begins with the rest. What is no half of a character stays as it is, so that
  // the event is malformed. The view lives until the next call. Of several choices whose characters are cut
  // at the same time only the first is joined.
  std::string_view mend(std::string_view event);

 private:
  std::size_t join(std::string_view rest);

  std::string kept_;  // the bytes that the last events ended with
  std::string text_;
};

}  // namespace nearfar::providers
