// The supervised model servers of this gateway: started on first use, shared by all cores, unloaded
// when idle, never outliving the gateway.
#pragma once

#include "config/model.hpp"
#include "providers/device/supervisor.hpp"
#include "providers/http/origin.hpp"
#include "providers/io.hpp"
#include "routes/error.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace nearfar::providers {

// Runs on one io_context of its own thread (the launcher's thread: PR_SET_PDEATHSIG follows the
// thread that forked). Every method may be called from any core.
class device_tier {
 public:
  struct options {
    std::string state_folder;       // sockets and the llama-server of last resort live below it
    std::string self;               // our own binary, for the launcher (/proc/self/exe)
    std::function<void(std::string level, std::string message)> log;
  };

  explicit device_tier(options how);
  ~device_tier();  // stops every child: TERM, 2 s, KILL; joins the thread

  // Adds the provider's models, or updates them after a reload. Unchanged ones keep running.
  void configure(const std::vector<config::provider>& providers);

  // One use of a model. While it lives the model is busy and is neither unloaded nor evicted.
  class lease {
   public:
    lease() = default;
    lease(lease&&) noexcept = default;
    lease& operator=(lease&&) noexcept;
    ~lease();
    const origin& where() const { return where_; }
    // The server took the request and said nothing in time though its process lives: it is checked,
    // and stopped when it does not answer /health.
    void hung();

   private:
    friend class device_tier;
    std::weak_ptr<struct device_tier_impl> tier_;
    std::string target_;
    origin where_;
  };

  // Waits, at most `load_time`, until the target's server answers /health. Starts it when it is not
  // running. Errors: not_ready (with the child's last lines), cancelled. Completes on the caller's
  // executor. `cancel_slot` as in pool::acquire.
  task<routes::result<lease>> acquire(std::string target, std::chrono::milliseconds load_time,
                                      std::function<void()>* cancel_slot = nullptr);

  struct status {
    std::string target;
    device_state state;
    int pid = 0;
    unsigned busy = 0;
    unsigned failures = 0;
    std::string last_failure;
    std::vector<std::string> last_lines;  // ring of the child's output
  };
  std::vector<status> all() const;

  void stop();  // as the destructor, earlier

 private:
  std::shared_ptr<struct device_tier_impl> impl_;
};

// Where llama-server is: `configured`, PATH, then the state folder; empty: nowhere.
std::string find_llama_server(const std::optional<std::string>& configured, const std::string& state_folder);

// `nearfar launch-device …`: sets PR_SET_PDEATHSIG, checks its parent, execs. Called by main before
// anything else is set up. Does not return on success.
int launch_device(int argc, char** argv);

}  // namespace nearfar::providers
