#include "bench/load/latency.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace nearfar::bench {

std::size_t latency::above(std::uint64_t ns) const {
  return static_cast<std::size_t>(std::ranges::count_if(samples_, [ns](auto sample) { return sample > ns; }));
}

std::string latency::json() {
  std::ranges::sort(samples_);
  const auto at = [this](double share) {
    if (samples_.empty()) return 0.0;
    const auto index = static_cast<std::size_t>(share * static_cast<double>(samples_.size() - 1));
    return static_cast<double>(samples_[index]) / 1e3;
  };
  const auto sum = std::accumulate(samples_.begin(), samples_.end(), std::uint64_t{0});
  const double mean =
      samples_.empty() ? 0 : static_cast<double>(sum) / 1e3 / static_cast<double>(samples_.size());
  return fmt::format(R"({{"mean":{:.1f},"p50":{:.1f},"p90":{:.1f},"p99":{:.1f},"p999":{:.1f},"max":{:.1f}}})",
                     mean, at(0.5), at(0.9), at(0.99), at(0.999), at(1));
}

}  // namespace nearfar::bench
