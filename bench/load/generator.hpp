// The load generator: one thread, one epoll, every answer compared with what the canned upstream sends.
#pragma once

#include "bench/load/answer_check.hpp"
#include "bench/load/latency.hpp"
#include "bench/load/response_reader.hpp"
#include "bench/wire/event_loop.hpp"
#include "bench/wire/file_descriptor.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace nearfar::bench {

struct load_options {
  std::string address;
  std::string request;  // head and body, the same for all
  expected_answer expected;
  std::uint32_t connections = 16;
  double rate = 0;             // requests a second, open loop; zero: closed loop
  std::uint64_t requests = 0;  // stop after so many; zero: by time alone
  double seconds = 5;          // stop starting requests after this time
  double spread_seconds = 0;   // closed loop: the first requests are spread over this time
  double grace_seconds = 30;   // for what is in flight after that
};

struct load_counts {
  std::uint64_t started = 0;
  std::uint64_t good = 0;
  std::uint64_t wrong_content = 0;  // status 200 and other bytes than expected
  std::uint64_t wrong_status = 0;
  std::uint64_t broken = 0;      // not HTTP, or the connection ended inside an answer
  std::uint64_t unanswered = 0;  // still in flight when the grace was over
  std::uint64_t connects = 0;
  std::uint64_t failed_connects = 0;
  std::uint64_t events = 0;  // content events of good streams

  std::uint64_t errors() const {
    return wrong_content + wrong_status + broken + unanswered + failed_connects;
  }
};

struct load_report {
  load_counts counts;
  double seconds = 0;           // from the first request to the last answer
  std::uint32_t most_open = 0;  // requests in flight at once
  latency whole;                // intended start to last byte
  latency first_byte;           // intended start to first byte of the answer
  latency held;                 // content events: upstream's write to this process' read
  std::string first_error;      // of a connect, or the status line of an answer that was not 200
};

class load_generator {
 public:
  explicit load_generator(const load_options& options);
  ~load_generator();
  load_report run();

 private:
  struct connection;

  bool open(connection& at);
  void start_due(std::uint64_t now);
  std::uint64_t next_due() const;
  void begin(connection& at, std::uint64_t intended);
  void write_some(connection& at);
  void readable(connection& at);
  void take(connection& at, std::string_view input, std::uint64_t now);
  void finish(connection& at, std::uint64_t now);
  void fail(connection& at, std::uint64_t& counter);
  void rest_or_go_on(connection& at);
  bool may_start() const;
  void watch(connection& at, std::uint32_t events);

  const load_options& options_;
  event_loop loop_;
  load_report report_;
  std::vector<std::unique_ptr<connection>> connections_;
  std::unordered_map<int, connection*> by_fd_;
  std::vector<connection*> idle_;
  std::deque<std::uint64_t> backlog_;  // open loop: intended times that found no idle connection
  std::vector<char> buffer_;
  std::uint64_t start_ = 0;
  std::uint64_t stop_ = 0;
  std::uint64_t planned_ = 0;  // requests that the schedule released
  std::uint32_t in_flight_ = 0;
};

}  // namespace nearfar::bench
