#include "gateway/query_log.hpp"

#include "gateway/log.hpp"

#include <algorithm>
#include <vector>

namespace nearfar::gateway {

namespace {

struct known_logs {
  std::mutex mutex;
  std::vector<query_log*> all;
};

known_logs& known() {
  static known_logs logs;
  return logs;
}

}  // namespace

query_log::query_log(providers::deadline_queue& deadlines) : clock_(deadlines, [this] { flush(); }) {
  const std::lock_guard hold(known().mutex);
  known().all.push_back(this);
}

query_log::~query_log() {
  {
    const std::lock_guard hold(known().mutex);
    std::erase(known().all, this);
  }
  flush();
}

void query_log::add(std::string_view json) {
  const std::lock_guard hold(mutex_);
  const bool first = waiting_.empty();
  waiting_ += json;
  waiting_ += '\n';
  if (waiting_.size() >= most_bytes)
    write();
  else if (first)
    clock_.set_after(longest_wait);
}

void query_log::flush() {
  const std::lock_guard hold(mutex_);
  write();
}

void query_log::rest() {
  flush();
  clock_.drop();
}

void query_log::flush_all() {
  const std::lock_guard hold(known().mutex);
  for (auto* one : known().all) one->flush();
}

// Written under the mutex: a core's lines keep their order.
void query_log::write() {
  if (waiting_.empty()) return;
  write_log(waiting_);
  waiting_.clear();
}

}  // namespace nearfar::gateway
