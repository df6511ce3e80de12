// The kernel's news of interfaces, addresses and default routes, kept in a link_table. Sleeps in the
// kernel while nothing happens.
#pragma once

#include "providers/io.hpp"
#include "providers/link/link_table.hpp"

#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace nearfar::providers {

// Lives on one executor, and is made, used and destroyed there or while that does not run.
//
// IPv4 routes of a link that goes down vanish without a word, so routes are dumped again after all news;
// so is everything when the socket overflowed (ENOBUFS).
class link_watch {
 public:
  // `changed` is called on the executor after each batch of news, at once, and again when the dumps that
  // it made necessary are in. The first time when all tables are known. It may call close().
  link_watch(executor ex, std::function<void(link_table&)> changed);
  ~link_watch();
  link_watch(const link_watch&) = delete;
  link_watch& operator=(const link_watch&) = delete;

  // False where the kernel lets us have no such socket (apps on Android 11 and later), with the reason.
  // The namespace of the calling thread is the one that is watched.
  bool start(std::string& why);
  void close();
  // All tables were read since start().
  bool is_ready() const { return ready_; }

 private:
  void wait();
  void drain();
  bool receive();
  void take(const rtnetlink::message& m);
  void overflowed();
  void end_dump(const rtnetlink::dump_end& end);
  void next_dump();

  asio::posix::basic_stream_descriptor<executor> socket_;
  std::function<void(link_table&)> changed_;
  link_table table_;
  std::set<rtnetlink::table> wanted_;
  bool dumping_ = false;
  rtnetlink::table current_{};
  std::uint32_t port_ = 0;
  std::uint32_t sequence_ = 0;
  bool ready_ = false;
  bool news_ = false;
  std::vector<rtnetlink::message> messages_;
  std::vector<char> buffer_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace nearfar::providers
