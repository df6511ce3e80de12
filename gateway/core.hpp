// What one core has for itself, and what all cores share. One io_context, one thread, one pool, one
// set of counters a core; nothing of it is touched by another thread but through post().
#pragma once

#include "gateway/body_buffers.hpp"
#include "gateway/decision_log.hpp"
#include "gateway/deployment.hpp"
#include "gateway/fact_store.hpp"
#include "gateway/keys/key_ring.hpp"
#include "gateway/ledger/ledger.hpp"
#include "gateway/limits/budget_book.hpp"
#include "gateway/metrics.hpp"
#include "gateway/minute_limit.hpp"
#include "gateway/query_id.hpp"
#include "gateway/query_log.hpp"
#include "gateway/running_queries.hpp"
#include "gateway/server.hpp"
#include "gateway/sticky_store.hpp"
#include "gateway/target_registry.hpp"
#include "providers/device/device_tier.hpp"
#include "providers/dialects/codec.hpp"
#include "providers/dialects/openai_chat/request_reader.hpp"
#include "providers/http/deadline.hpp"
#include "providers/http/pool.hpp"
#include "providers/http/resolver.hpp"
#include "providers/http/tls_contexts.hpp"
#include "providers/io.hpp"
#include "routes/retry_budget.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_set>
#include <vector>

namespace nearfar::gateway {

class client_connection;
struct core;

class reloader;
class event_hub;
class model_discovery;
class simulation_desk;
class link_monitor;
class key_keeper;

struct shared_state {
  shared_state(server_options with, providers::device_tier::options device_options);
  ~shared_state();

  server_options options;
  target_registry registry;
  sticky_store sticky;
  fact_store facts;
  providers::resolver names;
  providers::tls_contexts tls;
  providers::device_tier device;
  config::secret admin_token;
  std::atomic<bool> draining{false};
  decision_log decisions;
  budget_book budgets;
  // Why nobody knows what was spent before this start; empty: it is known. Said before the first query, and
  // not changed again.
  std::string spend_unknown;
  ledger bill;
  std::mutex prewarm_lock;
  minute_limit prewarms;  // under prewarm_lock
  std::unique_ptr<event_hub> events;
  std::vector<std::unique_ptr<core>> cores;
  std::unique_ptr<simulation_desk> simulations;  // posts to the cores, so it goes before them
  std::unique_ptr<model_discovery> discovery;    // uses the reloader, and is stopped before it
  std::unique_ptr<link_monitor> links;           // uses the cores
  std::unique_ptr<reloader> reloads;             // uses the cores and the links, so it goes first
  std::unique_ptr<key_keeper> keys;              // uses the cores
};

// The remote provider that answered last: whose connection is warmed when the link comes back.
struct last_answer {
  std::shared_ptr<const deployment> of;
  routes::target_index target = routes::none_index;
  routes::instant at{};
};

// xorshift64*: jitter and choices, nothing that must be hard to guess.
class small_random {
 public:
  explicit small_random(std::uint64_t seed) : state_(seed | 1) {}
  std::uint64_t next() {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return state_ * 0x2545F4914F6CDD1DULL;
  }

 private:
  std::uint64_t state_;
};

struct core {
  core(shared_state& of_all, unsigned number, std::uint64_t seed)
      : shared(of_all),
        index(number),
        deadlines(io.get_executor()),
        upstreams(io.get_executor(), deadlines, of_all.names, of_all.tls),
        lines(deadlines),
        bodies(deadlines),
        random(seed) {}

  shared_state& shared;
  unsigned index;
  // First of the members that need it, so last to die. Its sockets and timers are used on this core's
  // thread alone and go without locks; others post().
  providers::asio::io_context io{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO};
  providers::deadline_queue deadlines;
  providers::pool upstreams;
  query_log lines;
  body_buffers bodies;
  std::shared_ptr<const deployment> deployed;
  std::shared_ptr<const key_ring> keys = std::make_shared<const key_ring>();
  providers::openai_chat::request_reader reader;
  // Of the other dialects, by number; made when first needed.
  std::array<std::unique_ptr<providers::request_reader>, config::dialect_words.size()> readers;
  fact_snapshot facts;
  routes::retry_budget retries;
  small_random random;
  secret_source secrets;  // of the ids of queries
  running_queries running;
  core_metrics metrics;
  last_answer last_remote;
  routes::instant path_measured{};
  std::unordered_set<client_connection*> connections;

  std::vector<std::int32_t> zone_offsets;
  std::vector<config::zone> limit_zones;  // of each limit of the deployment that facts_of names
  std::int64_t zones_until = 0;           // Unix seconds; offsets change on the quarter hour at most
  std::uint64_t facts_of = 0;             // serial of the deployment whose declared facts and zones are held

  // Facts as of now as that policy knows them, refreshed only when something changed.
  fact_snapshot& fresh_facts(routes::instant now, const deployment& of);
};

}  // namespace nearfar::gateway
