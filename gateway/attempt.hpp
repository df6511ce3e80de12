// One call of one target: connect, send, read the head, and either a whole answer or a stream.
#pragma once

#include "gateway/query_state.hpp"
#include "providers/http/exchange.hpp"
#include "routes/attempt_sequence.hpp"

namespace nearfar::gateway {

enum class attempt_end : std::uint8_t {
  answered,  // the client has its answer
  failed,    // nothing of an answer went to the client: another target may be asked
  broken,    // after the content commit: the stream was ended with an error event
  gone,      // the client went away
};

struct attempt_outcome {
  attempt_end end = attempt_end::failed;
  routes::error why;
};

// An upstream call under way, with what the phases need of it.
struct running_attempt {
  routes::target_index target = routes::none_index;
  bool last_candidate = false;
  std::unique_ptr<providers::exchange> call;
  steady::time_point asked_at{};  // the request is out
  bool usage_added = false;
};

// Cancelled through q.cancel. Every failure is a value.
providers::task<attempt_outcome> try_target(query_state& q, routes::target_index target,
                                            bool fresh_connection, bool last_candidate);

// The two kinds of body of a 200 (whole_answer.cpp, stream_relay.cpp).
providers::task<attempt_outcome> take_whole_answer(query_state& q, running_attempt& attempt);
providers::task<attempt_outcome> relay_stream(query_state& q, running_attempt& attempt);

attempt_outcome failed_with(routes::error why);
attempt_outcome gone();
// The earlier of the moment and the query's deadline.
steady::time_point within_deadline(const query_state& q, steady::time_point at);

}  // namespace nearfar::gateway
