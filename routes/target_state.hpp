// What is known of a target at run time: estimates, breaker, park. Lives outside the policy, keyed
// by target name and url, and survives a reload. Pure: every call is given the instant.
//
// Not thread safe; the registry in gateway/ holds one lock around a look-up.
#pragma once

#include "routes/answer_lengths.hpp"
#include "routes/decaying_quantiles.hpp"
#include "routes/error.hpp"
#include "routes/time.hpp"

#include <cstdint>
#include <optional>

namespace nearfar::routes {

// Exponentially decaying means with a half-life in time, not in samples (default 5 minutes).
class estimates {
 public:
  void first_token(instant now, millis took);
  void throughput(instant now, double tokens_per_second);
  void outcome(instant now, bool failed);
  // Of an answer that came to its own end: its tokens, reasoning among them.
  void output(instant now, std::uint64_t tokens);

  std::optional<millis> first_token_ms(instant now) const;
  std::optional<millis> first_token_median(instant now) const;
  std::optional<millis> first_token_p90(instant now) const;
  std::optional<double> tokens_per_second(instant now) const;
  std::optional<std::uint64_t> output_p95(instant now) const;
  // 0..1, shrunk towards 0 by one imagined success, so that one failure is no verdict and old ones
  // fade; 0 when nothing is known.
  double failure_share(instant now) const;
  double weight(instant now) const;  // decayed number of samples

 private:
  struct decaying {
    double sum = 0;
    double weight = 0;
    instant at{};
    void add(instant now, double value);
    double weight_at(instant now) const;
    std::optional<double> mean(instant now) const;
  };
  decaying first_token_;
  decaying_quantiles first_token_spread_;
  decaying throughput_;
  decaying failed_;
  answer_lengths outputs_;
};

enum class breaker_state : std::uint8_t { closed, open, half_open };

// Hard failures (connect, dns, tls) open at once; soft ones (timeout, reset, server_error, overloaded,
// broken, bad_answer, not_ready) after 3 in a decaying window (half-life 30 s, each success halves the
// count); open times double from 5 s to 5 min; half-open lets one query through as the probe. What a
// query or a key is to blame for (429, 4xx, cancelled, empty) is never counted.
class breaker {
 public:
  breaker_state state(instant now) const;
  instant open_until() const { return open_until_; }
  // True when a query may go. In half-open the first caller gets the probe and must report.
  bool admit(instant now);
  // As admit, but takes nothing.
  bool would_admit(instant now) const;
  void success(instant now);
  void failure(instant now, error_kind kind);  // kinds that are no breaker food are ignored
  void probe_abandoned();                      // the probing query was cancelled before it knew
  void half_open_now(instant now);             // its network scope came back

 private:
  double soft_ = 0;
  instant soft_at_{};
  instant open_until_{};
  millis open_for_{0};
  bool open_ = false;
  bool probing_ = false;
  instant probe_since_{};
};

enum class park_reason : std::uint8_t { none, rate_limited, auth, exhausted, not_installed };

// Left alone until a moment; `auth`, `exhausted` and `not_installed` until the config, the secret or
// the file changes (until == instant::max()).
struct park {
  park_reason reason = park_reason::none;
  instant until{};
  bool holds(instant now) const { return reason != park_reason::none && now < until; }
};

// The copy that evaluate reads: one per target of the policy, in the policy's order.
struct target_snapshot {
  // The limit that has no room for this query at this target, so that the target is left out; a row of the
  // policy's limits or one of limits.hpp's own. 0xffff: there is room.
  std::uint16_t over_limit = 0xffff;
  bool breaker_admits = true;
  instant breaker_reopens{};
  park parked;
  std::optional<millis> first_token;
  std::optional<millis> first_token_median;
  std::optional<millis> first_token_p90;
  std::optional<double> tokens_per_second;
  std::optional<std::uint64_t> output_p95;
  double failure_share = 0;
  bool queue_full = false;  // every place of its provider is taken
  bool queue_room = false;  // and somebody more may wait for one
  bool absent = false;      // optional provider without key, model file missing
  // Switched by hand until then: `off` takes it away and is never broken, `last` puts it behind all others.
  instant off_until{};
  instant last_until{};
};

struct target_state {
  estimates known;
  breaker gate;
  park parked;
  target_snapshot snapshot(instant now) const;
};

}  // namespace nearfar::routes
