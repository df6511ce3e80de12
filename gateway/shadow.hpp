// A second policy beside the live one: it answers every recorded decision too, on the decision log's
// thread, and disagreements are counted. No query waits for it and nothing is sent anywhere.
#pragma once

#include "routes/policy.hpp"
#include "routes/replay.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace nearfar::gateway {

struct shadow_counts {
  std::uint64_t agree = 0;
  std::uint64_t differ = 0;
  std::uint64_t undecidable = 0;  // a fact that only the shadow asks for was not recorded
};

// judge() on one thread; counts() from any.
class shadow_judge {
 public:
  explicit shadow_judge(std::shared_ptr<const routes::policy> rules);

  void judge(std::string_view line);
  shadow_counts counts() const;
  const std::string& revision() const { return rules_->revision(); }
  // Of the same text and, where providers list their models, of the same models.
  bool is_same_as(const shadow_judge& other) const;

 private:
  std::shared_ptr<const routes::policy> rules_;
  routes::replay replay_;
  routes::plan plan_;
  routes::trace why_;
  std::atomic<std::uint64_t> agree_{0};
  std::atomic<std::uint64_t> differ_{0};
  std::atomic<std::uint64_t> undecidable_{0};
};

// Null with the reason in `why`: the file is wrong. The live policy goes on without a shadow then.
std::shared_ptr<shadow_judge> load_shadow(const std::string& file, std::string& why);

}  // namespace nearfar::gateway
