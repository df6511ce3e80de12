// Tokens as a dialect-neutral count. Prompt counts include cached ones, those written to a cache, images and
// sounds; completion counts include reasoning.
#pragma once

#include <cstdint>
#include <optional>

namespace nearfar::providers {

struct usage {
  std::uint64_t input = 0;
  std::uint64_t output = 0;
  std::uint64_t cached = 0;
  std::uint64_t cache_write = 0;
  std::uint64_t cache_write_long = 0;  // of them, those kept for an hour (Anthropic bills them higher)
  std::uint64_t reasoning = 0;
  std::uint64_t image = 0;     // of the input
  std::uint64_t audio = 0;     // of the input
  std::optional<double> cost;  // USD, where the upstream says so (OpenRouter)
};

}  // namespace nearfar::providers
