// The last lines that a child process wrote. Sans-I/O.
//
// They go to whoever asks for a server's status and never to the gateway's log: what a model server
// prints is not ours to vouch for.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace nearfar::providers {

class output_ring {
 public:
  static constexpr std::size_t max_lines = 200;
  static constexpr std::size_t max_line = 512;  // bytes; the rest of a longer line is dropped

  void feed(std::string_view bytes);
  std::vector<std::string> lines() const;  // an unfinished last line included
  // The line that says best why a process failed: llama.cpp marks errors with " E " in the log
  // prefix and "error" in what has no prefix; else the last line. Empty: nothing was written.
  std::string reason() const;
  void clear();

 private:
  void end_line();

  std::deque<std::string> lines_;
  std::string open_;
};

}  // namespace nearfar::providers
