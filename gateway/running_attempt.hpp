// An upstream call under way, with what its phases need of it.
#pragma once

#include "gateway/held_back.hpp"
#include "gateway/leg_stream.hpp"
#include "gateway/limits/query_limits.hpp"
#include "gateway/stream_filter.hpp"
#include "gateway/target_wire.hpp"
#include "providers/device/device_tier.hpp"
#include "providers/dialects/openai_chat/request_writer.hpp"
#include "providers/dialects/usage.hpp"
#include "providers/handover/ask.hpp"
#include "providers/http/exchange.hpp"
#include "routes/error.hpp"
#include "routes/policy.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nearfar::gateway {

using steady = std::chrono::steady_clock;

// What an attempt fills, kept from query to query. Each of two attempts in a race has its own.
struct attempt_buffers {
  providers::openai_chat::spliced_body body;
  stream_filter filter;
  std::string head;    // of the upstream's request
  std::string passed;  // the upstream's end-to-end fields, as header lines
  std::string held;    // events before the content commit
  std::string answer;  // a whole answer, with padding behind it
  std::vector<providers::asio::const_buffer> pieces;
  attempt_hold hold;                          // of money and tokens, while it runs
  std::unique_ptr<providers::exchange> call;  // that an answer is done with
};

// Owned by the coroutine that began it; the buffers outlive it.
struct running_attempt {
  running_attempt(attempt_buffers& kept, routes::target_index asked) : buffers(&kept), target(asked) {}
  running_attempt(const running_attempt&) = delete;
  running_attempt& operator=(const running_attempt&) = delete;

  attempt_buffers* buffers;
  routes::target_index target;
  bool fresh_connection = false;
  bool last_candidate = false;
  std::size_t record = 0;  // in query_state::attempts

  target_wire wire;
  std::vector<std::string> as_functions;             // tools of free text that it is asked as functions
  std::optional<std::string> written;                // the body, where the client's own does not pass
  providers::handover::asked asked_to_go_on;         // of a leg with such a body
  std::unique_ptr<providers::stream_writer> writer;  // of a first leg that is translated, until its commit

  std::optional<held_back> held_words;  // of a first leg, where the policy has `hold_back`
  std::unique_ptr<leg_stream> leg;      // where it continues what another began

  providers::device_tier::lease lease;
  std::unique_ptr<providers::exchange> call;
  std::function<void()> cancel;  // set while it waits
  bool stopped = false;          // it lost a race: whatever it waits for ends

  steady::time_point began{};
  steady::time_point asked_at{};                         // the request is out
  std::optional<std::chrono::microseconds> first_token;  // since `began`
  bool usage_added = false;
  bool streams = false;  // the answer comes as events
  bool large = false;    // a whole answer past what is held
  bool over = false;     // no more bytes of the body will come
  // Events of the last read that may go out; valid until the next.
  std::span<const std::string_view> ready;

  std::optional<providers::usage> tokens;
  std::string finish_reason;

  // What a failure looked like, for answers that are relayed as they came.
  int failed_status = 0;
  std::string failed_body;

  void stop() {
    stopped = true;
    if (cancel) cancel();
  }
};

}  // namespace nearfar::gateway
