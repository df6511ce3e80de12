// Which target next, and when to stop: design's failure table as a sans-I/O state machine.
//
// Used before the content commit only. The dispatcher asks next(), does what it says, and reports
// the outcome with failed(). Never the same silent target again; a refused content policy and a bad
// request end the sequence with the upstream's own answer.
#pragma once

#include "routes/evaluate.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace nearfar::routes {

enum class step_kind : std::uint8_t {
  attempt,      // call `target` now
  wait,         // sleep `delay`, then ask next() again
  relay_error,  // give the client the upstream's answer of the last failure as it came
  give_up,      // answer with `status`
};

struct step {
  step_kind kind = step_kind::give_up;
  target_index target = none_index;
  bool fresh_connection = false;     // a stale pooled connection: try again on a new one, no attempt
  bool last_candidate = false;       // no other left: the first-token clock must not move on
  millis delay{0};
  int status = 0;
  std::optional<millis> retry_after;
  std::string code;                  // for the error body, e.g. all_attempts_failed
  std::string message;               // names every target and what it said
};

class attempt_sequence {
 public:
  attempt_sequence(const policy& rules, const plan& p, instant started,
                   std::optional<millis> deadline);

  step next(const evaluation_input& fresh);
  void failed(target_index target, const error& e, instant now);

  unsigned attempts() const { return attempts_; }  // stale retries are not counted
  // "phone/qwen=timeout, openrouter/x=server_error"; for logs and messages.
  std::string history() const;

 private:
  struct tried {
    std::uint8_t times = 0;
    bool out = false;         // never again for this query
    error_kind last = error_kind::none;
    int status = 0;
    std::optional<instant> not_before;
  };

  const policy& rules_;
  const plan& plan_;
  instant started_;
  std::optional<millis> deadline_;
  std::array<tried, max_candidates> tried_{};
  unsigned attempts_ = 0;
  bool stale_retry_ = false;
  target_index stale_target_ = none_index;
  std::optional<error> final_error_;
  std::uint64_t larger_than_context_ = 0;  // after too_long
};

}  // namespace nearfar::routes
