// 20 % of recent queries plus a small floor, so that an outage does not double the load.
// Pure; the gateway keeps one per core.
#pragma once

#include "routes/time.hpp"

namespace nearfar::routes {

class retry_budget {
 public:
  void query(instant now);
  // True when one more retry fits; takes it. The first attempt and a stale retry are free, and so is
  // moving on to another target.
  bool take(instant now);

 private:
  double tokens_ = 3;
  instant at_{};
};

}  // namespace nearfar::routes
