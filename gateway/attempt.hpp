// One call of one target: connect, send, read the head, and either a whole answer or a stream.
//
// In two halves, because until the first content token other targets may be asked, even at the same
// time: begin_attempt() ends with an answer in hand, of which the client has seen nothing;
// deliver_answer() gives it to the client.
#pragma once

#include "gateway/query_state.hpp"
#include "gateway/running_attempt.hpp"

namespace nearfar::gateway {

enum class attempt_end : std::uint8_t {
  ready,     // the first content token, or a whole answer, is here and nothing of it went out
  answered,  // the client has its answer
  failed,    // nothing of an answer went to the client: another target may be asked
  broken,    // after the content commit
  gone,      // the client went away, the query was cancelled, or another target won the race
};

struct attempt_outcome {
  attempt_end end = attempt_end::failed;
  routes::error why;
};

// Ends with ready, failed or gone. Cancelled by attempt.stop() and by query_state::stop(). Every
// failure is a value.
providers::task<attempt_outcome> begin_attempt(query_state& q, running_attempt& attempt);

// After ready: ends with answered, broken or gone. A broken stream is left open: whoever called
// continues it or ends it with an error event.
providers::task<attempt_outcome> deliver_answer(query_state& q, running_attempt& attempt);

// The two kinds of body of a 200 (whole_answer.cpp, stream_relay.cpp).
providers::task<attempt_outcome> await_whole_answer(query_state& q, running_attempt& attempt);
providers::task<attempt_outcome> deliver_whole_answer(query_state& q, running_attempt& attempt);
providers::task<attempt_outcome> await_first_token(query_state& q, running_attempt& attempt);
providers::task<attempt_outcome> relay_stream(query_state& q, running_attempt& attempt);

attempt_outcome failed_with(routes::error why);
attempt_outcome gone();
inline bool is_over(const query_state& q, const running_attempt& attempt) {
  return q.is_stopped() || attempt.stopped;
}
// The earlier of the moment and the query's deadline.
steady::time_point within_deadline(const query_state& q, steady::time_point at);

}  // namespace nearfar::gateway
