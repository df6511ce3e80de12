// The latest queries that came by OpenRouter's paths, for GET /api/v1/generation and /key. In memory alone:
// it forgets on restart. Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nearfar::gateway {

struct generation {
  struct call {
    std::string provider;
    std::string model;
    int status = 0;  // of a failure; 0: none came
    double latency_ms = 0;
    bool answered = false;
  };

  std::string id;            // "gen-..."
  std::string query_id;      // x-nearfar-id
  std::string model;         // as the client asked
  std::string provider;      // empty: nobody answered
  std::int64_t created = 0;  // Unix seconds
  bool streamed = false;
  bool cancelled = false;
  std::string finish_reason;
  std::optional<double> first_token_ms;
  double ms = 0;
  std::uint64_t input_tokens = 0;
  std::uint64_t output_tokens = 0;
  std::uint64_t cached_tokens = 0;
  std::uint64_t reasoning_tokens = 0;
  std::optional<double> cost;  // USD, estimated
  std::vector<call> calls;
};

class generation_store {
 public:
  static constexpr std::size_t kept = 1024;

  void add(generation one);
  std::optional<generation> find(std::string_view id) const;
  // USD of all queries added since the start, where their cost is known.
  double spent() const;

 private:
  mutable std::mutex lock_;
  std::deque<generation> latest_;
  double spent_ = 0;
};

std::string to_json(const generation& one);

}  // namespace nearfar::gateway
