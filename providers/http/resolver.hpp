// Names to addresses, off the loop: getaddrinfo on a thread of its own, with a cache.
#pragma once

#include "providers/io.hpp"
#include "routes/error.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <memory>
#include <string>
#include <vector>

namespace nearfar::providers {

// Shared by all cores; thread safe. Answers are cached 60 s, failures 2 s; a literal address takes
// no thread. resolve() completes on the caller's executor.
class resolver {
 public:
  resolver();
  ~resolver();
  resolver(const resolver&) = delete;
  resolver& operator=(const resolver&) = delete;

  task<routes::result<std::vector<asio::ip::tcp::endpoint>>> resolve(std::string host, std::uint16_t port);
  void forget();  // drops the cache (after a link change)

 private:
  struct impl;
  std::shared_ptr<impl> impl_;
};

}  // namespace nearfar::providers
