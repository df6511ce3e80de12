// A canned openai-chat upstream: one thread, one epoll, no JSON. It costs as little as sockets allow, so
// that what is measured is the proxy before it.
#pragma once

#include "bench/upstream/request_reader.hpp"
#include "bench/wire/event_loop.hpp"
#include "bench/wire/file_descriptor.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <queue>
#include <string>
#include <unordered_map>
#include <vector>

namespace nearfar::bench {

struct upstream_options {
  std::size_t answer_bytes = 1024;
  std::uint32_t chunks = 100;              // content events of a stream
  std::uint64_t interval_ns = 20'000'000;  // between them; zero: as fast as the socket takes them
};

struct upstream_counts {
  std::uint64_t requests = 0;
  std::uint64_t body_bytes = 0;
  std::uint64_t streams = 0;
  std::uint64_t events = 0;       // content events written
  std::uint64_t late_events = 0;  // written more than 20 ms after their time: this process was starved
  std::uint64_t bad = 0;
  std::uint64_t cut = 0;  // the peer went away inside an answer
};

class upstream_server {
 public:
  upstream_server(file_descriptor listener, int stop_signals, const upstream_options& options);
  // Until a signal arrives on the signalfd given above.
  void run();
  const upstream_counts& counts() const { return counts_; }

 private:
  struct connection {
    file_descriptor fd;
    request_reader reader;
    std::string unsent;
    std::size_t sent = 0;
    std::uint64_t serial = 0;
    std::uint64_t due = 0;
    std::uint32_t next_chunk = 0;
    bool streaming = false;
    bool waits_for_room = false;
  };
  struct tick {
    std::uint64_t due;
    std::uint64_t serial;
    int fd;
    bool operator>(const tick& other) const { return due > other.due; }
  };

  void accept_all();
  void readable(connection& peer);
  void answer(connection& peer);
  void begin_stream(connection& peer);
  void stream_step(connection& peer, std::uint64_t now);
  void end_stream(connection& peer);
  void run_ticks();
  void send(connection& peer, std::string_view bytes);
  void flush(connection& peer);
  void drop(int fd);

  event_loop loop_;
  file_descriptor listener_;
  int stop_signals_;
  upstream_options options_;
  upstream_counts counts_;
  std::string whole_answer_;  // head and body
  std::string scratch_;
  std::vector<char> buffer_;
  std::unordered_map<int, std::unique_ptr<connection>> peers_;
  std::priority_queue<tick, std::vector<tick>, std::greater<>> ticks_;
  std::uint64_t next_serial_ = 0;
  bool stopping_ = false;
};

}  // namespace nearfar::bench
