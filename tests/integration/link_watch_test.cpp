// The kernel's own news of links, in a namespace of the test's.
#include "providers/os/link_watch.hpp"
#include "tests/support/network_namespace.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace nearfar::tests {
namespace {

using namespace std::chrono_literals;
using providers::link_table;
using support::network_namespace;
using support::two_machines;

struct watched_machine {
  watched_machine() {
    const network_namespace::visit inside(machines.near);
    std::string why;
    INFO(why);
    REQUIRE(watch.start(why));
  }

  // Runs until a batch of news has left the table so.
  template <class Holds>
  bool until(Holds holds) {
    wanted = [&] { return holds(); };
    if (calls > 0 && holds()) return true;
    io.restart();
    io.run_for(30s);
    return holds();
  }

  two_machines machines;
  providers::asio::io_context io{1};
  bool lan = false;
  bool internet = false;
  int calls = 0;
  std::vector<providers::lost_path> lost;
  std::function<bool()> wanted;
  providers::link_watch watch{io.get_executor(), [this](link_table& table) {
                                ++calls;
                                lan = table.lan_up();
                                internet = table.internet_up();
                                for (auto& one : table.take_lost()) lost.push_back(one);
                                if (wanted && wanted()) io.stop();
                              }};
};

}  // namespace

TEST_CASE("a watch knows the links as they are, and as they change", "[P8]") {
  if (const auto why = two_machines::refusal(); !why.empty()) SKIP(why);
  watched_machine on;
  REQUIRE(on.until([&] { return on.lan && on.internet; }));
  CHECK(on.watch.is_ready());
  CHECK(on.lost.empty());
  on.machines.link_down();
  REQUIRE(on.until([&] { return !on.lan && !on.internet; }));
  CHECK_FALSE(on.lost.empty());
  // The address comes back with the link; the route has to be set again.
  on.machines.near.run("ip link set va up");
  REQUIRE(on.until([&] { return on.lan; }));
  CHECK_FALSE(on.internet);
  on.machines.near.run("ip route add default via 10.77.0.2");
  REQUIRE(on.until([&] { return on.internet; }));
}

TEST_CASE("news that overflowed the socket are made good by reading everything again") {
  if (const auto why = two_machines::refusal(); !why.empty()) SKIP(why);
  watched_machine on;
  REQUIRE(on.until([&] { return on.lan && on.internet; }));
  // Nobody reads meanwhile, and the last of it is what counts.
  on.machines.near.run(
      "for i in $(seq 1 3000); do echo \"address add 10.78.0.1/32 dev va\"; "
      "echo \"address del 10.78.0.1/32 dev va\"; done | ip -batch -");
  on.machines.near.run("ip address del 10.77.0.1/24 dev va");
  REQUIRE(on.until([&] { return !on.lan && !on.internet; }));
  on.machines.near.run("ip address add 10.77.0.1/24 dev va && ip route add default via 10.77.0.2");
  REQUIRE(on.until([&] { return on.lan && on.internet; }));
}

}  // namespace nearfar::tests
