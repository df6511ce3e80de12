// Errors in the client's own words, and the writer of its stream.
#pragma once

#include "gateway/query_state.hpp"
#include "providers/dialects/client_error.hpp"

#include <string>
#include <string_view>

namespace nearfar::gateway {

// Dialects without a codec have OpenAI's shape.
std::string error_body_for(config::dialect in, const providers::client_error& why);

// The status that goes with it: a dialect may have one of its own.
int error_status_for(config::dialect in, const providers::client_error& why);

// An error of our own.
providers::client_error own_words(int status, std::string_view code, std::string_view message,
                                  std::string_view id);

// What kind of failure one of our own codes and statuses is.
routes::error_kind kind_of(int status, std::string_view code);

// Whether the upstream's refusal can go to the client as it came: it is of the client's dialect, not inside a
// 200, and where the conversation is too long it says so in the words by which agents know that.
bool in_clients_words(const query_state& q);
// What the upstream said of a failure, for a client of another dialect: its message in the client's shape.
providers::client_error relayed_error(const query_state& q);

// The event that ends the client's stream after a failure.
std::string break_event(query_state& q, const providers::client_error& why);

// What a client takes for no part of an answer, in the dialect's own way.
std::string_view keep_alive_for(const query_state& q);

// Whoever goes on with a stream that was begun: the first leg's writer, or one that takes up where its bytes
// ended. After the first break.
providers::stream_writer& client_writer(query_state& q);

providers::answer_terms terms_of(const query_state& q, config::dialect of_target);

}  // namespace nearfar::gateway
