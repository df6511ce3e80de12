// Durations, all of them kept: percentiles are exact.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace nearfar::bench {

class latency {
 public:
  void add(std::uint64_t ns) { samples_.push_back(ns); }
  std::size_t count() const { return samples_.size(); }
  std::size_t above(std::uint64_t ns) const;

  // A JSON object of microseconds: mean, p50, p90, p99, p999, max; all zero without a sample.
  std::string json();

 private:
  std::vector<std::uint64_t> samples_;
};

}  // namespace nearfar::bench
