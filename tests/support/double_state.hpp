// What the upstream double remembers and what it is told: shared by its I/O thread, the tests and the
// control endpoint. Safe from any thread.
#pragma once

#include "tests/support/behaviour.hpp"
#include "tests/support/double_bill.hpp"
#include "tests/support/http_message.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace nearfar::support {

struct double_counters {
  std::uint64_t connections = 0;  // accepted, ever
  std::uint64_t open = 0;         // now
  std::uint64_t requests = 0;     // for an answer: what a model would be asked
  std::uint64_t other_requests =
      0;                        // model lists, health, unknown paths; the control endpoint is not counted
  std::uint64_t completed = 0;  // answers sent to their end (errors too)
  std::uint64_t cancelled = 0;  // the client went away in the middle of an answer
  std::uint64_t broken = 0;     // broken by script
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
};

struct recorded_request {
  std::uint64_t number = 0;         // 1 is the first
  std::uint64_t connection = 0;     // 1 is the first
  std::uint64_t on_connection = 0;  // 1: first request of its connection
  request_head head;
  std::string body;  // decoded from its transfer coding, else byte for byte
  request_outcome outcome = request_outcome::receiving;
};

class double_state {
 public:
  using chooser = std::function<std::shared_ptr<const behaviour>(const recorded_request&)>;

  explicit double_state(std::size_t keep_requests) : keep_requests_(keep_requests) {}

  // Which behaviour a request gets: the chooser's if it gives one, else the oldest in the queue, else
  // the default. Chosen when the head is complete, before the body is read.
  void set_default(behaviour b);
  void push(behaviour b, unsigned times = 1);
  void set_chooser(chooser c);
  void clear();  // queue and chooser empty, the default well-behaved, nothing released
  std::size_t queued() const;

  double_counters counters() const;
  std::vector<recorded_request> requests() const;
  std::vector<request_head> other_requests() const;  // heads of those that ask no model
  void forget_requests();                            // and counters to zero, but `open`; the bill, too

  // Of every request that has ended, and of the newest ones by themselves. A request is on the bill before
  // it counts as completed, cancelled or broken.
  billed_tokens billed() const;
  std::vector<billed_request> bill() const;

  // Lets so many more tokens (or ends) of gated answers go, in the order in which they wait.
  void release(std::uint64_t count = 1);

  // Waits for the counters to satisfy `holds`. False: the time ran out.
  bool wait(const std::function<bool(const double_counters&)>& holds, millis at_most) const;

  // ---- the I/O thread's side
  std::uint64_t connection_opened();
  void connection_closed();
  std::uint64_t request_began(recorded_request r);  // its number
  std::shared_ptr<const behaviour> choose(const recorded_request& r);
  void body_received(std::uint64_t number, const std::string& body);
  void request_ended(billed_request end);
  void other_request(const request_head& head);
  bool take_release();
  void bytes(std::uint64_t in, std::uint64_t out);

 private:
  recorded_request* find(std::uint64_t number);

  const std::size_t keep_requests_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::shared_ptr<const behaviour> default_ = std::make_shared<const behaviour>();
  std::deque<std::shared_ptr<const behaviour>> queue_;
  chooser chooser_;
  double_counters counters_;
  std::uint64_t releases_ = 0;  // given and not taken
  std::uint64_t last_number_ = 0;
  std::deque<recorded_request> requests_;
  billed_tokens billed_;
  std::deque<billed_request> bill_;
  std::deque<request_head> other_requests_;
};

}  // namespace nearfar::support
