// Names to addresses, off the loop: getaddrinfo on threads of its own, with a cache.
#pragma once

#include "providers/io.hpp"
#include "routes/error.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace nearfar::providers {

// Shared by all cores; thread safe. Answers are cached 60 s, failures 2 s; a literal address takes
// no thread. resolve() completes on the caller's executor. Threads start at the first name, up to
// four, so that one dead name server does not hold up every provider.
//
// May die before or after the executors that wait for it: a wait whose executor died is dropped.
class resolver {
 public:
  using endpoints = std::vector<asio::ip::tcp::endpoint>;

  resolver();
  ~resolver();  // does not wait for a look-up that hangs
  resolver(const resolver&) = delete;
  resolver& operator=(const resolver&) = delete;

  // Errors: kind `dns`. `cancel_slot`, if given, is set to a function that abandons the wait (on the
  // caller's thread; kind `cancelled`) and is cleared after; the look-up itself runs on into the cache.
  task<routes::result<endpoints>> resolve(std::string host, std::uint16_t port,
                                          std::function<void()>* cancel_slot = nullptr);
  void forget();  // drops the cache (after a link change)

  // How names are looked up; for tests. Runs on the resolver's threads. Port is 0 in what it gives.
  using look_up = std::function<routes::result<endpoints>(const std::string& host)>;
  explicit resolver(look_up how);

 private:
  struct impl;
  std::shared_ptr<impl> impl_;
};

}  // namespace nearfar::providers
