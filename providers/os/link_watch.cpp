#include "providers/os/link_watch.hpp"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace nearfar::providers {
namespace {

using rtnetlink::table;

// The most the kernel puts into one part of a dump (netlink(7)).
constexpr std::size_t datagram_size = 32 * 1024;

constexpr std::uint32_t groups =
    RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE;

}  // namespace

link_watch::link_watch(executor ex, std::function<void(link_table&)> changed)
    : socket_(ex), changed_(std::move(changed)) {}

link_watch::~link_watch() {
  close();
}

bool link_watch::start(std::string& why) {
  const auto failed = [&](const char* what, int fd) {
    why = std::string(what) + ": " + std::strerror(errno);
    if (fd >= 0) ::close(fd);
    return false;
  };
  const int fd = ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
  if (fd < 0) return failed("a netlink socket", fd);
  sockaddr_nl us{};
  us.nl_family = AF_NETLINK;
  us.nl_groups = groups;
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&us), sizeof(us)) != 0) {
    return failed("netlink's news of links", fd);
  }
  socklen_t size = sizeof(us);
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&us), &size) != 0) return failed("a netlink socket", fd);
  port_ = us.nl_pid;
  boost::system::error_code ec;
  socket_.assign(fd, ec);
  if (ec) return failed("a netlink socket", fd);
  buffer_.resize(datagram_size);
  wanted_ = {table::links, table::addresses, table::routes_v4, table::routes_v6};
  next_dump();
  wait();
  return true;
}

void link_watch::close() {
  *alive_ = false;
  boost::system::error_code ignored;
  socket_.close(ignored);
}

void link_watch::wait() {
  socket_.async_wait(asio::posix::descriptor_base::wait_read,
                     [this, alive = alive_](boost::system::error_code ec) {
                       if (ec || !*alive) return;
                       drain();
                       if (*alive) wait();
                     });
}

void link_watch::drain() {
  while (receive()) {
  }
  if (!dumping_) next_dump();
  const bool first = !ready_ && !dumping_ && wanted_.empty();
  ready_ = ready_ || first;
  if (!ready_ || !(news_ || first)) return;
  news_ = false;
  changed_(table_);
}

bool link_watch::receive() {
  sockaddr_nl from{};
  iovec into{buffer_.data(), buffer_.size()};
  msghdr head{};
  head.msg_name = &from;
  head.msg_namelen = sizeof(from);
  head.msg_iov = &into;
  head.msg_iovlen = 1;
  const ssize_t n = ::recvmsg(socket_.native_handle(), &head, MSG_DONTWAIT);
  if (n < 0) {
    if (errno == ENOBUFS) overflowed();
    return errno == ENOBUFS || errno == EINTR;
  }
  if ((head.msg_flags & MSG_TRUNC) != 0) overflowed();
  // Any process may write to our port; only the kernel's number is 0.
  if (from.nl_pid != 0) return true;
  messages_.clear();
  rtnetlink::parse({buffer_.data(), static_cast<std::size_t>(n)}, port_, messages_);
  for (const auto& m : messages_) take(m);
  return true;
}

void link_watch::overflowed() {
  wanted_ = {table::links, table::addresses, table::routes_v4, table::routes_v6};
}

void link_watch::take(const rtnetlink::message& m) {
  if (m.sequence != 0 && (!dumping_ || m.sequence != sequence_)) return;
  if (const auto* end = std::get_if<rtnetlink::dump_end>(&m.body)) {
    if (m.sequence != 0) end_dump(*end);
    return;
  }
  table_.apply(m);
  if (m.sequence != 0) return;
  news_ = true;
  wanted_.insert({table::routes_v4, table::routes_v6});
}

void link_watch::end_dump(const rtnetlink::dump_end& end) {
  dumping_ = false;
  // Refused for good (a kernel without IPv6 has no such routes) or cut short: what came does not count.
  if (end.error != 0 && end.error != EBUSY && end.error != EINTR) {
    table_.begin(current_);
    table_.finish(current_);
  } else if (end.interrupted || end.error != 0) {
    table_.give_up(current_);
    wanted_.insert(current_);
  } else {
    table_.finish(current_);
  }
  news_ = true;
  next_dump();
}

// One at a time: the kernel refuses a second dump on the same socket.
void link_watch::next_dump() {
  if (dumping_ || wanted_.empty()) return;
  current_ = *wanted_.begin();
  wanted_.erase(wanted_.begin());
  if (++sequence_ == 0) ++sequence_;
  const auto request = rtnetlink::dump_request(current_, sequence_);
  if (::send(socket_.native_handle(), request.data(), request.size(), MSG_DONTWAIT) < 0) {
    // The next news asks again.
    return;
  }
  table_.begin(current_);
  dumping_ = true;
}

}  // namespace nearfar::providers
