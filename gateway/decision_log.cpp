#include "gateway/decision_log.hpp"

#include "gateway/decision_files.hpp"
#include "gateway/log.hpp"
#include "gateway/shadow.hpp"

#include <fmt/format.h>

#include <chrono>

namespace nearfar::gateway {

namespace {

constexpr std::uint64_t usual_size = 16ULL * 1024 * 1024;
constexpr unsigned usual_files = 4;
// A disk that takes nothing for so long has lost these lines.
constexpr std::size_t most_waiting = 8 * 1024 * 1024;
constexpr std::chrono::milliseconds gather{200};

constexpr std::string_view file_name = "/decisions.jsonl";

void judge_all(shadow_judge& beside, std::string_view lines) {
  while (!lines.empty()) {
    const auto end = lines.find('\n');
    beside.judge(lines.substr(0, end));
    lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 1);
  }
}

}  // namespace

decision_log::decision_log(std::string folder) : file_(std::move(folder) + std::string(file_name)) {}

decision_log::~decision_log() {
  {
    const std::lock_guard hold(lock_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (writer_.joinable()) writer_.join();
}

void decision_log::configure(const config::configuration& of) {
  std::shared_ptr<shadow_judge> beside;
  if (of.shadow) {
    std::string why;
    beside = load_shadow(*of.shadow, why);
    if (!beside) log_event(log_level::error, "the shadow policy is wrong and left out", why);
  }
  const std::lock_guard hold(lock_);
  const bool same = beside && shadow_ && beside->is_same_as(*shadow_);
  if (!same) shadow_ = std::move(beside);
  keeps_ = of.decisions.has_value();
  on_.store(keeps_ || shadow_, std::memory_order_relaxed);
  if (keeps_) {
    size_ = of.decisions->size.value_or(usual_size);
    files_ = of.decisions->files.value_or(usual_files);
  }
  const auto retain = of.retain ? of.retain->decisions : std::nullopt;
  if (retain != retain_) {
    retain_ = retain;
    clear_at_ = retain ? std::chrono::steady_clock::now() : std::chrono::steady_clock::time_point::max();
    wake_.notify_one();
  }
  if ((on() || retain_) && !writer_.joinable()) writer_ = std::thread([this] { work(); });
}

std::shared_ptr<const shadow_judge> decision_log::shadow() const {
  const std::lock_guard hold(lock_);
  return shadow_;
}

void decision_log::write(std::string_view line) {
  {
    const std::lock_guard hold(lock_);
    if (waiting_.size() + line.size() > most_waiting) {
      lost_.fetch_add(1, std::memory_order_relaxed);
      return;
    }
    const bool was_empty = waiting_.empty();
    waiting_ += line;
    waiting_ += '\n';
    ++queued_;
    if (!was_empty) return;
  }
  wake_.notify_one();
}

void decision_log::flush() {
  std::unique_lock hold(lock_);
  if (!writer_.joinable()) return;
  const auto wanted = queued_;
  wake_.notify_all();
  written_.wait(hold, [&] { return done_ >= wanted; });
}

void decision_log::rest(std::unique_lock<std::mutex>& hold) {
  const auto something = [&] {
    return stopping_ || !waiting_.empty() || std::chrono::steady_clock::now() >= clear_at_;
  };
  // A wait until the end of time overflows in the standard library.
  if (retain_) {
    wake_.wait_until(hold, clear_at_, something);
  } else {
    wake_.wait(hold, something);
  }
  // A busy gateway writes some hundred lines at once instead of one at a time.
  if (!waiting_.empty() && !stopping_) wake_.wait_for(hold, gather, [&] { return stopping_; });
}

void decision_log::work() {
  std::unique_lock hold(lock_);
  for (;;) {
    rest(hold);
    if (stopping_ && waiting_.empty()) return;
    std::string batch;
    batch.swap(waiting_);
    const auto up_to = queued_;
    const auto beside = shadow_;
    const bool keeps = keeps_;
    const auto older_than = retain_;
    const bool clears = older_than && std::chrono::steady_clock::now() >= clear_at_;
    if (clears) clear_at_ = std::chrono::steady_clock::now() + clears_every;
    hold.unlock();
    if (keeps && !batch.empty()) put(batch);
    if (beside) judge_all(*beside, batch);
    if (clears) clear_out(*older_than);
    hold.lock();
    done_ = up_to;
    written_.notify_all();
  }
}

void decision_log::put(const std::string& batch) {
  std::uint64_t limit = 0;
  unsigned files = 1;
  {
    const std::lock_guard hold(lock_);
    limit = size_;
    files = files_;
  }
  // Opened for every batch: whoever moves the file away gets a new one, and an idle log holds no handle.
  const auto why = append_decisions(file_, batch, limit, files);
  if (why.empty()) {
    complained_ = false;
    return;
  }
  lost_.fetch_add(1, std::memory_order_relaxed);
  if (complained_) return;
  complained_ = true;
  log_event(log_level::error, "decision log cannot be written", fmt::format("{}: {}", file_, why));
}

void decision_log::clear_out(std::chrono::milliseconds older_than) {
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::system_clock::now().time_since_epoch());
  const auto gone = forget_decisions_before(folder(), (now - older_than).count());
  if (!gone) return log_event(log_level::error, "old lines of the decision log stay", gone.error().context);
  if (*gone > 0)
    log_event(log_level::info, "old lines of the decision log are gone", fmt::format("{}", *gone));
}

routes::result<std::uint64_t> decision_log::forget(std::string_view key) {
  flush();
  return forget_key_in_decisions(folder(), key);
}

std::string decision_log::folder() const {
  return file_.substr(0, file_.size() - file_name.size());
}

std::vector<std::string> decision_log::files_in(const std::string& folder) {
  return decision_files(folder);
}

std::vector<std::string> decision_log::files() const {
  return files_in(folder());
}

}  // namespace nearfar::gateway
