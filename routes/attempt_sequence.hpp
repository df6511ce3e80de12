// Which target next, and when to stop: design's failure table as a sans-I/O state machine.
//
// Used before the content commit only. The dispatcher asks next(), does what it says, and reports
// the outcome with failed(). Never the same silent target again; a refused content policy and a bad
// request end the sequence with the upstream's own answer.
//
// Policy, plan and budget outlive the sequence. Not thread safe: one query owns it.
#pragma once

#include "routes/evaluate.hpp"
#include "routes/fixed_list.hpp"
#include "routes/retry_budget.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nearfar::routes {

enum class step_kind : std::uint8_t {
  attempt,      // call `target` now
  wait,         // sleep `delay`, then ask next() again
  queue,        // wait for a place at one of `lines`, at most `delay`, then ask next() again
  relay_error,  // give the client the upstream's answer of the last failure as it came
  give_up,      // answer with `status`
};

struct step {
  step_kind kind = step_kind::give_up;
  target_index target = none_index;  // attempt; relay_error: whose answer
  bool fresh_connection = false;     // a stale pooled connection: try again on a new one, no attempt
  bool last_candidate = false;       // no other left: the first-token clock must not move on
  millis delay{0};
  std::vector<target_index> lines;  // queue: one target of each provider whose line has room, in plan order
  int status = 0;
  std::optional<millis> retry_after;
  std::string code;     // for the error body, e.g. all_attempts_failed
  std::string message;  // names every target and what it said
};

class attempt_sequence {
 public:
  // `deadline` counts from `started` and only shortens the policy's own clock for the whole query.
  // Without a budget every retry is allowed.
  attempt_sequence(const policy& rules, const plan& p, instant started, std::optional<millis> deadline,
                   retry_budget* retries = nullptr);

  // `fresh` holds the facts and snapshots of this moment: guards and momentary filters are asked
  // again, and a target that a guard once took away stays away. Allocates only to queue or give up.
  step next(const evaluation_input& fresh);
  // The outcome of the attempt that next() asked for.
  void failed(target_index target, const error& e, instant now);
  // How long `running` may be silent before race() is asked; nullopt: no race by this policy, or the
  // target's own p90 is asked for and not known yet.
  std::optional<millis> race_after(const evaluation_input& in, target_index running) const;
  // A second target to start beside the silent one: allowed by `with`, untried, usable at this moment,
  // and expected to speak inside the first-token clock (one that was never measured may prove itself).
  // Nothing where the total or the retry budget is spent, where the body is large and the link metered,
  // or where the target would draw on a low battery. `max_price` of the rule has removed what is dear.
  std::optional<step> race(const evaluation_input& fresh, target_index running);
  // The attempt that next() asked for was not made: somebody else took the place or the probe.
  void not_started(target_index target);
  // It refused the way in which it was asked, and there is another: the same target at once, and the two
  // are one attempt.
  void again(target_index target);
  // No attempt, now or later: this target cannot do what is left to do.
  void pass_over(target_index target, const error& why);

  unsigned attempts() const { return attempts_; }  // stale retries are not counted
  // "phone/qwen=timeout, openrouter/x=server_error"; for logs and messages.
  std::string history() const;

  // The instant by which the whole query must be done.
  std::optional<instant> ends() const { return ends_; }

 private:
  struct tried {
    std::uint8_t times = 0;
    bool out = false;        // never again for this query
    bool forbidden = false;  // by a guard, at some moment of this query
    std::optional<instant> not_before;
  };
  struct record {
    target_index target;
    error_kind kind;
    int status;
    std::optional<millis> retry_after;
    std::string context;
  };
  // A place of the plan as it looks at this moment.
  struct standing {
    bool usable = false;
    bool untried = false;
    drop_reason why = drop_reason::kept;
    std::optional<instant> opens;  // when waiting helps
  };
  using standings = fixed_list<standing, max_candidates>;

  void look(const evaluation_input& in, standings& out);
  standing stand(const evaluation_input& in, std::size_t place) const;
  bool larger_than_failed(const target& t) const;
  bool may_race(const evaluation_input& in, target_index other) const;

  std::optional<step> next_stale(const standings& now);
  std::optional<step> next_same(const evaluation_input& in, const standings& now);
  std::optional<step> next_other(const evaluation_input& in, const standings& now);
  std::optional<step> next_wait(const evaluation_input& in, const standings& now);
  std::optional<step> next_queue(const evaluation_input& in, const standings& now);
  std::optional<step> next_forced(const evaluation_input& in, const standings& now);
  step start(std::size_t place, const standings& now);
  bool fits(instant from, millis delay) const;

  void again_or_other(std::size_t place, const error& e, instant now);
  void again_later(std::size_t place, const error& e, instant now);
  void drop_provider(target_index target);
  std::size_t place_of(target_index target) const;

  // The ends of a sequence, in attempt_ending.cpp.
  step relay() const;
  step over(const evaluation_input& in, const standings& now) const;
  step nothing_tried(const evaluation_input& in, const standings& now) const;
  step all_failed(const evaluation_input& in, const standings& now) const;
  step refused(const evaluation_input& in) const;
  bool all_are(error_kind kind) const;
  std::string told(const evaluation_input& in, const standings& now) const;
  std::string untried(const evaluation_input& in, std::size_t place, const standing& s) const;
  std::optional<millis> shortest_wait(instant from, const standings& now, bool parks_only) const;

  const policy& rules_;
  const plan& plan_;
  instant started_;
  std::optional<instant> ends_;
  retry_budget* retries_;
  fixed_list<tried, max_candidates> tried_;  // as the plan
  std::vector<record> history_;
  unsigned attempts_ = 0;
  unsigned empties_ = 0;
  bool on_fresh_ = false;             // the running attempt is a stale one's second try
  std::optional<std::size_t> stale_;  // same place at once, on a fresh connection
  std::optional<std::size_t> again_;  // same place at once, asked in another way
  std::optional<std::size_t> same_;   // same place after a pause
  instant same_since_{};
  millis same_least_{0};  // a short Retry-After of the failure
  std::optional<instant> queued_since_;
  std::optional<std::uint64_t> too_long_for_;  // the largest context that was too small
  bool relay_ = false;
  std::optional<step> stop_;
};

}  // namespace nearfar::routes
