// Warm standby: while a remote target streams over a degraded link, a model on the device reads the
// prompt and what was said so far, so that taking over costs it the rest of a sentence.
#pragma once

#include "gateway/query_state.hpp"
#include "gateway/standby_pace.hpp"

#include <memory>
#include <string_view>

namespace nearfar::gateway {

// Lives in the relay of one stream, on its core. Reads in a coroutine of its own, one reading at a time,
// of which the relay waits for none; holds a place at the provider while it reads, and a loaded model
// to its end.
//
// Only where all of this holds, looked at again before each reading: the fact `network` is degraded; the
// plan as evaluated at this moment, guards and all, has a device target that takes prefills and goes on
// with answers; the model is loaded, or that target is the next in the plan; the battery is not below
// 20 % without a charger.
class warm_standby {
 public:
  warm_standby(query_state& q, const running_attempt& running);
  ~warm_standby();  // ends a reading at once, and its place is free when this returns
  warm_standby(const warm_standby&) = delete;
  warm_standby& operator=(const warm_standby&) = delete;

  // All that was said so far. After each read of the stream; costs a comparison where nothing is due.
  void heard(std::string_view said);

 private:
  struct reading;
  struct choice {
    routes::target_index target;
    bool next_in_plan;
  };

  std::optional<choice> choose();
  void begin(const choice& who, std::string_view said, std::size_t bytes);

  query_state& q_;
  routes::target_index running_;
  bool possible_;
  standby_pace pace_;
  std::shared_ptr<reading> reading_;
};

}  // namespace nearfar::gateway
