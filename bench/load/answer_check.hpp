// Is this the answer that the canned upstream gave, whole and in order?
#pragma once

#include "bench/load/latency.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace nearfar::bench {

// What every connection expects; outlives the checks.
struct expected_answer {
  std::string json;          // exact bytes; empty for streams
  std::uint32_t chunks = 0;  // content events of a stream
  bool stream = false;
};

// Fed with the body of one answer. Comments of a stream are skipped: they are no part of the answer.
class answer_check {
 public:
  explicit answer_check(const expected_answer& expected) : expected_(&expected) {}

  void begin();
  // `held`: how long each content event took from the upstream's write to `now`.
  void feed(std::string_view piece, std::uint64_t now, latency& held);
  // Everything came, and nothing else.
  bool whole() const;
  std::uint32_t content_events() const { return contents_; }

 private:
  void event(std::string_view text, std::uint64_t now, latency& held);

  const expected_answer* expected_;
  std::string kept_;  // an event that a read split
  std::size_t offset_ = 0;
  std::uint32_t contents_ = 0;
  std::uint8_t ends_ = 0;  // 1 after the finish event, 2 after [DONE]
  bool role_ = false;
  bool wrong_ = false;
};

}  // namespace nearfar::bench
