// What was left out of a request on its way, each line once. Sans-I/O.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace nearfar::providers::openai_responses {

class notes {
 public:
  // `what` is of a closed set, never the client's.
  void add(std::string_view what) {
    if (std::find(lines_.begin(), lines_.end(), what) == lines_.end()) lines_.emplace_back(what);
  }
  std::vector<std::string> take() { return std::move(lines_); }

 private:
  std::vector<std::string> lines_;
};

}  // namespace nearfar::providers::openai_responses
