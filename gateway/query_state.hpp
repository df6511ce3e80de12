// Everything of one query while it is served. Owned by the session's coroutine; phases borrow it.
#pragma once

#include "gateway/answer_head.hpp"
#include "gateway/client_connection.hpp"
#include "gateway/core.hpp"
#include "gateway/line_place.hpp"
#include "gateway/request_head.hpp"
#include "gateway/stream_filter.hpp"
#include "providers/dialects/openai_chat/request_writer.hpp"
#include "providers/dialects/request_view.hpp"
#include "providers/dialects/usage.hpp"
#include "routes/attempt_sequence.hpp"
#include "routes/evaluate.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace nearfar::gateway {

using steady = std::chrono::steady_clock;

// Buffers that a session keeps from query to query.
struct query_scratch {
  providers::request_view view;
  providers::openai_chat::spliced_body body;
  stream_filter filter;
  std::string upstream_head;
  std::string client_head;
  std::string held;      // events before the content commit
  std::string passed;    // the upstream's end-to-end fields, as header lines
  std::string answer;    // a whole answer, with padding behind it
  std::string decision;  // the line of the decision log, begun
  std::vector<providers::asio::const_buffer> pieces;
  std::vector<routes::target_snapshot> snapshots;
  std::vector<routes::header_view> headers;
};

struct attempt_record {
  routes::target_index target = routes::none_index;
  routes::error_kind failure = routes::error_kind::none;
  int status = 0;
  std::chrono::microseconds took{0};
};

enum class query_end : std::uint8_t {
  complete,  // a whole answer, or the upstream's own error
  refused,   // by us, before any attempt
  failed,    // every attempt failed
  broken,    // after the content commit
  gone,      // the client went away
};

enum class head_state : std::uint8_t { not_sent, sent_early, sent };

struct query_state {
  query_state(core& serving, client_connection& asking, const request_head& with, query_scratch& buffers)
      : on(serving),
        client(asking),
        head(with),
        scratch(buffers),
        deployed(serving.deployed),
        line(serving.shared.registry) {}

  core& on;
  client_connection& client;
  const request_head& head;
  query_scratch& scratch;
  // Taken once: the query ends under the policy it began with.
  std::shared_ptr<const deployment> deployed;

  std::string id;
  steady::time_point started{};
  routes::instant started_boot{};
  std::optional<steady::time_point> deadline;

  routes::sticky_hit sticky;  // what evaluate was told
  routes::plan plan;
  routes::trace why;
  const routes::attempt_settings* how = nullptr;

  line_place line;
  std::vector<attempt_record> attempts;
  head_state client_head = head_state::not_sent;
  after_answer after = after_answer::keep_alive;

  // What the last failure looked like, for answers that are relayed as they came.
  int failed_status = 0;
  std::string failed_body;
  std::string failed_type;

  // The outcome.
  query_end end = query_end::failed;
  int status = 0;
  routes::target_index answered_by = routes::none_index;
  std::optional<std::chrono::microseconds> first_token;
  std::optional<providers::usage> tokens;
  std::string finish_reason;

  // Sends the head of a stream early, then keep-alives, until the content commit drops it.
  std::optional<providers::deadline> head_clock;

  // Set while something waits that the client's going away must end.
  std::function<void()> cancel;
  bool client_gone = false;

  const routes::query& asked() const { return scratch.view.facts; }
  const deployed_target& target(routes::target_index i) const { return deployed->targets[i]; }
};

}  // namespace nearfar::gateway
