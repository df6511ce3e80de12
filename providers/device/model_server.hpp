// One model's server: carries out what its supervisor decides, and keeps the queries that wait.
#pragma once

#include "providers/device/child_process.hpp"
#include "providers/device/device_tier.hpp"
#include "providers/device/output_ring.hpp"
#include "providers/device/supervisor.hpp"
#include "providers/http/origin.hpp"
#include "providers/io.hpp"
#include "routes/error.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace nearfar::providers {

struct model_settings {
  std::string provider;
  std::string target;
  std::string file;
  std::optional<std::string> binary;   // as configured
  std::vector<std::string> arguments;  // all but the socket
  std::optional<std::uint64_t> context;
  std::optional<std::uint64_t> budget;  // bytes, for all models of the provider
  routes::millis keep{0};

  // A change of anything else needs another process.
  bool same_process(const model_settings& other) const;
};

// What a query gets: where the server listens, and which start of it that was.
struct running_server {
  origin where;
  std::uint64_t generation = 0;
};

class model_server;

// What a server needs of the tier around it.
class model_host {
 public:
  virtual const device_tier::options& how() const = 0;
  virtual executor get_executor() = 0;
  // Calls spawn_now() on the server when its memory is there: now, later, or never.
  virtual void want_memory(model_server& server) = 0;
  virtual void memory_may_be_free() = 0;
  virtual routes::result<std::string> next_socket() = 0;
  virtual void stopped_for_good(model_server& server) = 0;

 protected:
  ~model_host() = default;
};

// Used on the tier's thread only.
class model_server : public std::enable_shared_from_this<model_server> {
 public:
  using done = std::function<void(routes::result<running_server>)>;

  model_server(model_host& host, model_settings settings);

  const model_settings& settings() const { return settings_; }
  void change(model_settings settings);  // same_process() holds

  // `answer` is called once unless give_up(query) comes first; after an answer that is no error the
  // query is counted as busy until release().
  void want(std::uint64_t query, done answer);
  void give_up(std::uint64_t query);
  void release();
  void hung(std::uint64_t generation);

  void evict();
  void retire();    // stops once nobody uses it
  void shutdown();  // stops now
  void spawn_now();

  bool waits_for_memory() const { return state_.state() == device_state::starting && !state_.has_process(); }
  const supervisor& state() const { return state_; }
  std::uint64_t memory() const { return memory_; }  // estimated bytes
  device_tier::status status() const;

 private:
  struct waiting_query {
    std::uint64_t id;
    done answer;
  };

  std::string missing(std::string& program) const;
  void feed(device_event_kind kind, std::string detail = {});
  void pump();
  void perform(const device_action& action);
  void tell_ready();
  void tell_failed(const std::string& why);
  void check_health();
  void on_exit(const std::string& how);
  void arm();
  void log(const char* level, const std::string& what) const;
  origin where() const;

  model_host& host_;
  model_settings settings_;
  supervisor state_;
  timer wake_;
  std::optional<routes::instant> armed_for_;
  std::deque<waiting_query> waiting_;
  std::deque<device_event> events_;
  bool pumping_ = false;
  bool retiring_ = false;
  bool stopping_ = false;
  std::uint64_t generation_ = 0;
  std::uint64_t memory_ = 0;
  std::string program_;
  std::string socket_;
  std::shared_ptr<child_process> child_;
  output_ring output_;
};

}  // namespace nearfar::providers
