#include "providers/os/rtnetlink.hpp"

#include <catch2/catch_test_macros.hpp>

#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <string>

using namespace nearfar::providers;
using rtnetlink::address;
using rtnetlink::change;
using rtnetlink::default_route;
using rtnetlink::dump_end;
using rtnetlink::dump_request;
using rtnetlink::message;
using rtnetlink::parse;
using rtnetlink::table;
// <unistd.h> has a function of that name.
using link_news = rtnetlink::link;

namespace {

constexpr unsigned carrier = 1U << 16;
constexpr std::uint32_t our_port = 4711;

template <class T>
std::string bytes_of(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof(value)};
}

std::string padded(std::string text) {
  text.resize((text.size() + 3) & ~std::size_t{3});
  return text;
}

std::string attribute(unsigned short type, const std::string& value) {
  rtattr head{static_cast<unsigned short>(sizeof(rtattr) + value.size()), type};
  return padded(bytes_of(head) + value);
}

std::string netlink(unsigned short type, const std::string& body, std::uint32_t sequence = 0,
                    unsigned short flags = 0, std::uint32_t port = our_port) {
  nlmsghdr head{};
  head.nlmsg_pid = port;
  head.nlmsg_len = static_cast<std::uint32_t>(sizeof(head) + body.size());
  head.nlmsg_type = type;
  head.nlmsg_flags = flags;
  head.nlmsg_seq = sequence;
  return padded(bytes_of(head) + body);
}

std::string link_body(int index, unsigned flags, const std::string& name) {
  ifinfomsg head{};
  head.ifi_index = index;
  head.ifi_flags = flags;
  return bytes_of(head) + attribute(IFLA_IFNAME, name + '\0');
}

std::string route_body(unsigned char family, unsigned char bits, const std::string& attributes) {
  rtmsg head{};
  head.rtm_family = family;
  head.rtm_dst_len = bits;
  head.rtm_type = RTN_UNICAST;
  head.rtm_table = RT_TABLE_MAIN;
  return bytes_of(head) + attributes;
}

std::vector<message> read(const std::string& datagram) {
  std::vector<message> out;
  parse(datagram, our_port, out);
  return out;
}

template <class T>
T only(const std::string& datagram) {
  const auto all = read(datagram);
  REQUIRE(all.size() == 1);
  REQUIRE(std::holds_alternative<T>(all[0].body));
  return std::get<T>(all[0].body);
}

}  // namespace

TEST_CASE("a link is up with the flag and runs with a carrier") {
  const auto up = only<link_news>(netlink(RTM_NEWLINK, link_body(3, IFF_UP | carrier, "wlan0")));
  CHECK(up.index == 3);
  CHECK(up.name == "wlan0");
  CHECK(up.up);
  CHECK(up.running);
  CHECK_FALSE(up.loopback);
  const auto pulled = only<link_news>(netlink(RTM_NEWLINK, link_body(3, IFF_UP, "wlan0")));
  CHECK(pulled.up);
  CHECK_FALSE(pulled.running);
  // The driver may leave the carrier flag on an interface that is switched off.
  CHECK_FALSE(only<link_news>(netlink(RTM_NEWLINK, link_body(3, carrier, "wlan0"))).running);
  CHECK(only<link_news>(netlink(RTM_DELLINK, link_body(3, 0, "wlan0"))).what == change::removed);
}

TEST_CASE("an address is the machine's own, not the other end's") {
  ifaddrmsg head{};
  head.ifa_family = AF_INET;
  head.ifa_prefixlen = 24;
  head.ifa_index = 7;
  const auto a =
      only<address>(netlink(RTM_NEWADDR, bytes_of(head) + attribute(IFA_ADDRESS, "\x0a\x00\x00\x63") +
                                             attribute(IFA_LOCAL, std::string("\x0a\x00\x00\x01", 4))));
  CHECK(a.index == 7);
  CHECK(a.prefix == 24);
  CHECK(a.ip.bytes[3] == 1);
  head.ifa_family = AF_INET6;
  std::string link_local(16, '\0');
  link_local[0] = '\xfe';
  link_local[1] = '\x80';
  const auto six = only<address>(netlink(RTM_DELADDR, bytes_of(head) + attribute(IFA_ADDRESS, link_local)));
  CHECK(six.what == change::removed);
  CHECK(six.ip.is_link_local());
  CHECK(six.ip.scope == 7);
}

TEST_CASE("only routes to everywhere are told") {
  const auto through = attribute(RTA_OIF, bytes_of(std::int32_t{4}));
  const auto r = only<default_route>(netlink(RTM_NEWROUTE, route_body(AF_INET, 0, through)));
  CHECK(r.family == ip_family::v4);
  CHECK(r.through == std::vector<int>{4});
  CHECK(only<default_route>(netlink(RTM_NEWROUTE, route_body(AF_INET6, 1, through))).family == ip_family::v6);
  CHECK(read(netlink(RTM_NEWROUTE, route_body(AF_INET, 24, through))).empty());
  auto unreachable = route_body(AF_INET6, 0, through);
  rtmsg head{};
  std::memcpy(&head, unreachable.data(), sizeof(head));
  head.rtm_type = RTN_UNREACHABLE;
  std::memcpy(unreachable.data(), &head, sizeof(head));
  CHECK(read(netlink(RTM_NEWROUTE, unreachable)).empty());
}

TEST_CASE("a route over several interfaces names them all") {
  rtnexthop hop{};
  hop.rtnh_len = sizeof(hop);
  hop.rtnh_ifindex = 2;
  auto hops = bytes_of(hop);
  hop.rtnh_ifindex = 5;
  hops += bytes_of(hop);
  const auto r =
      only<default_route>(netlink(RTM_NEWROUTE, route_body(AF_INET, 0, attribute(RTA_MULTIPATH, hops))));
  CHECK(r.through == std::vector<int>{2, 5});
}

TEST_CASE("the end of a dump says whether it holds") {
  const auto done = [](unsigned short flags) {
    return only<dump_end>(netlink(NLMSG_DONE, bytes_of(std::int32_t{0}), 9, flags));
  };
  CHECK_FALSE(done(NLM_F_MULTI).interrupted);
  CHECK(done(NLM_F_MULTI | NLM_F_DUMP_INTR).interrupted);
  CHECK(only<dump_end>(netlink(NLMSG_ERROR, bytes_of(std::int32_t{-EPERM}), 9)).error == EPERM);
  CHECK(read(netlink(NLMSG_ERROR, bytes_of(std::int32_t{0}), 9)).empty());
}

TEST_CASE("several messages of one datagram are read, and a torn one ends it") {
  const auto two = netlink(RTM_NEWLINK, link_body(1, IFF_LOOPBACK, "lo")) +
                   netlink(RTM_NEWLINK, link_body(2, IFF_UP, "eth0"));
  CHECK(read(two).size() == 2);
  // What is left may be a whole message, never a part of one.
  for (std::size_t n = 0; n < two.size(); ++n) CHECK(read(two.substr(0, n)).size() <= 1 + (n == two.size()));
  std::string longer = two;
  const std::uint32_t beyond = 4096;
  std::memcpy(longer.data(), &beyond, sizeof(beyond));
  CHECK(read(longer).empty());
}

TEST_CASE("what another program asked for is news, whatever its sequence number") {
  const auto asked_by = [](std::uint32_t port) {
    const auto all = read(netlink(RTM_NEWLINK, link_body(1, IFF_UP, "eth0"), 77, 0, port));
    REQUIRE(all.size() == 1);
    return all[0].sequence;
  };
  CHECK(asked_by(our_port) == 77);
  CHECK(asked_by(12) == 0);
}

TEST_CASE("the kernel answers the dump requests") {
  const int fd = ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (fd < 0) SKIP("no netlink socket here");
  sockaddr_nl us{};
  us.nl_family = AF_NETLINK;
  REQUIRE(::bind(fd, reinterpret_cast<const sockaddr*>(&us), sizeof(us)) == 0);
  socklen_t us_size = sizeof(us);
  REQUIRE(::getsockname(fd, reinterpret_cast<sockaddr*>(&us), &us_size) == 0);
  std::uint32_t sequence = 0;
  for (const auto which : {table::links, table::addresses, table::routes_v4}) {
    const auto request = dump_request(which, ++sequence);
    REQUIRE(::send(fd, request.data(), request.size(), 0) == static_cast<ssize_t>(request.size()));
    std::vector<message> got;
    const auto ended = [&] { return !got.empty() && std::holds_alternative<dump_end>(got.back().body); };
    while (!ended()) {
      char buffer[32 * 1024];
      const auto n = ::recv(fd, buffer, sizeof(buffer), 0);
      REQUIRE(n > 0);
      parse({buffer, static_cast<std::size_t>(n)}, us.nl_pid, got);
    }
    CHECK(std::get<dump_end>(got.back().body).error == 0);
    CHECK(got.back().sequence == sequence);
    if (which == table::links) CHECK(std::get<link_news>(got.front().body).name == "lo");
  }
  ::close(fd);
}
