// Tokens as a dialect-neutral count. Prompt counts include cached ones, completion counts include
// reasoning.
#pragma once

#include <cstdint>
#include <optional>

namespace nearfar::providers {

struct usage {
  std::uint64_t input = 0;
  std::uint64_t output = 0;
  std::uint64_t cached = 0;
  std::uint64_t cache_write = 0;
  std::uint64_t reasoning = 0;
  std::optional<double> cost;  // USD, where the upstream says so (OpenRouter)
};

}  // namespace nearfar::providers
