// The body of a request: where it lies when it came with the head, in a buffer of its own otherwise,
// always with readable bytes behind it.
#pragma once

#include "gateway/body_buffers.hpp"
#include "gateway/client_connection.hpp"
#include "gateway/request_head.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace nearfar::gateway {

inline constexpr std::size_t max_body = 32 * 1024 * 1024;

struct body_refusal {
  int status = 400;
  std::string code;
  std::string message;
};

// Used by one session, request after request: begin, read at most once, consume_request.
class body_reader {
 public:
  void begin(client_connection& client, request_head& head);

  // The whole body where it came with the head, which spares a coroutine; else false, and read() waits
  // for it.
  bool take_arrived(std::string_view& body);

  // Answers `Expect: 100-continue`. A refusal closes the connection after its answer, because the rest
  // of the body is still on its way. client_lost(): there is nobody to answer.
  providers::task<std::optional<body_refusal>> read(std::string_view& body);
  bool client_lost() const { return lost_; }

  // Drops the request's bytes from the input. False when the body was not read to its end: the
  // connection cannot be used again.
  bool consume_request();

 private:
  providers::task<bool> read_rest(char* to, std::size_t size);
  providers::task<std::optional<body_refusal>> read_chunked(std::string_view& body);
  providers::task<bool> say_continue();

  client_connection* client_ = nullptr;
  request_head* head_ = nullptr;
  body_buffer own_;
  std::string chunked_;
  std::string head_copy_;     // a chunked body reads on into the input, which moves the head
  std::size_t in_input_ = 0;  // bytes of the body that are at the front of the input
  bool whole_ = false;
  bool lost_ = false;
};

}  // namespace nearfar::gateway
