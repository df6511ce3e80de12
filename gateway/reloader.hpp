// How a policy comes into force: one function, one thread, whoever asks.
//
// read -> parse -> bind -> check -> compile -> run `tests:` -> resolve secrets -> write (PUT) -> push to
// the cores. A failure at any step changes nothing. The thread is there so that a big compile delays no
// query; it sleeps in the kernel until the file changes or somebody asks.
#pragma once

#include "config/diagnostic.hpp"
#include "config/model_lists.hpp"
#include "gateway/deployment.hpp"
#include "gateway/reload_news.hpp"
#include "gateway/revision_store.hpp"

#include <atomic>
#include <cstdint>
#include <ctime>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace nearfar::gateway {

struct shared_state;

// A policy that passed every step but the last.
struct prepared_policy {
  std::shared_ptr<const deployment> made;  // null: see `found` and `why`
  config::diagnostics found;
  std::string why;
};

class reloader {
 public:
  // `text`: the bytes that `first` was made from; empty: unknown, then it is read from the file.
  reloader(shared_state& shared, std::shared_ptr<const deployment> first, std::string text);
  ~reloader();  // stop()

  void start();
  // Finishes what was submitted, then ends the thread. Before the cores stop. Idempotent.
  void stop();

  // Any thread. Runs on the reloader's; false once it was stopped.
  bool submit(std::function<void()> job);
  void reload(std::string by);

  std::shared_ptr<const reload_news> news() const;
  std::uint64_t count(reload_result which) const;
  bool last_succeeded() const { return last_succeeded_.load(std::memory_order_relaxed); }

  // The rest on the reloader's thread alone: inside submit().
  const std::string& text() const { return text_; }
  const deployment& current() const { return *current_; }
  revision_store& revisions() { return revisions_; }
  shared_state& shared() { return shared_; }
  prepared_policy prepare(std::string_view text) const;
  // A provider has listed its models: where that is news, the policy in force comes into force once more,
  // with them. Empty, or why nothing has changed.
  std::string discovered(const config::model_list& list);

  enum class put_end : std::uint8_t { ok, wrong, not_writable, edited_elsewhere };
  struct put_result {
    put_end end = put_end::ok;
    std::string why;
    config::diagnostics found;
  };
  enum class over_edits : std::uint8_t { no, yes };
  // Writes the file and puts it into force. `edited_elsewhere`: the file holds an edit that is not in
  // force, which this would overwrite unseen.
  put_result put(std::string_view text, std::string by, over_edits how);

 private:
  struct impl;

  void reload_now(const std::string& by);
  void take(prepared_policy with, std::string text, const std::string& by);
  void fail(const std::string& by, std::string why, const config::diagnostics& found);
  void tell(reload_news news);
  void tell_warnings();
  void push();
  void keep(const std::string& text);
  void keep(const config::model_list& list);
  std::string with_list(const config::model_list& list);
  void watch();

  shared_state& shared_;
  std::unique_ptr<impl> impl_;
  std::shared_ptr<const deployment> current_;
  std::string text_;
  revision_store revisions_;
  std::map<std::string, config::model_list, std::less<>> lists_;  // by provider, of this run
  std::string last_complaint_;

  mutable std::mutex lock_;
  std::shared_ptr<const reload_news> news_;
  std::atomic<std::uint64_t> counts_[3] = {};
  std::atomic<bool> last_succeeded_{true};
};

}  // namespace nearfar::gateway
