// Buffers for the bodies that do not come with their head, kept for the next ones: a fresh 5 MB cost
// page faults and the giving back of every page, more than reading the JSON in it.
#pragma once

#include "providers/http/deadline.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <vector>

namespace nearfar::gateway {

struct body_buffer {
  std::unique_ptr<char[]> bytes;  // not initialised
  std::size_t size = 0;
};

// One per core, not thread safe. What is kept (32 MiB at most) is given back to the system when no
// buffer was returned for `kept_for`.
class body_buffers {
 public:
  explicit body_buffers(providers::deadline_queue& deadlines,
                        std::chrono::milliseconds kept_for = std::chrono::seconds(5));

  // Of at least so many bytes.
  body_buffer take(std::size_t size);
  // For the next ones; empty ones are fine.
  void give_back(body_buffer buffer);

  std::size_t kept() const { return kept_; }  // bytes

 private:
  std::vector<body_buffer> free_;
  std::size_t kept_ = 0;
  std::chrono::milliseconds kept_for_;
  providers::deadline clock_;
};

}  // namespace nearfar::gateway
