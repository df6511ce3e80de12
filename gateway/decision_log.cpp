#include "gateway/decision_log.hpp"

#include "gateway/log.hpp"
#include "gateway/shadow.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>

namespace nearfar::gateway {

namespace {

constexpr std::uint64_t usual_size = 16ULL * 1024 * 1024;
constexpr unsigned usual_files = 4;
// A disk that takes nothing for so long has lost these lines.
constexpr std::size_t most_waiting = 8 * 1024 * 1024;
constexpr std::chrono::milliseconds gather{200};

constexpr std::string_view file_name = "/decisions.jsonl";

// 0: the one that is written.
std::string name_of(const std::string& newest, unsigned age) {
  if (age == 0) return newest;
  return fmt::format("{}.{}.jsonl", newest.substr(0, newest.size() - std::strlen(".jsonl")), age);
}

std::uint64_t size_of(int handle) {
  struct stat about{};
  return ::fstat(handle, &about) == 0 ? static_cast<std::uint64_t>(about.st_size) : 0;
}

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
  if (on() && !writer_.joinable()) writer_ = std::thread([this] { work(); });
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

void decision_log::work() {
  std::unique_lock hold(lock_);
  for (;;) {
    wake_.wait(hold, [&] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    // A busy gateway writes some hundred lines at once instead of one at a time.
    if (!stopping_) wake_.wait_for(hold, gather, [&] { return stopping_; });
    std::string batch;
    batch.swap(waiting_);
    const auto up_to = queued_;
    const auto beside = shadow_;
    const bool keeps = keeps_;
    hold.unlock();
    if (keeps) put(batch);
    if (beside) judge_all(*beside, batch);
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
  int handle = ::open(file_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (handle >= 0 && size_of(handle) + batch.size() > limit && size_of(handle) > 0) {
    ::close(handle);
    rotate(files);
    handle = ::open(file_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  }
  std::size_t done = 0;
  while (handle >= 0 && done < batch.size()) {
    const ssize_t n = ::write(handle, batch.data() + done, batch.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    done += static_cast<std::size_t>(n);
  }
  const int why = errno;
  if (handle >= 0) ::close(handle);
  if (done == batch.size()) {
    complained_ = false;
    return;
  }
  lost_.fetch_add(1, std::memory_order_relaxed);
  if (complained_) return;
  complained_ = true;
  log_event(log_level::error, "decision log cannot be written",
            fmt::format("{}: {}", file_, std::strerror(why)));
}

std::vector<std::string> decision_log::files_in(const std::string& folder) {
  const auto newest = folder + std::string(file_name);
  std::vector<std::string> out;
  unsigned oldest = 0;
  while (::access(name_of(newest, oldest + 1).c_str(), F_OK) == 0) ++oldest;
  for (unsigned age = oldest + 1; age-- > 0;) {
    if (::access(name_of(newest, age).c_str(), F_OK) == 0) out.push_back(name_of(newest, age));
  }
  return out;
}

std::vector<std::string> decision_log::files() const {
  return files_in(file_.substr(0, file_.size() - file_name.size()));
}

// decisions.jsonl -> decisions.1.jsonl -> … ; the oldest goes.
void decision_log::rotate(unsigned files) {
  if (files <= 1) {
    ::unlink(file_.c_str());
    return;
  }
  ::unlink(name_of(file_, files - 1).c_str());
  for (unsigned i = files - 1; i > 0; --i) ::rename(name_of(file_, i - 1).c_str(), name_of(file_, i).c_str());
}

}  // namespace nearfar::gateway
