// A bit per target of the policy: selectors are worked out at compile time, so that evaluate only
// tests bits.
#pragma once

#include "routes/policy.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace nearfar::routes {

class target_set {
 public:
  target_set() = default;
  explicit target_set(std::size_t targets) : words_((targets + 63) / 64) {}

  void add(std::size_t t) { words_[t / 64] |= bit(t); }
  bool has(std::size_t t) const { return (words_[t / 64] & bit(t)) != 0; }
  std::span<const std::uint64_t> words() const { return words_; }

 private:
  static std::uint64_t bit(std::size_t t) { return std::uint64_t{1} << (t % 64); }
  std::vector<std::uint64_t> words_;
};

// What every guard that applies lets through. On the stack, of fixed size; starts with everything.
class wall {
 public:
  explicit wall(std::size_t targets) : words_((targets + 63) / 64) {
    for (std::size_t i = 0; i < words_; ++i) pass_[i] = ~std::uint64_t{0};
  }
  void narrow(const target_set& to) {
    const auto by = to.words();
    for (std::size_t i = 0; i < words_; ++i) pass_[i] &= by[i];
  }
  bool lets(std::size_t t) const { return ((pass_[t / 64] >> (t % 64)) & 1U) != 0; }

 private:
  std::size_t words_;
  std::array<std::uint64_t, max_targets / 64> pass_;
};

}  // namespace nearfar::routes
