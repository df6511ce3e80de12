// The supervised model servers of this gateway: started on first use, shared by all cores, unloaded
// when idle, never outliving the gateway.
#pragma once

#include "config/model.hpp"
#include "providers/device/supervisor.hpp"
#include "providers/http/origin.hpp"
#include "providers/io.hpp"
#include "routes/error.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace nearfar::providers {

class model_server;
struct device_tier_impl;

// Runs on one io_context of its own thread (the launcher's thread: PR_SET_PDEATHSIG follows the
// thread that forked). Every method may be called from any core.
class device_tier {
 public:
  struct options {
    std::string state_folder;  // sockets and the llama-server of last resort live below it
    std::string self;          // our own binary, for the launcher (/proc/self/exe)
    // Called on the tier's thread; never holds a prompt. Levels: "info", "warning".
    std::function<void(std::string level, std::string message)> log;
    // A server goes away: pooled connections to it are dead. Called on the tier's thread. A later
    // start listens elsewhere, so nothing breaks without it.
    std::function<void(const origin& where)> closing;
    supervisor_settings timing;                    // `keep` comes from the configuration
    std::chrono::milliseconds health_time{2'000};  // for one answer of /health
  };

  explicit device_tier(options how);
  ~device_tier();  // stop()
  device_tier(const device_tier&) = delete;
  device_tier& operator=(const device_tier&) = delete;

  // Adds the models of every provider that has a runtime, or updates them after a reload. Unchanged
  // ones keep running; what is gone or changed stops when its last lease ends.
  void configure(const std::vector<config::provider>& providers);

  // One use of a model. While it lives the model is busy and is neither unloaded nor evicted.
  // Belongs to one core; it may outlive the tier.
  class lease {
   public:
    lease() = default;
    lease(lease&&) noexcept = default;
    lease& operator=(lease&&) noexcept;
    ~lease();
    // Base path empty: the server speaks below "/".
    const origin& where() const { return where_; }
    // The server took the request and said nothing in time though its process lives: it is checked,
    // and stopped when it does not answer /health.
    void hung();

   private:
    friend class device_tier;
    void release() noexcept;

    std::weak_ptr<device_tier_impl> tier_;
    std::weak_ptr<model_server> server_;
    std::uint64_t generation_ = 0;
    origin where_;
  };

  // Waits, at most `load_time`, until the target's server answers /health. Starts it when it is not
  // running. Errors: not_ready (the clock, the reason of a failed start with the child's words, "not
  // installed: FILE", a model larger than the budget; retry_after where a restart is due later),
  // cancelled (`cancel_slot` was called, or the tier stops). Completes on the caller's executor,
  // whose io_context must outlive the call. `cancel_slot` as in pool::acquire. With `only_loaded` a
  // server that is not ready is left alone: not_ready at once.
  enum class start : std::uint8_t { when_needed, only_loaded };
  task<routes::result<lease>> acquire(std::string target, std::chrono::milliseconds load_time,
                                      std::function<void()>* cancel_slot = nullptr,
                                      start how = start::when_needed);

  struct status {
    std::string target;
    device_state state = device_state::stopped;
    int pid = 0;  // 0: no process
    unsigned busy = 0;
    unsigned failures = 0;
    std::string last_failure;
    std::vector<std::string> last_lines;  // ring of the child's output
  };
  // Sorted by target; empty after stop(). Waits for the tier's thread, which never blocks for long.
  std::vector<status> all() const;

  // Stops every child (TERM, 2 s, KILL), wakes who waits with `cancelled`, joins the thread.
  // Idempotent. From one thread, and not from a callback of the options.
  void stop();

 private:
  std::shared_ptr<device_tier_impl> impl_;
};

// Where llama-server is: `configured` (a path, or a name looked up in PATH; nothing else is tried
// then), PATH, then device/llama-server in the state folder; empty: nowhere.
std::string find_llama_server(const std::optional<std::string>& configured, const std::string& state_folder);

// `nearfar launch-device …`: sets PR_SET_PDEATHSIG, checks its parent, execs. Called by main before
// anything else is set up. Does not return on success; else the exit status.
int launch_device(int argc, char** argv);

}  // namespace nearfar::providers
