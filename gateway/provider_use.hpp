// A place at a target's provider for something that is no attempt (a prefill): nothing is learnt from it.
#pragma once

#include "gateway/core.hpp"
#include "providers/os/clock.hpp"

#include <memory>
#include <string_view>
#include <utility>

namespace nearfar::gateway {

// Gives the place back when it goes, or at leave().
class provider_use {
 public:
  provider_use(core& on, std::shared_ptr<const deployment> of, routes::target_index target)
      : on_(on), of_(std::move(of)), target_(target) {
    got_ = on.shared.registry.admit(*of_, target, providers::boot_now(), target_registry::past_breaker::no);
    held_ = got_ == target_registry::admission::admitted;
  }
  ~provider_use() { leave(); }
  provider_use(const provider_use&) = delete;
  provider_use& operator=(const provider_use&) = delete;

  explicit operator bool() const { return held_; }
  std::string_view why() const {
    return got_ == target_registry::admission::full ? "every place at its provider is taken"
                                                    : "its breaker is open";
  }
  void leave() {
    if (std::exchange(held_, false)) on_.shared.registry.abandoned(*of_, target_);
  }

 private:
  core& on_;
  std::shared_ptr<const deployment> of_;
  routes::target_index target_;
  target_registry::admission got_;
  bool held_ = false;
};

}  // namespace nearfar::gateway
