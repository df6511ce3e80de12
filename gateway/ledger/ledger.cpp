#include "gateway/ledger/ledger.hpp"

#include "gateway/log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace nearfar::gateway {

using steady = std::chrono::steady_clock;

ledger::ledger(std::string path, balances changed) : path_(std::move(path)), changed_(std::move(changed)) {}

ledger::~ledger() {
  {
    const std::lock_guard hold(lock_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (writer_.joinable()) writer_.join();
}

// With the lock held.
void ledger::wake() {
  if (!writer_.joinable()) writer_ = std::thread([this] { work(); });
}

void ledger::push(std::vector<ledger_row> rows) {
  if (rows.empty()) return;
  {
    const std::lock_guard hold(lock_);
    const bool was_empty = waiting_.empty();
    pushed_ += rows.size();
    waiting_.insert(waiting_.end(), std::make_move_iterator(rows.begin()),
                    std::make_move_iterator(rows.end()));
    if (waiting_.size() > most_waiting) {
      const auto over = waiting_.size() - most_waiting;
      waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(over));
      lost_ += over;
    }
    wake();
    if (!was_empty) return;
  }
  wake_.notify_one();
}

void ledger::touch() {
  if (touched_.load(std::memory_order_relaxed) || touched_.exchange(true)) return;
  {
    const std::lock_guard hold(lock_);
    wake();
  }
  wake_.notify_one();
}

void ledger::ask(std::function<void(ledger_store*, const std::string&)> question) {
  {
    const std::lock_guard hold(lock_);
    tasks_.push_back({std::move(question), pushed_});
    wake();
  }
  wake_.notify_one();
}

void ledger::flush() {
  std::unique_lock hold(lock_);
  if (settled_up_to_ >= pushed_ || !writer_.joinable()) return;
  const auto wanted = pushed_;
  hurry_ = true;
  wake_.notify_all();
  settled_.wait(hold, [&] { return settled_up_to_ >= wanted; });
}

ledger_health ledger::health() const {
  const std::lock_guard hold(lock_);
  return {why_.empty(), why_, waiting_.size(), lost_, written_};
}

void ledger::work() {
  std::unique_lock hold(lock_);
  for (;;) {
    const auto something = [&] { return stopping_ || hurry_ || !tasks_.empty(); };
    // While the file takes nothing, rows wait for the next try and not for more rows.
    if (again_ > steady::now()) {
      wake_.wait_until(hold, again_, something);
    } else {
      wake_.wait(hold, [&] { return something() || !waiting_.empty() || touched_.load(); });
      if (!something()) wake_.wait_for(hold, gather, something);
    }
    if (stopping_ && waiting_.empty() && tasks_.empty() && !touched_.load()) return;
    hurry_ = false;
    auto batch = std::exchange(waiting_, {});
    auto questions = std::exchange(tasks_, {});
    const auto up_to = pushed_;
    hold.unlock();
    const bool wrote = put(batch);
    const bool is_open = wrote && open();
    hold.lock();
    if (!wrote) {
      // What could not be written is older than what came meanwhile.
      waiting_.insert(waiting_.begin(), std::make_move_iterator(batch.begin()),
                      std::make_move_iterator(batch.end()));
    }
    settled_up_to_ = up_to;
    const auto why = why_;
    hold.unlock();
    for (auto& one : questions) one.question(is_open ? store_.get() : nullptr, why);
    hold.lock();
    settled_.notify_all();
    if (stopping_ && !wrote) return;
  }
}

bool ledger::open() {
  if (store_) return true;
  auto opened = ledger_store::open(path_, open_mode::read_write);
  if (!opened) {
    failed(opened.error().context);
    return false;
  }
  store_ = std::make_unique<ledger_store>(std::move(*opened));
  return true;
}

// Behind the rows of this batch: what they cost is in the accounts already. The newest of a name counts.
void ledger::take_balances() {
  if (!changed_) return;
  touched_.store(false);
  for (auto& one : changed_()) {
    const auto at = std::ranges::find(balances_, one.account, &account_view::account);
    if (at == balances_.end()) {
      balances_.push_back(std::move(one));
    } else {
      *at = std::move(one);
    }
  }
}

bool ledger::put(std::vector<ledger_row>& batch) {
  take_balances();
  if (batch.empty() && balances_.empty()) return true;
  if (!open()) return false;
  const auto ok = store_->add(batch, balances_);
  if (!ok) {
    // A file that was moved away, or a disk that is full: the next try begins with opening it.
    store_.reset();
    failed(ok.error().context);
    return false;
  }
  balances_.clear();
  std::string was;
  {
    const std::lock_guard hold(lock_);
    was = std::exchange(why_, {});
    written_ += batch.size();
    pause_ = shortest_pause;
    again_ = {};
  }
  if (!was.empty()) log_event(log_level::info, "the ledger is written again", path_);
  return true;
}

void ledger::failed(std::string why) {
  bool first = false;
  {
    const std::lock_guard hold(lock_);
    first = why_.empty();
    why_ = why;
    again_ = steady::now() + pause_;
    pause_ = std::min(pause_ * 2, longest_pause);
  }
  if (!first) return;
  log_event(log_level::error, "the ledger cannot be written",
            fmt::format("{}. Queries are served on, and up to {} attempts are kept in memory until it can",
                        why, most_waiting));
}

}  // namespace nearfar::gateway
