// The ledger while the gateway runs: rows are handed to a thread of its own, which writes them in batches.
#pragma once

#include "gateway/ledger/ledger_row.hpp"
#include "gateway/ledger/ledger_store.hpp"
#include "gateway/ledger/waiting_rows.hpp"
#include "routes/error.hpp"

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace nearfar::gateway {

using tier_money = std::array<nano_usd, ledger_tiers.size()>;

struct ledger_health {
  bool writes = true;       // the file takes rows
  std::string why;          // where it does not
  std::size_t waiting = 0;  // rows in memory
  std::uint64_t lost = 0;   // rows beyond what memory may hold
  std::uint64_t written = 0;
  tier_money cost{};       // of all rows pushed since the start, written or not
  tier_money estimated{};  // of that, whose tokens nobody reported
};

// Thread safe. A kill loses what the last `gather` brought, and what a file that takes nothing could not be
// given: at most `most_waiting` rows, of which the newest are kept, whole packs of them, and the rest counted
// as lost. A query is never held up.
class ledger {
 public:
  static constexpr std::chrono::milliseconds gather{200};
  static constexpr std::size_t most_waiting = 50'000;
  static constexpr std::chrono::seconds shortest_pause{1};  // after a failure; doubles
  static constexpr std::chrono::seconds longest_pause{30};
  static constexpr std::chrono::minutes clears_every{24 * 60};
  static constexpr std::chrono::minutes clears_again{1};  // where the file could not be opened
  static constexpr std::chrono::seconds calm{5};          // without a row: memory is given back

  // How accounts stand that have changed since it was asked last; called on the ledger's thread.
  using balances = std::function<std::vector<account_view>()>;

  // Nothing is opened before the first row or question: a start needs no disk. What `changed` tells is
  // written with the rows, in one transaction: what was spent is never less than the rows say.
  explicit ledger(std::string path, balances changed = {});
  ~ledger();  // writes what waits
  ledger(const ledger&) = delete;
  ledger& operator=(const ledger&) = delete;

  // All attempts of a query at once. Copies them, and asks for no memory of its own in most calls.
  void push(const packed_rows& rows);
  // An account has changed though no row was pushed: it is asked about within `gather`. Cheap to repeat.
  void touch();
  // Calls `question` on the ledger's thread, behind all rows pushed before it, with the store; where the file
  // takes nothing, with one that can only be read, and null with the reason where that cannot be opened
  // either. It must not throw and should be quick: rows wait.
  void ask(std::function<void(ledger_store*, const std::string& why)> question);
  // Calls `done` on the ledger's thread with the attempts of a query in their order, those that wait to be
  // written too; with the reason where the file could not be read.
  void find(std::string query, std::function<void(std::vector<ledger_row>, const std::string& why)> done);
  // Rows older than that go: now, and once a day. Absent: they stay, as at the start.
  void retain(std::optional<std::chrono::milliseconds> at_most);
  // Erases what bears the key's name, in memory and in the file, and calls `done` on the ledger's thread with
  // how many attempts went.
  void forget(std::string key, std::function<void(const routes::result<std::int64_t>&)> done);
  // Every question asked before this call is answered when it returns.
  void answer_all();
  // Everything pushed before this call is in the file when it returns, or known not to be.
  void flush();

  ledger_health health() const;
  const std::string& path() const { return path_; }

 private:
  struct task {
    std::function<void(ledger_store*, const std::string&)> question;
    std::uint64_t behind = 0;  // rows pushed before it
  };

  using steady = std::chrono::steady_clock;

  void count(const packed_row& row);
  void work();
  // With the lock held, until there is something to do.
  void rest(std::unique_lock<std::mutex>& hold);
  void answer(std::vector<task>& questions, bool is_open, const std::string& why);
  void clear_out(std::chrono::milliseconds older_than);
  bool open();
  bool put(const row_packs& batch);
  void release(std::unique_lock<std::mutex>& hold);
  void take_balances();
  void failed(std::string why);
  void lose(std::size_t rows) const;
  void recovered();
  void wake();

  std::string path_;
  balances changed_;
  std::atomic<bool> touched_{false};
  mutable std::mutex lock_;
  std::condition_variable wake_;
  std::condition_variable settled_;
  waiting_rows waiting_;
  std::vector<task> tasks_;
  std::uint64_t pushed_ = 0;
  std::uint64_t settled_up_to_ = 0;  // rows written, or tried in vain
  std::uint64_t written_ = 0;
  std::uint64_t lost_ = 0;
  tier_money cost_{};
  tier_money estimated_{};
  std::string why_;
  bool hurry_ = false;
  bool stopping_ = false;
  steady::time_point again_{};  // not before: the file took nothing
  std::optional<std::chrono::milliseconds> keep_;
  steady::time_point clear_at_ = steady::time_point::max();  // when old rows go next
  std::chrono::seconds pause_ = shortest_pause;
  std::unique_ptr<ledger_store> store_;  // the thread's own, as the next
  std::vector<account_view> balances_;   // not written yet
  bool is_released_ = true;              // of memory for rows
  std::thread writer_;
};

}  // namespace nearfar::gateway
