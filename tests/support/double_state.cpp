#include "tests/support/double_state.hpp"

namespace nearfar::support {

void double_state::set_default(behaviour b) {
  auto next = std::make_shared<const behaviour>(std::move(b));
  const std::lock_guard lock(mutex_);
  default_ = std::move(next);
}

void double_state::push(behaviour b, unsigned times) {
  const auto shared = std::make_shared<const behaviour>(std::move(b));
  const std::lock_guard lock(mutex_);
  queue_.insert(queue_.end(), times, shared);
}

void double_state::set_chooser(chooser c) {
  const std::lock_guard lock(mutex_);
  chooser_ = std::move(c);
}

void double_state::clear() {
  const std::lock_guard lock(mutex_);
  queue_.clear();
  chooser_ = nullptr;
  releases_ = 0;
  default_ = std::make_shared<const behaviour>();
}

std::size_t double_state::queued() const {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

void double_state::release(std::uint64_t count) {
  const std::lock_guard lock(mutex_);
  releases_ += count;
}

bool double_state::take_release() {
  const std::lock_guard lock(mutex_);
  if (releases_ == 0) return false;
  --releases_;
  return true;
}

double_counters double_state::counters() const {
  const std::lock_guard lock(mutex_);
  return counters_;
}

std::vector<recorded_request> double_state::requests() const {
  const std::lock_guard lock(mutex_);
  return {requests_.begin(), requests_.end()};
}

std::vector<request_head> double_state::other_requests() const {
  const std::lock_guard lock(mutex_);
  return {other_requests_.begin(), other_requests_.end()};
}

billed_tokens double_state::billed() const {
  const std::lock_guard lock(mutex_);
  return billed_;
}

std::vector<billed_request> double_state::bill() const {
  const std::lock_guard lock(mutex_);
  return {bill_.begin(), bill_.end()};
}

void double_state::forget_requests() {
  const std::lock_guard lock(mutex_);
  requests_.clear();
  other_requests_.clear();
  billed_ = {};
  bill_.clear();
  const auto open = counters_.open;
  counters_ = {};
  counters_.open = open;
}

bool double_state::wait(const std::function<bool(const double_counters&)>& holds, millis at_most) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, at_most, [&] { return holds(counters_); });
}

std::uint64_t double_state::connection_opened() {
  const std::lock_guard lock(mutex_);
  ++counters_.open;
  ++counters_.connections;
  changed_.notify_all();
  return counters_.connections;
}

void double_state::connection_closed() {
  const std::lock_guard lock(mutex_);
  --counters_.open;
  changed_.notify_all();
}

std::uint64_t double_state::request_began(recorded_request r) {
  const std::lock_guard lock(mutex_);
  ++counters_.requests;
  r.number = ++last_number_;
  if (keep_requests_ != 0) {
    if (requests_.size() == keep_requests_) requests_.pop_front();
    requests_.push_back(std::move(r));
  }
  changed_.notify_all();
  return last_number_;
}

std::shared_ptr<const behaviour> double_state::choose(const recorded_request& r) {
  chooser ask;
  {
    const std::lock_guard lock(mutex_);
    ask = chooser_;
  }
  if (ask) {
    if (auto chosen = ask(r)) return chosen;
  }
  const std::lock_guard lock(mutex_);
  if (queue_.empty()) return default_;
  auto out = std::move(queue_.front());
  queue_.pop_front();
  return out;
}

void double_state::body_received(std::uint64_t number, const std::string& body) {
  const std::lock_guard lock(mutex_);
  if (auto* r = find(number)) {
    r->body = body;
    r->outcome = request_outcome::answering;
  }
  changed_.notify_all();
}

void double_state::request_ended(billed_request end) {
  const auto how = end.outcome;
  const std::lock_guard lock(mutex_);
  if (how == request_outcome::completed) ++counters_.completed;
  if (how == request_outcome::cancelled) ++counters_.cancelled;
  if (how == request_outcome::broken) ++counters_.broken;
  if (auto* r = find(end.number)) r->outcome = how;
  billed_.add(end.tokens);
  if (keep_requests_ != 0) {
    if (bill_.size() == keep_requests_) bill_.pop_front();
    bill_.push_back(std::move(end));
  }
  changed_.notify_all();
}

void double_state::other_request(const request_head& head) {
  const std::lock_guard lock(mutex_);
  ++counters_.other_requests;
  if (keep_requests_ != 0) {
    if (other_requests_.size() == keep_requests_) other_requests_.pop_front();
    other_requests_.push_back(head);
  }
  changed_.notify_all();
}

void double_state::bytes(std::uint64_t in, std::uint64_t out) {
  const std::lock_guard lock(mutex_);
  counters_.bytes_in += in;
  counters_.bytes_out += out;
}

recorded_request* double_state::find(std::uint64_t number) {
  for (auto at = requests_.rbegin(); at != requests_.rend(); ++at) {
    if (at->number == number) return &*at;
  }
  return nullptr;
}

}  // namespace nearfar::support
