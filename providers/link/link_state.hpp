// What is thought of the links: facts `network` and `lan`, and when to ask the providers' own hosts.
// Pure: evidence and time come in, facts and wishes go out.
//
// Cheapest signal first. What the kernel says of links and routes holds until it says otherwise. What
// attempts suggest lives 10 s (`inferred_for`) and is then online again. Probes are made only while
// something is suspicious: after 0.5 s, doubling to 30 s, then silence; but a portal is asked every 30 s
// until it is left, because nothing else would tell.
#pragma once

#include "routes/facts.hpp"
#include "routes/time.hpp"

#include <cstdint>
#include <optional>

namespace nearfar::providers {

enum class link_scope : std::uint8_t { lan, internet };

// What an attempt or a probe shows of the way to a host of that scope.
enum class evidence : std::uint8_t {
  reached,     // the host itself spoke
  no_route,    // the kernel or the name service knows no way
  silent,      // nobody answered a connect, or sent data was never acknowledged
  refused,     // somebody answered: with a reset, or that there is no such name
  slow,        // reached, over a path that loses or delays (see tcp_path)
  untrusted,   // TLS with somebody nobody vouches for: perhaps a portal
  wrong_name,  // TLS with somebody else's certificate: a portal
  redirected,  // plain HTTP was sent to another host: a portal
};

enum class link_change : std::uint8_t { none, changed, came_back };

class link_state {
 public:
  static constexpr routes::millis inferred_for{10'000};
  static constexpr routes::millis first_probe{500};
  static constexpr routes::millis last_probe{30'000};
  // One silent connect may be the server's fault; two in a row without a success are the link's.
  static constexpr unsigned silent_connects = 2;

  // From the kernel. `came_back` where something that was down is up; the suspicions of the old link
  // are forgotten then. Never called: the links count as up.
  link_change links(link_scope scope, bool up, routes::instant now);

  // From an attempt. While the kernel says that the LAN is up, failures there are the host's: an
  // unplugged server does not take its neighbours with it.
  link_change saw(link_scope scope, evidence what, routes::instant now);

  // A probe that was due went out, and what it showed. Its end asks for the next one.
  void probing(link_scope scope);
  link_change probed(link_scope scope, evidence what, routes::instant now);

  // `until` is lowered to the moment the answer changes by itself.
  routes::network_state network(routes::instant now, routes::instant& until) const;
  routes::lan_state lan(routes::instant now, routes::instant& until) const;
  bool is_online(link_scope scope, routes::instant now) const;

  // When the next probe is due; nullopt: none is wanted, or one is under way.
  std::optional<routes::instant> next_probe(link_scope scope) const;
  // True while a success would change something.
  bool suspects(link_scope scope) const;

 private:
  enum class verdict : std::uint8_t { none, portal, offline };

  struct scope_state {
    std::optional<bool> up;  // as the kernel says
    routes::instant up_since{};
    bool overruled = false;  // it says down, and a host was reached all the same
    verdict judged = verdict::none;
    routes::instant judged_until{};
    routes::instant slow_until{};
    unsigned silent = 0;
    bool suspicious = false;
    bool under_way = false;
    routes::millis wait{0};
    routes::instant probe_at{};
  };

  scope_state& of(link_scope scope) { return scope == link_scope::lan ? lan_ : internet_; }
  const scope_state& of(link_scope scope) const { return scope == link_scope::lan ? lan_ : internet_; }
  static link_change clear(scope_state& s, routes::instant now);
  static void judge(scope_state& s, evidence what, routes::instant now);
  static void suspect(scope_state& s, routes::instant now);
  static bool cut_off(const scope_state& s) { return s.up == false && !s.overruled; }
  static bool down(const scope_state& s, routes::instant now, routes::instant& until);
  static link_change differs(bool was_online, bool is_online);

  scope_state lan_;
  scope_state internet_;
};

}  // namespace nearfar::providers
