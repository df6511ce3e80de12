#include "providers/link/link_state.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <vector>

using namespace nearfar::providers;
using namespace std::chrono_literals;
using nearfar::routes::instant;
using nearfar::routes::lan_state;
using nearfar::routes::network_state;

namespace {

const instant start{1000s};
constexpr auto internet = link_scope::internet;
constexpr auto lan = link_scope::lan;

network_state network(const link_state& s, instant now) {
  instant until = instant::max();
  return s.network(now, until);
}

lan_state lan_of(const link_state& s, instant now) {
  instant until = instant::max();
  return s.lan(now, until);
}

instant changes_at(const link_state& s, instant now) {
  instant until = instant::max();
  (void)s.network(now, until);
  return until;
}

// Makes every probe that is wanted and answers it so; the waits before each.
std::vector<std::chrono::milliseconds> probe_through(link_state& s, evidence answer, instant now,
                                                     std::size_t at_most) {
  std::vector<std::chrono::milliseconds> waits;
  while (waits.size() < at_most) {
    const auto next = s.next_probe(internet);
    if (!next) break;
    waits.push_back(std::chrono::duration_cast<std::chrono::milliseconds>(*next - now));
    now = *next;
    s.probing(internet);
    CHECK_FALSE(s.next_probe(internet).has_value());
    s.probed(internet, answer, now);
  }
  return waits;
}

}  // namespace

TEST_CASE("before the first reading network and lan are online, and nothing is probed", "[P8]") {
  const link_state s;
  CHECK(network(s, start) == network_state::online);
  CHECK(lan_of(s, start) == lan_state::up);
  CHECK_FALSE(s.next_probe(internet).has_value());
  CHECK_FALSE(s.suspects(internet));
}

TEST_CASE("the kernel's word holds until it says otherwise") {
  link_state s;
  CHECK(s.links(internet, true, start) == link_change::none);
  CHECK(s.links(internet, false, start) == link_change::changed);
  CHECK(network(s, start + 1h) == network_state::offline);
  CHECK(changes_at(s, start) == instant::max());
  CHECK(lan_of(s, start) == lan_state::up);
  CHECK(s.links(internet, false, start + 1s) == link_change::none);
  CHECK(s.links(internet, true, start + 2s) == link_change::came_back);
  CHECK(network(s, start + 2s) == network_state::online);
  CHECK(s.links(lan, false, start) == link_change::changed);
  CHECK(lan_of(s, start) == lan_state::down);
}

TEST_CASE("no route makes the scope offline for ten seconds, and then online again") {
  link_state s;
  CHECK(s.saw(internet, evidence::no_route, start) == link_change::changed);
  CHECK(network(s, start + 9s) == network_state::offline);
  CHECK(changes_at(s, start) == start + 10s);
  CHECK(network(s, start + 10s) == network_state::online);
}

TEST_CASE("one silent connect is a suspicion, two are a verdict") {
  link_state s;
  CHECK(s.saw(internet, evidence::silent, start) == link_change::none);
  CHECK(network(s, start) == network_state::online);
  CHECK(s.next_probe(internet) == start + 500ms);
  CHECK(s.saw(internet, evidence::silent, start) == link_change::changed);
  CHECK(network(s, start) == network_state::offline);
}

TEST_CASE("a success between two silent connects makes the second the first") {
  link_state s;
  s.saw(internet, evidence::silent, start);
  s.saw(internet, evidence::reached, start);
  CHECK_FALSE(s.next_probe(internet).has_value());
  s.saw(internet, evidence::silent, start);
  CHECK(network(s, start) == network_state::online);
}

TEST_CASE("a success brings the scope back at once") {
  link_state s;
  s.saw(internet, evidence::no_route, start);
  CHECK(s.saw(internet, evidence::reached, start + 1s) == link_change::came_back);
  CHECK(network(s, start + 1s) == network_state::online);
  CHECK_FALSE(s.next_probe(internet).has_value());
}

TEST_CASE("a certificate of somebody else, and a redirect, are a portal and not offline") {
  link_state s;
  CHECK(s.saw(internet, evidence::wrong_name, start) == link_change::changed);
  CHECK(network(s, start) == network_state::portal);
  link_state by_probe;
  by_probe.saw(internet, evidence::untrusted, start);
  CHECK(network(by_probe, start) == network_state::online);
  by_probe.probing(internet);
  CHECK(by_probe.probed(internet, evidence::redirected, start + 1s) == link_change::changed);
  CHECK(network(by_probe, start + 1s) == network_state::portal);
}

TEST_CASE("probes back off from half a second to thirty, then there is silence", "[P8]") {
  link_state s;
  s.saw(internet, evidence::no_route, start);
  const auto waits = probe_through(s, evidence::no_route, start, 100);
  CHECK(waits == std::vector<std::chrono::milliseconds>{500ms, 1s, 2s, 4s, 8s, 16s, 30s});
  CHECK(network(s, start + 60s) == network_state::offline);
  CHECK(network(s, start + 90s) == network_state::online);
}

TEST_CASE("between two probes that fail the network stays offline") {
  link_state s;
  s.saw(internet, evidence::no_route, start);
  instant now = start;
  for (int i = 0; i < 6; ++i) {
    const auto next = s.next_probe(internet);
    REQUIRE(next.has_value());
    CHECK(network(s, *next - 1ms) == network_state::offline);
    now = *next;
    s.probing(internet);
    s.probed(internet, evidence::silent, now);
  }
}

TEST_CASE("a portal is asked until it is left, and leaving it needs no query", "[P8]") {
  link_state s;
  s.saw(internet, evidence::wrong_name, start);
  const auto waits = probe_through(s, evidence::redirected, start, 12);
  REQUIRE(waits.size() == 12);
  CHECK(waits.back() == 30s);
  const auto next = s.next_probe(internet);
  REQUIRE(next.has_value());
  CHECK(network(s, *next) == network_state::portal);
  s.probing(internet);
  CHECK(s.probed(internet, evidence::reached, *next) == link_change::came_back);
  CHECK(network(s, *next) == network_state::online);
  CHECK_FALSE(s.next_probe(internet).has_value());
}

TEST_CASE("a probe that is refused shows that the link works") {
  link_state s;
  s.saw(internet, evidence::silent, start);
  s.saw(internet, evidence::silent, start);
  s.probing(internet);
  CHECK(s.probed(internet, evidence::refused, start + 500ms) == link_change::came_back);
  CHECK(network(s, start + 500ms) == network_state::online);
}

TEST_CASE("a refused connect says nothing of the link but asks for a probe: it may be a portal's") {
  link_state s;
  CHECK(s.saw(internet, evidence::refused, start) == link_change::none);
  CHECK(network(s, start) == network_state::online);
  CHECK(s.next_probe(internet) == start + 500ms);
}

TEST_CASE("a portal that goes silent becomes offline, and its probes end", "[P8]") {
  link_state s;
  s.saw(internet, evidence::wrong_name, start);
  const auto waits = probe_through(s, evidence::silent, start, 100);
  CHECK(waits.size() < 20);
  CHECK_FALSE(s.next_probe(internet).has_value());
}

TEST_CASE("a slow path degrades the network for ten seconds") {
  link_state s;
  CHECK(s.saw(internet, evidence::slow, start) == link_change::changed);
  CHECK(network(s, start + 9s) == network_state::degraded);
  CHECK(s.is_online(internet, start));
  CHECK(changes_at(s, start) == start + 10s);
  CHECK(network(s, start + 10s) == network_state::online);
  CHECK_FALSE(s.next_probe(internet).has_value());
}

TEST_CASE("a slow path is a way out of offline") {
  link_state s;
  s.saw(internet, evidence::no_route, start);
  CHECK(s.saw(internet, evidence::slow, start + 1s) == link_change::came_back);
  CHECK(network(s, start + 1s) == network_state::degraded);
}

TEST_CASE("another link starts without the old one's suspicions") {
  link_state s;
  s.links(internet, true, start);
  s.saw(internet, evidence::wrong_name, start);
  s.links(internet, false, start + 1s);
  CHECK(network(s, start + 1s) == network_state::offline);
  CHECK_FALSE(s.next_probe(internet).has_value());
  CHECK(s.links(internet, true, start + 2s) == link_change::came_back);
  CHECK(network(s, start + 2s) == network_state::online);
  CHECK_FALSE(s.suspects(internet));
}

TEST_CASE("a probe that ends after the suspicion is over changes nothing") {
  link_state s;
  s.saw(internet, evidence::no_route, start);
  s.probing(internet);
  s.saw(internet, evidence::reached, start + 1s);
  CHECK(s.probed(internet, evidence::redirected, start + 2s) == link_change::none);
  CHECK(network(s, start + 2s) == network_state::online);
}

TEST_CASE(
    "while the kernel says that the LAN is up, an unplugged server does not take its neighbours along") {
  link_state s;
  s.saw(lan, evidence::no_route, start);
  CHECK(lan_of(s, start) == lan_state::down);
  link_state known;
  known.links(lan, true, start);
  CHECK(known.saw(lan, evidence::no_route, start) == link_change::none);
  CHECK(lan_of(known, start) == lan_state::up);
  CHECK_FALSE(known.next_probe(lan).has_value());
}

TEST_CASE("a host that is reached without a default route overrules the kernel, but not its last words") {
  link_state s;
  s.links(internet, false, start);
  CHECK(s.saw(internet, evidence::reached, start + 1s) == link_change::none);
  CHECK(network(s, start + 1s) == network_state::offline);
  CHECK(s.saw(internet, evidence::reached, start + 3s) == link_change::came_back);
  CHECK(network(s, start + 3s) == network_state::online);
  CHECK(s.saw(internet, evidence::no_route, start + 4s) == link_change::changed);
  CHECK(network(s, start + 4s) == network_state::offline);
}
