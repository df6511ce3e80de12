// Happy eyeballs, version 2 (RFC 8305): several addresses of one host, the first that answers wins.
#pragma once

#include "providers/http/deadline.hpp"
#include "providers/http/open_sockets.hpp"
#include "providers/http/origin.hpp"
#include "providers/io.hpp"
#include "routes/error.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace nearfar::providers {

using socket_endpoint = asio::generic::stream_protocol::endpoint;

// RFC 8305 section 8 recommends 250 ms between the starts of two attempts; a failure starts the next at
// once. Its resolution delay does not apply: getaddrinfo gives both families together.
inline constexpr std::chrono::milliseconds connect_stagger{250};

// Families in turn, beginning with that of the first address, each in the order it came (RFC 8305
// section 4): the resolver has sorted them by RFC 6724.
std::vector<socket_endpoint> interleave(const std::vector<socket_endpoint>& all);

// Single-threaded. Lives until its last handler has run, so it is shared.
class connect_race : public std::enable_shared_from_this<connect_race> {
 public:
  // `to` for messages. `sockets` may be null; else it lives as long as the race runs.
  connect_race(executor ex, deadline_queue& deadlines, open_sockets* sockets, const origin& to,
               std::vector<socket_endpoint> all);
  ~connect_race();
  connect_race(const connect_race&) = delete;
  connect_race& operator=(const connect_race&) = delete;

  // Once. The connected socket, or the last failure (kind `connect`, or `internal`: no socket to be
  // had). After stop(): kind `connect`, "timed out".
  task<routes::result<stream_socket>> run();

  // Ends the race at once; run() then returns.
  void stop();

 private:
  class contender;
  void start_next();
  void ended(contender& one, boost::system::error_code ec);
  void finish();
  std::string name_of(const socket_endpoint& at) const;

  executor ex_;
  open_sockets* sockets_;
  std::string host_;     // as the origin names it
  std::string address_;  // with the port
  std::vector<socket_endpoint> all_;
  std::vector<std::unique_ptr<contender>> running_;
  std::size_t next_ = 0;
  bool over_ = false;
  std::unique_ptr<stream_socket> winner_;
  routes::error last_;
  deadline stagger_;
  timer done_;
};

}  // namespace nearfar::providers
