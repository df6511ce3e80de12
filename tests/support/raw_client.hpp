// A blocking HTTP/1.1 client on a bare socket, for assertions about bytes and moments: pipelining,
// half-closes, slow reading, events with the time each came. One thread at a time.
//
// Every read has a deadline (10 s unless set); running into it throws, as does a refused connect.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nearfar::support {

struct http_answer {
  int status = 0;
  std::string head;  // raw, with the empty line
  std::vector<std::pair<std::string, std::string>> fields;
  std::string body;          // decoded from its transfer coding
  std::vector<int> interim;  // 1xx heads that came before
  bool complete = false;     // the framing says that the body is whole; false: EOF or reset before its end

  std::string_view field(std::string_view name) const;  // empty: none
  bool has(std::string_view name) const;
};

// One event of a stream, and when its last byte was read.
struct timed_event {
  std::string data;
  bool comment = false;
  std::chrono::steady_clock::time_point at;
};

// "data: x" and comments of a whole SSE body.
std::vector<timed_event> events_of(std::string_view body);
// The deltas' `content` of Chat Completions chunks, joined. Events without one add nothing.
std::string text_of(std::string_view sse_body);

class raw_client {
 public:
  using clock = std::chrono::steady_clock;

  // "127.0.0.1:8484" or "unix:/path", as gateway::server gives it; also "http://127.0.0.1:8484".
  explicit raw_client(std::string_view address, int receive_buffer = 0);
  ~raw_client();
  raw_client(raw_client&& other) noexcept;
  raw_client& operator=(raw_client&& other) noexcept;

  void set_deadline(std::chrono::milliseconds each_read) { deadline_ = each_read; }

  void send(std::string_view bytes);
  // Sends what the kernel takes within `at_most`; gives back how much that was.
  std::size_t send_some(std::string_view bytes, std::chrono::milliseconds at_most);
  void half_close();  // FIN, reading goes on
  void close();       // both ways
  void reset();       // RST

  // Reads one whole response. `head_only`: of a HEAD request.
  http_answer read_answer(bool head_only = false);
  // Only the head; the body is then read with read_event() or read_body().
  http_answer read_head();
  // The rest of a response whose head came from read_head().
  void read_body(http_answer& answer);
  // The next SSE event of a response whose head came from read_head(). Nothing: the body ended; then
  // body_complete() says whether by its framing.
  std::optional<timed_event> read_event();
  bool body_complete() const { return body_complete_; }

  // What is there now, without decoding; empty: EOF. Throws on a deadline.
  std::string read_raw();
  // True: the peer closed or reset within `at_most` (bytes that came before are thrown away).
  bool closed_within(std::chrono::milliseconds at_most);
  int native() const { return fd_; }

 private:
  bool fill();  // false: EOF or reset
  bool wait_readable(clock::time_point until) const;
  bool more_body();  // decodes what is there into body_, reading on; false: ended
  void begin_body(const http_answer& head, bool head_only);

  int fd_ = -1;
  std::chrono::milliseconds deadline_{10'000};
  std::string in_;
  // State of the body that is being read.
  std::string body_;
  enum class coding : std::uint8_t { none, length, chunked, until_close } coding_ = coding::none;
  std::uint64_t left_ = 0;  // of the body or of the chunk
  bool in_chunk_ = false;
  bool body_complete_ = true;
};

// A POST with the usual fields, ready to send.
std::string post(std::string_view path, std::string_view body,
                 const std::vector<std::pair<std::string, std::string>>& fields = {});
std::string get(std::string_view path, const std::vector<std::pair<std::string, std::string>>& fields = {});

}  // namespace nearfar::support
