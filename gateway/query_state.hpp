// Everything of one query while it is served. Owned by the session's coroutine; phases borrow it.
#pragma once

#include "gateway/answer_head.hpp"
#include "gateway/client_connection.hpp"
#include "gateway/core.hpp"
#include "gateway/event_array.hpp"
#include "gateway/keys/key_memo.hpp"
#include "gateway/ledger/packed_rows.hpp"
#include "gateway/limits/query_limits.hpp"
#include "gateway/line_place.hpp"
#include "gateway/openrouter_query.hpp"
#include "gateway/query_path.hpp"
#include "gateway/request_head.hpp"
#include "gateway/running_attempt.hpp"
#include "gateway/running_queries.hpp"
#include "providers/dialects/chat_request.hpp"
#include "providers/dialects/codec.hpp"
#include "providers/dialects/request_view.hpp"
#include "providers/dialects/usage.hpp"
#include "routes/attempt_sequence.hpp"
#include "routes/evaluate.hpp"

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace nearfar::gateway {

enum class race_part : std::uint8_t { none, winner, loser };

struct attempt_record {
  routes::target_index target = routes::none_index;
  routes::error_kind failure = routes::error_kind::none;
  race_part race = race_part::none;
  // How it was asked to go on with what another began; none: it was not.
  config::continuation_kind continues = config::continuation_kind::none;
  int status = 0;  // of a failure
  std::chrono::microseconds took{0};
};

// Buffers that a session keeps from query to query.
struct query_scratch {
  providers::request_view view;
  attempt_buffers first;
  std::unique_ptr<attempt_buffers> second;  // made by the session's first race
  std::string id;
  std::string client_head;
  std::string decision;                               // the line of the decision log, begun
  std::vector<providers::asio::const_buffer> pieces;  // on their way to the client
  std::vector<routes::target_snapshot> snapshots;
  routes::trace why;
  std::vector<attempt_record> attempts;
  std::vector<routes::header_view> headers;
  query_limits limits;
  key_memo known_key;
  packed_rows rows;  // of the query's attempts that are over
};

enum class query_end : std::uint8_t {
  complete,    // a whole answer, or the upstream's own error
  refused,     // by us, before any attempt
  failed,      // every attempt failed
  broken,      // after the content commit
  gone,        // the client went away
  cancelled,   // by its id
  superseded,  // by a newer query
};

// Who ended a query before its end.
enum class stop_cause : std::uint8_t { none, client_left, cancelled, superseded };

enum class head_state : std::uint8_t { not_sent, sent_early, sent };

struct query_state {
  query_state(core& serving, client_connection& asking, const request_head& with, query_scratch& buffers,
              const query_path& where = {})
      : on(serving),
        client(asking),
        head(with),
        path(where),
        scratch(buffers),
        deployed(serving.deployed),
        id(buffers.id),
        why(buffers.why),
        line(serving.shared.registry),
        attempts(buffers.attempts) {
    id.clear();
    why.candidates = why.guard_count = why.rules_seen = 0;
    why.stick = routes::stickiness::none;
    attempts.clear();
    scratch.rows.clear();
  }

  core& on;
  client_connection& client;
  const request_head& head;
  const query_path path;
  query_scratch& scratch;
  // Taken once: the query ends under the policy it began with.
  std::shared_ptr<const deployment> deployed;

  std::string& id;  // of the scratch
  steady::time_point started{};
  routes::instant started_boot{};
  std::optional<steady::time_point> deadline;

  // Whose query it is; null: nobody had to say. The ring is held, so that the record outlives a reload of the
  // keys.
  std::shared_ptr<const key_ring> ring;
  const key_record* key = nullptr;
  // What the caller brought for providers with `key: client`; kept only where there is one.
  config::secret own_credential;

  query_limits* limits = nullptr;  // of the scratch; null: none bears on it

  std::unique_ptr<openrouter_query> router;  // null: nothing of OpenRouter's surface

  routes::sticky_hit sticky;                                // what evaluate was told
  routes::target_index also_answered = routes::none_index;  // another one whose turns the history holds
  routes::plan plan;
  routes::trace& why;  // of the scratch; nothing in it before evaluate
  const routes::attempt_settings* how = nullptr;

  // The request in no dialect: made for the first target that must be asked in another one.
  std::optional<providers::chat::chat_request> conversation;
  std::string unreadable;          // why it could not be made
  std::vector<std::string> notes;  // what of the request was left out or changed for a target, a line each
  std::string cannot_carry;        // why a target's dialect has no way to ask it; the first one's

  line_place line;
  std::vector<attempt_record>& attempts;  // of the scratch
  head_state client_head = head_state::not_sent;
  after_answer after = after_answer::keep_alive;

  // What the last failure looked like, for answers that are relayed as they came.
  int failed_status = 0;
  std::string failed_body;
  std::string failed_fields;  // header lines
  config::dialect failed_speaks = config::dialect::openai_chat;
  routes::error_kind failed_kind = routes::error_kind::none;
  routes::target_index failed_by = routes::none_index;

  // The outcome.
  query_end end = query_end::failed;
  int status = 0;
  routes::target_index answered_by = routes::none_index;
  std::optional<std::chrono::microseconds> first_token;
  std::optional<providers::usage> tokens;
  std::optional<nano_usd> cost;  // of all attempts, each at its own target's price
  bool cost_is_unknown = false;  // a price is not known
  std::string finish_reason;
  // Once a committed stream broke.
  std::optional<stream_so_far> so_far;
  std::string broke_because;      // of the latest break
  bool tokens_estimated = false;  // a leg that broke told no usage

  // Writes the client's stream where it is not passed on as it comes: from the first leg's content commit on,
  // or from the first break.
  std::unique_ptr<providers::stream_writer> writer;

  std::optional<event_array> array;  // where the client's stream is one

  unsigned legs = 0;  // of the answer, so far

  // Who read the answer ahead while another gave it.
  routes::target_index stood_by = routes::none_index;

  // Sends the head of a stream early, then keep-alives, until the content commit drops it.
  std::optional<providers::deadline> head_clock;

  // Set while the query itself waits; attempts have their own.
  std::function<void()> cancel;
  std::array<running_attempt*, 2> running{};
  stop_cause stopped = stop_cause::none;
  std::function<void(bool)> when_over;  // whoever stopped it waits until it has left its targets
  std::optional<running_queries::place> place;

  bool is_stopped() const { return stopped != stop_cause::none; }
  // Ends whatever waits. The first cause counts.
  void stop(stop_cause cause) {
    if (is_stopped()) return;
    stopped = cause;
    if (cancel) cancel();
    for (auto* one : running) {
      if (one != nullptr && one->cancel) one->cancel();
    }
  }

  const routes::query& asked() const { return scratch.view.facts; }
  const deployed_target& target(routes::target_index i) const { return deployed->targets[i]; }
};

}  // namespace nearfar::gateway
