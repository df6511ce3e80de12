#include "gateway/ledger/ledger.hpp"

#include "gateway/log.hpp"

#include <fmt/format.h>

#include <malloc.h>

#include <sys/resource.h>
#include <unistd.h>
#include <algorithm>
#include <future>
#include <optional>
#include <utility>

namespace nearfar::gateway {

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

void ledger::push(const packed_rows& rows) {
  if (rows.empty()) return;
  {
    const std::lock_guard hold(lock_);
    const bool was_empty = waiting_.empty();
    pushed_ += rows.size();
    for (const auto row : rows) count(row);
    waiting_.add(rows);
    if (waiting_.size() > most_waiting) lost_ += waiting_.keep_newest(most_waiting);
    wake();
    if (!was_empty) return;
  }
  wake_.notify_one();
}

void ledger::count(const packed_row& row) {
  const auto numbers = row.numbers();
  if (numbers.tier >= ledger_tiers.size() || !numbers.has_cost) return;
  cost_[numbers.tier] += numbers.cost;
  if (numbers.sure == certainty::estimated) estimated_[numbers.tier] += numbers.cost;
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

void ledger::find(std::string query,
                  std::function<void(std::vector<ledger_row>, const std::string& why)> done) {
  ask([this, query = std::move(query), done = std::move(done)](ledger_store* store, const std::string& why) {
    std::vector<ledger_row> out;
    std::string wrong = store == nullptr ? why : "";
    if (store != nullptr) {
      auto found = store->find(query);
      if (found) out = std::move(*found);
      if (!found) wrong = found.error().context;
    }
    {
      const std::lock_guard hold(lock_);
      waiting_.find(query, out);
    }
    done(std::move(out), wrong);
  });
}

void ledger::retain(std::optional<std::chrono::milliseconds> at_most) {
  {
    const std::lock_guard hold(lock_);
    if (keep_ == at_most) return;
    keep_ = at_most;
    clear_at_ = keep_ ? steady::now() : steady::time_point::max();
    if (!keep_) return;
    wake();
  }
  wake_.notify_one();
}

void ledger::forget(std::string key, std::function<void(const routes::result<std::int64_t>&)> done) {
  ask([this, key = std::move(key), done = std::move(done)](ledger_store* store, const std::string& why) {
    std::size_t in_memory = 0;
    std::erase_if(balances_, [&](const auto& one) { return is_account_of_key(one.account, key); });
    {
      const std::lock_guard hold(lock_);
      in_memory = waiting_.erase_key(key);
    }
    routes::result<std::int64_t> gone = std::int64_t{0};
    if (store == nullptr) gone = routes::make_error(routes::error_kind::internal, why);
    if (store != nullptr) gone = store->forget_key(key);
    if (gone) *gone += static_cast<std::int64_t>(in_memory);
    done(gone);
  });
}

void ledger::answer_all() {
  {
    const std::lock_guard hold(lock_);
    if (!writer_.joinable()) return;
  }
  std::promise<void> answered;
  ask([&](ledger_store*, const std::string&) { answered.set_value(); });
  answered.get_future().wait();
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
  return {why_.empty(), why_, waiting_.size(), lost_, written_, cost_, estimated_};
}

void ledger::rest(std::unique_lock<std::mutex>& hold) {
  const auto something = [&] { return stopping_ || hurry_ || !tasks_.empty() || steady::now() >= clear_at_; };
  // While the file takes nothing, rows wait for the next try and not for more rows.
  if (again_ > steady::now()) {
    wake_.wait_until(hold, std::min(again_, clear_at_), something);
    return;
  }
  const auto any = [&] { return something() || !waiting_.empty() || touched_.load() || !balances_.empty(); };
  if (!is_released_ && !wake_.wait_for(hold, calm, any)) release(hold);
  // A wait until the end of time overflows in the standard library.
  if (keep_) {
    wake_.wait_until(hold, clear_at_, any);
  } else {
    wake_.wait(hold, any);
  }
  if (!something()) wake_.wait_for(hold, gather, something);
}

void ledger::work() {
  // Nobody waits for it, and where there are few processors queries wait for those.
  constexpr int behind_queries = 10;
  (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), behind_queries);
  std::unique_lock hold(lock_);
  for (;;) {
    rest(hold);
    if (stopping_ && waiting_.empty() && tasks_.empty() && !touched_.load()) return;
    hurry_ = false;
    auto batch = waiting_.take();
    is_released_ = false;
    auto questions = std::exchange(tasks_, {});
    const auto up_to = pushed_;
    const bool clears = !stopping_ && steady::now() >= clear_at_;
    const auto keep = keep_;
    hold.unlock();
    const bool wrote = put(batch);
    const bool is_open = wrote && open();
    if (is_open) recovered();
    hold.lock();
    if (wrote) {
      waiting_.done_with(std::move(batch));
    } else {
      waiting_.put_back(std::move(batch));
      lost_ += waiting_.keep_newest(most_waiting);
    }
    if (clears && keep_ == keep) clear_at_ = steady::now() + (is_open ? clears_every : clears_again);
    settled_up_to_ = up_to;
    const auto why = why_;
    hold.unlock();
    if (clears && keep && is_open) clear_out(*keep);
    answer(questions, is_open, why);
    hold.lock();
    settled_.notify_all();
    if (stopping_ && !wrote) return lose(waiting_.size());
  }
}

void ledger::answer(std::vector<task>& questions, bool is_open, const std::string& why) {
  if (questions.empty()) return;
  std::optional<ledger_store> readable;
  if (!is_open) {
    // A full disk, or a folder that takes nothing: what was written before can still be asked.
    if (auto opened = ledger_store::open(path_, open_mode::read_only)) readable = std::move(*opened);
  }
  auto* store = is_open ? store_.get() : readable ? &*readable : nullptr;
  for (auto& one : questions) one.question(store, why);
}

void ledger::clear_out(std::chrono::milliseconds older_than) {
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::system_clock::now().time_since_epoch());
  const auto gone = store_->forget_before((now - older_than).count());
  if (!gone) return log_event(log_level::error, "old rows of the ledger stay", gone.error().context);
  if (*gone > 0)
    log_event(log_level::info, "old rows of the ledger are gone", fmt::format("{} attempts", *gone));
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

bool ledger::put(const row_packs& batch) {
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
  const std::lock_guard hold(lock_);
  for (const auto& pack : batch) written_ += pack.size();
  return true;
}

void ledger::release(std::unique_lock<std::mutex>& hold) {
  waiting_.release();
  is_released_ = true;
  hold.unlock();
  if (store_) store_->release();
#ifdef __GLIBC__
  // What was freed stays in the allocator's heaps otherwise: 1.4 MB after a full load.
  malloc_trim(0);
#endif
  hold.lock();
}

void ledger::recovered() {
  std::string was;
  {
    const std::lock_guard hold(lock_);
    was = std::exchange(why_, {});
    pause_ = shortest_pause;
    again_ = {};
  }
  if (!was.empty()) log_event(log_level::info, "the ledger is written again", path_);
}

// With the lock held, at the end.
void ledger::lose(std::size_t rows) const {
  if (rows > 0)
    log_event(log_level::error, "attempts are lost to the ledger",
              fmt::format("{} of them waited in memory, and it cannot be written: {}", rows, why_));
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
