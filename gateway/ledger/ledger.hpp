// The ledger while the gateway runs: rows are handed to a thread of its own, which writes them in batches.
#pragma once

#include "gateway/ledger/ledger_row.hpp"
#include "gateway/ledger/ledger_store.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace nearfar::gateway {

struct ledger_health {
  bool writes = true;       // the file takes rows
  std::string why;          // where it does not
  std::size_t waiting = 0;  // rows in memory
  std::uint64_t lost = 0;   // rows beyond what memory may hold
  std::uint64_t written = 0;
};

// Thread safe. A kill loses what the last `gather` brought, and what a file that takes nothing could not be
// given: at most `most_waiting` rows, of which the newest are kept and the rest counted as lost. A query is
// never held up.
class ledger {
 public:
  static constexpr std::chrono::milliseconds gather{200};
  static constexpr std::size_t most_waiting = 50'000;
  static constexpr std::chrono::seconds shortest_pause{1};  // after a failure; doubles
  static constexpr std::chrono::seconds longest_pause{30};

  // How accounts stand that have changed since it was asked last; called on the ledger's thread.
  using balances = std::function<std::vector<account_view>()>;

  // Nothing is opened before the first row or question: a start needs no disk. What `changed` tells is
  // written with the rows, in one transaction: what was spent is never less than the rows say.
  explicit ledger(std::string path, balances changed = {});
  ~ledger();  // writes what waits
  ledger(const ledger&) = delete;
  ledger& operator=(const ledger&) = delete;

  // All attempts of a query at once.
  void push(std::vector<ledger_row> rows);
  // An account has changed though no row was pushed: it is asked about within `gather`. Cheap to repeat.
  void touch();
  // Calls `question` on the ledger's thread, behind all rows pushed before it, with the store; or with null
  // and the reason where the file cannot be opened. It must not throw and should be quick: rows wait.
  void ask(std::function<void(ledger_store*, const std::string& why)> question);
  // Everything pushed before this call is in the file when it returns, or known not to be.
  void flush();

  ledger_health health() const;
  const std::string& path() const { return path_; }

 private:
  struct task {
    std::function<void(ledger_store*, const std::string&)> question;
    std::uint64_t behind = 0;  // rows pushed before it
  };

  void work();
  bool open();
  bool put(std::vector<ledger_row>& batch);
  void take_balances();
  void failed(std::string why);
  void wake();

  std::string path_;
  balances changed_;
  std::atomic<bool> touched_{false};
  mutable std::mutex lock_;
  std::condition_variable wake_;
  std::condition_variable settled_;
  std::vector<ledger_row> waiting_;
  std::vector<task> tasks_;
  std::uint64_t pushed_ = 0;
  std::uint64_t settled_up_to_ = 0;  // rows written, or tried in vain
  std::uint64_t written_ = 0;
  std::uint64_t lost_ = 0;
  std::string why_;
  bool hurry_ = false;
  bool stopping_ = false;
  std::chrono::steady_clock::time_point again_{};  // not before: the file took nothing
  std::chrono::seconds pause_ = shortest_pause;
  std::unique_ptr<ledger_store> store_;  // the thread's own, as the next
  std::vector<account_view> balances_;   // not written yet
  std::thread writer_;
};

}  // namespace nearfar::gateway
