// What the machine's interfaces, addresses and default routes are, and which of them were lost. Fed with
// the kernel's messages; pure.
#pragma once

#include "providers/os/rtnetlink.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace nearfar::providers {

// A local address whose sockets are dead. With `spared_prefix` only the way beyond its own net is gone:
// peers that share so many bits with it are still reached.
struct lost_path {
  net_address local;
  std::optional<std::uint8_t> spared_prefix;

  bool kills(const net_address& used, const net_address& peer) const;
};

class link_table {
 public:
  // News and parts of dumps alike.
  void apply(const rtnetlink::message& what);

  // The parts of a dump come between the two; what they do not name is gone after finish().
  void begin(rtnetlink::table which);
  void finish(rtnetlink::table which);
  void give_up(rtnetlink::table which);  // what came does not count

  // An interface with a carrier and an address beyond loopback and link-local ones. Mobile data is no LAN.
  bool lan_up() const;
  // A default route through an interface with a carrier.
  bool internet_up() const { return has_default(ip_family::v4) || has_default(ip_family::v6); }
  bool has_default(ip_family family) const { return !running_defaults(family).empty(); }

  // What was lost since the last call.
  std::vector<lost_path> take_lost();
  // Whether an address or a default route became usable since the last call.
  bool take_gained() { return std::exchange(gained_, false); }

 private:
  struct held_address {
    net_address ip;
    std::uint8_t prefix = 0;
    auto operator<=>(const held_address&) const = default;
  };
  struct tables {
    std::map<int, rtnetlink::link> links;
    std::set<std::pair<int, held_address>> addresses;
    std::set<int> defaults[2];  // interfaces, by family; -1: the message named none
  };

  static void put(tables& into, const rtnetlink::link& l);
  static void put(tables& into, const rtnetlink::address& a);
  static void put(tables& into, const rtnetlink::default_route& r);
  bool runs(int index) const;
  std::set<int> running_defaults(ip_family family) const;
  std::set<std::pair<int, held_address>> usable() const;
  void compare();

  tables now_;
  tables coming_;
  std::set<rtnetlink::table> dumping_;
  std::set<std::pair<int, held_address>> was_usable_;
  std::set<int> was_default_[2];
  std::vector<lost_path> lost_;
  bool gained_ = false;
};

}  // namespace nearfar::providers
