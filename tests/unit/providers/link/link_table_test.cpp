#include "providers/link/link_table.hpp"

#include <catch2/catch_test_macros.hpp>

#include <arpa/inet.h>

using namespace nearfar::providers;
using rtnetlink::change;
using rtnetlink::table;

namespace {

net_address ip(const char* text) {
  net_address out;
  if (::inet_pton(AF_INET, text, out.bytes.data()) == 1) return out;
  out.family = ip_family::v6;
  REQUIRE(::inet_pton(AF_INET6, text, out.bytes.data()) == 1);
  return out;
}

enum class carrier : std::uint8_t { off, on };

struct machine {
  link_table table_;
  std::uint32_t dump = 1;

  void link(int index, carrier state, const char* name = "eth") {
    table_.apply({0, rtnetlink::link{change::added, index, name, true, state == carrier::on, false}});
  }
  void unplugged(int index) {
    table_.apply({0, rtnetlink::link{change::removed, index, "", false, false, false}});
  }
  void address(int index, const char* text, change what = change::added, std::uint8_t prefix = 24) {
    table_.apply({0, rtnetlink::address{what, index, ip(text), prefix}});
  }
  void routes(std::vector<int> through, ip_family family = ip_family::v4) {
    const auto which = family == ip_family::v4 ? table::routes_v4 : table::routes_v6;
    table_.begin(which);
    for (const int index : through)
      table_.apply({dump, rtnetlink::default_route{change::added, family, {index}}});
    table_.finish(which);
  }
  std::vector<lost_path> lost() { return table_.take_lost(); }
};

machine online() {
  machine m;
  m.table_.apply({0, rtnetlink::link{change::added, 1, "lo", true, true, true}});
  m.address(1, "127.0.0.1", change::added, 8);
  m.link(2, carrier::on);
  m.address(2, "10.0.0.5");
  m.routes({2});
  m.table_.take_gained();
  CHECK(m.lost().empty());
  return m;
}

}  // namespace

TEST_CASE("a carrier, an address and a default route make LAN and internet") {
  machine m;
  CHECK_FALSE(m.table_.lan_up());
  m.link(2, carrier::on);
  CHECK_FALSE(m.table_.lan_up());
  m.address(2, "10.0.0.5");
  CHECK(m.table_.lan_up());
  CHECK_FALSE(m.table_.internet_up());
  m.routes({2});
  CHECK(m.table_.internet_up());
  CHECK(m.table_.take_gained());
  CHECK_FALSE(m.table_.take_gained());
}

TEST_CASE("loopback and link-local addresses make no LAN") {
  machine m;
  m.table_.apply({0, rtnetlink::link{change::added, 1, "lo", true, true, true}});
  m.address(1, "127.0.0.1");
  m.link(2, carrier::on);
  m.address(2, "fe80::1");
  CHECK_FALSE(m.table_.lan_up());
}

TEST_CASE("mobile data is a way to the internet and no LAN") {
  machine m;
  m.link(4, carrier::on, "rmnet_data0");
  m.address(4, "10.64.3.2");
  m.routes({4});
  CHECK(m.table_.internet_up());
  CHECK_FALSE(m.table_.lan_up());
  m.link(2, carrier::on, "wlan0");
  m.address(2, "192.168.1.5");
  CHECK(m.table_.lan_up());
}

TEST_CASE("a link that loses its carrier takes its addresses along, though they stay and no route is told",
          "[P1]") {
  auto m = online();
  m.link(2, carrier::off);
  CHECK_FALSE(m.table_.lan_up());
  CHECK_FALSE(m.table_.internet_up());
  const auto lost = m.lost();
  REQUIRE_FALSE(lost.empty());
  CHECK(lost[0].kills(ip("10.0.0.5"), ip("10.0.0.9")));
  CHECK_FALSE(lost[0].kills(ip("10.0.0.6"), ip("10.0.0.9")));
  // To itself a machine talks over the loopback interface.
  CHECK_FALSE(lost[0].kills(ip("10.0.0.5"), ip("10.0.0.5")));
  CHECK(m.lost().empty());
  m.link(2, carrier::on);
  CHECK(m.table_.lan_up());
  CHECK(m.table_.take_gained());
}

TEST_CASE("a removed address and an unplugged interface are lost", "[P1]") {
  auto m = online();
  m.address(2, "10.0.0.6");
  m.address(2, "10.0.0.6", change::removed);
  auto lost = m.lost();
  REQUIRE(lost.size() == 1);
  CHECK(lost[0].local == ip("10.0.0.6"));
  m.unplugged(2);
  CHECK(m.lost().size() >= 1);
  CHECK_FALSE(m.table_.lan_up());
}

TEST_CASE("a vanished default route kills the way beyond the own net, and spares the neighbours", "[P1]") {
  auto m = online();
  m.routes({});
  CHECK(m.table_.lan_up());
  CHECK_FALSE(m.table_.internet_up());
  const auto lost = m.lost();
  REQUIRE(lost.size() == 1);
  CHECK(lost[0].kills(ip("10.0.0.5"), ip("93.184.216.34")));
  CHECK_FALSE(lost[0].kills(ip("10.0.0.5"), ip("10.0.0.77")));
}

TEST_CASE("an address that changes its prefix, and a route beside another, lose nothing") {
  auto m = online();
  m.address(2, "10.0.0.5", change::added, 16);
  m.address(2, "10.0.0.5", change::removed, 24);
  CHECK(m.lost().empty());
  m.link(3, carrier::on);
  m.address(3, "192.168.1.5");
  m.routes({2, 3});
  CHECK(m.lost().empty());
  m.routes({2});
  const auto lost = m.lost();
  REQUIRE(lost.size() == 1);
  CHECK(lost[0].local == ip("192.168.1.5"));
  CHECK(m.table_.internet_up());
}

TEST_CASE("families have routes of their own") {
  auto m = online();
  m.routes({2}, ip_family::v6);
  m.routes({});
  CHECK(m.table_.internet_up());
  CHECK(m.table_.has_default(ip_family::v6));
  CHECK_FALSE(m.table_.has_default(ip_family::v4));
}

TEST_CASE("a route through an interface without carrier leads nowhere") {
  machine m;
  m.link(2, carrier::off);
  m.address(2, "10.0.0.5");
  m.routes({2});
  CHECK_FALSE(m.table_.internet_up());
}

TEST_CASE("what a dump does not name is gone, and news that come meanwhile hold") {
  auto m = online();
  m.table_.begin(table::addresses);
  m.address(2, "10.0.0.8");
  m.table_.finish(table::addresses);
  const auto lost = m.lost();
  REQUIRE(lost.size() == 1);
  CHECK(lost[0].local == ip("10.0.0.5"));
  CHECK(m.table_.lan_up());
  m.table_.begin(table::links);
  m.table_.give_up(table::links);
  CHECK(m.table_.lan_up());
}
