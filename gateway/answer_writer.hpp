// Writes a query's answer to its client: heads with the x-nearfar fields, whole bodies, streams.
#pragma once

#include "gateway/answer_head.hpp"
#include "gateway/query_state.hpp"

#include <span>
#include <string_view>

namespace nearfar::gateway {

enum class stream_end : std::uint8_t { open, whole };

// The commit and what follows it: sends the head if it has not gone, then what the attempt held and
// has ready, then `extra`, as one chunk, one gather write. `whole` adds the last chunk; a broken stream
// never gets one, so that no client takes it for a whole answer. False: the client is gone.
providers::task<bool> send_events(query_state& q, running_attempt& by, std::string_view extra,
                                  stream_end end);

// Status 200 with `x-nearfar-target: pending`, then comments, without waiting. Arms itself again.
void send_head_early(query_state& q);

// A body that is all there; `fields` are header lines.
providers::task<bool> send_whole(query_state& q, routes::target_index target, int status,
                                 std::string_view fields, std::string_view body);

enum class more_retries : std::uint8_t { allowed, pointless };

// An error of our own in the client's dialect; after an early head as the event that ends the stream.
struct own_error {
  int status = 500;
  std::string code;
  std::string message;
  std::optional<routes::millis> retry_after;
  more_retries retries = more_retries::allowed;        // pointless: x-should-retry: false
  routes::drop_reason by = routes::drop_reason::kept;  // what emptied the list of targets
};
// Where a limit is why: which, how much of it is taken, and until when.
void tell_shortage(const query_state& q, own_error& what);
providers::task<bool> send_error(query_state& q, const own_error& what);

// What failed upstream, as it came.
providers::task<bool> send_failure_as_it_came(query_state& q, routes::target_index target);

// The in-band end of a stream that broke after its head went out.
providers::task<bool> send_break(query_state& q, std::string_view code, std::string_view message);

}  // namespace nearfar::gateway
