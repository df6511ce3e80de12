// From an attempt to its first content token; where the policy has a race and the target stays silent,
// a second one starts beside it. The first content token wins, the loser is cancelled and settled.
#pragma once

#include "gateway/attempt.hpp"
#include "routes/attempt_sequence.hpp"

#include <cstdint>
#include <memory>

namespace nearfar::gateway {

// Everything evaluate reads, as of now. Views of the query's scratch: the next call changes them.
routes::evaluation_input input_now(query_state& q, std::uint64_t seed, routes::instant now);

// One for each step of a query. Lives in the query's coroutine; run() returns when neither attempt is
// under way but the one it names.
class contest {
 public:
  contest(query_state& q, routes::attempt_sequence& sequence, std::uint64_t seed);
  ~contest();
  contest(const contest&) = delete;
  contest& operator=(const contest&) = delete;

  // The attempt that matters and how it began. Another one that lost or failed is settled by then and
  // reported to the sequence; this one is not.
  struct result {
    running_attempt* who;
    attempt_outcome outcome;
  };
  providers::task<result> run(running_attempt& first);

 private:
  struct racer;

  void start_racer();
  providers::task<void> wait_for_racer();
  providers::task<result> decide(running_attempt& first, attempt_outcome outcome);
  void settle_loser(running_attempt& loser, const attempt_outcome& outcome);

  query_state& q_;
  routes::attempt_sequence& sequence_;
  std::uint64_t seed_;
  running_attempt* first_ = nullptr;
  std::shared_ptr<racer> racer_;
};

}  // namespace nearfar::gateway
