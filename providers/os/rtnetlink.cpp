#include "providers/os/rtnetlink.hpp"

#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <optional>

namespace nearfar::providers::rtnetlink {
namespace {

// <net/if.h> leaves it out, and <linux/if.h> cannot be included beside it.
constexpr unsigned lower_up = 1U << 16;

// Nothing of the datagram is aligned for certain: structures are copied out.
template <class T>
std::optional<T> read_at(std::string_view bytes, std::size_t at) {
  if (at > bytes.size() || bytes.size() - at < sizeof(T)) return std::nullopt;
  T out;
  std::memcpy(&out, bytes.data() + at, sizeof(T));
  return out;
}

constexpr std::size_t aligned(std::size_t n) {
  return (n + 3) & ~std::size_t{3};
}

// Calls `take(type, payload)` for each attribute that lies within the bytes.
template <class Take>
void each_attribute(std::string_view bytes, Take take) {
  std::size_t at = 0;
  while (const auto head = read_at<rtattr>(bytes, at)) {
    const std::size_t size = head->rta_len;
    if (size < sizeof(rtattr) || size > bytes.size() - at) return;
    take(static_cast<unsigned>(head->rta_type & NLA_TYPE_MASK),
         bytes.substr(at + sizeof(rtattr), size - sizeof(rtattr)));
    at += aligned(size);
    if (at >= bytes.size()) return;
  }
}

std::string_view behind(std::string_view payload, std::size_t head) {
  return payload.substr(std::min(aligned(head), payload.size()));
}

std::optional<link> read_link(std::string_view payload, change what) {
  const auto head = read_at<ifinfomsg>(payload, 0);
  // Bridges tell of their ports with the same messages; those say nothing of the interface itself.
  if (!head || head->ifi_family != AF_UNSPEC) return std::nullopt;
  link out;
  out.what = what;
  out.index = head->ifi_index;
  out.up = (head->ifi_flags & IFF_UP) != 0;
  out.running = out.up && (head->ifi_flags & lower_up) != 0;
  out.loopback = (head->ifi_flags & IFF_LOOPBACK) != 0;
  each_attribute(behind(payload, sizeof(ifinfomsg)), [&](unsigned type, std::string_view value) {
    if (type == IFLA_IFNAME) out.name = value.substr(0, std::min(value.find('\0'), std::size_t{IFNAMSIZ}));
  });
  return out;
}

std::optional<address> read_address(std::string_view payload, change what) {
  const auto head = read_at<ifaddrmsg>(payload, 0);
  if (!head || (head->ifa_family != AF_INET && head->ifa_family != AF_INET6)) return std::nullopt;
  address out;
  out.what = what;
  out.index = static_cast<int>(head->ifa_index);
  out.prefix = head->ifa_prefixlen;
  out.ip.family = head->ifa_family == AF_INET ? ip_family::v4 : ip_family::v6;
  const std::size_t size = head->ifa_family == AF_INET ? 4 : 16;
  std::string_view local;
  std::string_view plain;
  each_attribute(behind(payload, sizeof(ifaddrmsg)), [&](unsigned type, std::string_view value) {
    if (value.size() != size) return;
    if (type == IFA_LOCAL) local = value;
    if (type == IFA_ADDRESS) plain = value;
  });
  // On a point-to-point link IFA_ADDRESS is the other end (rtnetlink(7)).
  const auto own = local.empty() ? plain : local;
  if (own.empty()) return std::nullopt;
  std::memcpy(out.ip.bytes.data(), own.data(), own.size());
  if (out.ip.is_link_local()) out.ip.scope = head->ifa_index;
  return out;
}

void add_hops(std::string_view hops, std::vector<int>& out) {
  std::size_t at = 0;
  while (const auto hop = read_at<rtnexthop>(hops, at)) {
    if (hop->rtnh_len < sizeof(rtnexthop) || hop->rtnh_len > hops.size() - at) return;
    out.push_back(hop->rtnh_ifindex);
    at += aligned(hop->rtnh_len);
    if (at >= hops.size()) return;
  }
}

std::optional<default_route> read_route(std::string_view payload, change what) {
  const auto head = read_at<rtmsg>(payload, 0);
  if (!head || (head->rtm_family != AF_INET && head->rtm_family != AF_INET6)) return std::nullopt;
  if (head->rtm_dst_len > 1 || head->rtm_type != RTN_UNICAST || head->rtm_table == RT_TABLE_LOCAL ||
      (head->rtm_flags & RTM_F_CLONED) != 0) {
    return std::nullopt;
  }
  default_route out;
  out.what = what;
  out.family = head->rtm_family == AF_INET ? ip_family::v4 : ip_family::v6;
  each_attribute(behind(payload, sizeof(rtmsg)), [&](unsigned type, std::string_view value) {
    if (type == RTA_OIF) {
      if (const auto index = read_at<std::int32_t>(value, 0)) out.through.push_back(*index);
    } else if (type == RTA_MULTIPATH) {
      add_hops(value, out.through);
    }
  });
  return out;
}

template <class T>
void add(std::vector<message>& out, std::uint32_t sequence, std::optional<T> body) {
  if (body) out.push_back({sequence, std::move(*body)});
}

void read_error(std::string_view payload, std::uint32_t sequence, std::vector<message>& out) {
  const auto code = read_at<std::int32_t>(payload, 0);
  // 0 is an acknowledgement, which nobody asked for.
  if (code && *code < 0 && *code > -4096) out.push_back({sequence, dump_end{false, -*code}});
}

void read_one(const nlmsghdr& head, std::string_view payload, std::vector<message>& out) {
  switch (head.nlmsg_type) {
    case RTM_NEWLINK:
      return add(out, head.nlmsg_seq, read_link(payload, change::added));
    case RTM_DELLINK:
      return add(out, head.nlmsg_seq, read_link(payload, change::removed));
    case RTM_NEWADDR:
      return add(out, head.nlmsg_seq, read_address(payload, change::added));
    case RTM_DELADDR:
      return add(out, head.nlmsg_seq, read_address(payload, change::removed));
    case RTM_NEWROUTE:
      return add(out, head.nlmsg_seq, read_route(payload, change::added));
    case RTM_DELROUTE:
      return add(out, head.nlmsg_seq, read_route(payload, change::removed));
    case NLMSG_DONE:
      out.push_back({head.nlmsg_seq, dump_end{(head.nlmsg_flags & NLM_F_DUMP_INTR) != 0, 0}});
      return;
    case NLMSG_ERROR:
      return read_error(payload, head.nlmsg_seq, out);
    default:
      return;
  }
}

}  // namespace

void parse(std::string_view datagram, std::uint32_t port, std::vector<message>& out) {
  std::size_t at = 0;
  bool interrupted = false;
  while (const auto head = read_at<nlmsghdr>(datagram, at)) {
    const std::size_t size = head->nlmsg_len;
    if (size < sizeof(nlmsghdr) || size > datagram.size() - at) return;
    auto copy = *head;
    if (copy.nlmsg_pid != port) copy.nlmsg_seq = 0;
    // Any part of the answer may carry the mark (netlink(7)); the end is where it is asked for.
    interrupted = interrupted || (copy.nlmsg_flags & NLM_F_DUMP_INTR) != 0;
    if (copy.nlmsg_type == NLMSG_DONE && interrupted) copy.nlmsg_flags |= NLM_F_DUMP_INTR;
    read_one(copy, datagram.substr(at + sizeof(nlmsghdr), size - sizeof(nlmsghdr)), out);
    at += aligned(size);
    if (at >= datagram.size()) return;
  }
}

std::string dump_request(table which, std::uint32_t sequence) {
  struct {
    nlmsghdr head;
    union {
      rtgenmsg family;
      ifinfomsg link;
      ifaddrmsg address;
      rtmsg route;
    } body;
  } request{};
  std::size_t body = 0;
  switch (which) {
    case table::links:
      request.head.nlmsg_type = RTM_GETLINK;
      body = sizeof(ifinfomsg);
      break;
    case table::addresses:
      request.head.nlmsg_type = RTM_GETADDR;
      body = sizeof(ifaddrmsg);
      break;
    case table::routes_v4:
    case table::routes_v6:
      request.head.nlmsg_type = RTM_GETROUTE;
      request.body.route.rtm_family = which == table::routes_v4 ? AF_INET : AF_INET6;
      body = sizeof(rtmsg);
      break;
  }
  request.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.head.nlmsg_seq = sequence;
  request.head.nlmsg_len = static_cast<std::uint32_t>(sizeof(nlmsghdr) + body);
  return {reinterpret_cast<const char*>(&request), request.head.nlmsg_len};
}

}  // namespace nearfar::providers::rtnetlink
