// Counters of one core, summed on scrape. Written on one thread, read by another: relaxed atomics on
// a cache line of their own cost what plain integers do.
#pragma once

#include "gateway/keys/key_refusal.hpp"
#include "routes/error.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <span>
#include <string>

namespace nearfar::gateway {

class counter {
 public:
  void add(std::uint64_t n = 1) {
    // One writer: no locked instruction is needed.
    value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  void subtract(std::uint64_t n = 1) {
    value_.store(value_.load(std::memory_order_relaxed) - n, std::memory_order_relaxed);
  }
  std::uint64_t get() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// Upper bounds in seconds, Prometheus style, and one more for the rest.
inline constexpr std::array<double, 14> latency_bounds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                                       0.25,  0.5,    1,     2.5,  5,     10,   30};

struct histogram {
  std::array<counter, latency_bounds.size() + 1> buckets;
  counter sum_us;
  void observe(double seconds);
};

struct alignas(128) core_metrics {
  counter connections;  // accepted
  counter open_connections;
  counter queries;
  std::array<counter, 6> by_status;  // 1xx..5xx by hundred, 0: the client went away
  std::array<counter, 3> by_tier;    // answered by
  counter attempts;
  std::array<counter, 32> failures;  // attempts that failed, by error_kind
  counter queued;                    // waited in the line of a busy provider
  counter stale;                     // pooled connections that the server had closed
  counter races;                     // second attempts beside a silent first one
  counter races_won;                 // by the second
  counter hand_overs;                // broken streams that another target was asked to go on with
  counter continued;                 // of them, those that came to a whole answer
  counter cut;                       // connections whose link went down
  counter prewarms;                  // asked for
  counter prefills;                  // prompts sent ahead to be read
  counter standby_prefills;          // of answers that others were giving
  counter standby_tokens;            // that those read anew
  counter standby_used;              // hand-overs to a target that stood by
  counter cancelled;                 // queries ended by their id
  counter superseded;                // queries that a newer one replaced
  counter broken;                    // streams that broke after the content commit
  counter bad_events;
  counter refused_heads;                                       // by the ingress guard
  std::array<counter, key_refusal_words.size()> refused_keys;  // callers, by key_refusal
  counter input_tokens;
  counter output_tokens;
  counter cached_tokens;
  histogram first_token;
  histogram duration;
};

// Prometheus text exposition 0.0.4 of the sum.
std::string expose(std::span<const core_metrics* const> cores);

}  // namespace nearfar::gateway
