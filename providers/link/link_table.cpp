#include "providers/link/link_table.hpp"

#include <algorithm>

namespace nearfar::providers {
namespace {

using rtnetlink::change;
using rtnetlink::table;

std::size_t place(ip_family family) {
  return family == ip_family::v4 ? 0 : 1;
}

table routes_of(ip_family family) {
  return family == ip_family::v4 ? table::routes_v4 : table::routes_v6;
}

// Mobile data is a way to the internet and to nobody next door. The kernel's and the vendors' names: WWAN
// drivers, Qualcomm, MediaTek.
bool is_mobile(const rtnetlink::link& l) {
  return l.name.starts_with("wwan") || l.name.starts_with("rmnet") || l.name.starts_with("ccmni");
}

}  // namespace

bool lost_path::kills(const net_address& used, const net_address& peer) const {
  // To an address of one's own it is never further than the loopback interface.
  if (used != local || peer == local) return false;
  return !spared_prefix || !peer.shares_prefix(local, *spared_prefix);
}

void link_table::put(tables& into, const rtnetlink::link& l) {
  if (l.what == change::removed) {
    into.links.erase(l.index);
  } else {
    into.links[l.index] = l;
  }
}

void link_table::put(tables& into, const rtnetlink::address& a) {
  const std::pair entry(a.index, held_address{a.ip, a.prefix});
  if (a.what == change::removed) {
    into.addresses.erase(entry);
  } else {
    into.addresses.insert(entry);
  }
}

void link_table::put(tables& into, const rtnetlink::default_route& r) {
  auto& held = into.defaults[place(r.family)];
  if (r.through.empty()) held.insert(-1);
  held.insert(r.through.begin(), r.through.end());
}

void link_table::apply(const rtnetlink::message& what) {
  if (const auto* l = std::get_if<rtnetlink::link>(&what.body)) {
    if (dumping_.contains(table::links)) put(coming_, *l);
    if (what.sequence == 0) put(now_, *l);
  } else if (const auto* a = std::get_if<rtnetlink::address>(&what.body)) {
    if (dumping_.contains(table::addresses)) put(coming_, *a);
    if (what.sequence == 0) put(now_, *a);
  } else if (const auto* r = std::get_if<rtnetlink::default_route>(&what.body)) {
    // Several routes may share an interface, so a removal alone does not tell what is left: after news
    // of routes the reader dumps them, and only dumps count.
    if (what.sequence != 0 && dumping_.contains(routes_of(r->family))) put(coming_, *r);
  }
  if (what.sequence == 0) compare();
}

void link_table::begin(table which) {
  dumping_.insert(which);
  switch (which) {
    case table::links:
      coming_.links.clear();
      break;
    case table::addresses:
      coming_.addresses.clear();
      break;
    case table::routes_v4:
      coming_.defaults[0].clear();
      break;
    case table::routes_v6:
      coming_.defaults[1].clear();
      break;
  }
}

void link_table::finish(table which) {
  if (dumping_.erase(which) == 0) return;
  switch (which) {
    case table::links:
      now_.links = std::move(coming_.links);
      break;
    case table::addresses:
      now_.addresses = std::move(coming_.addresses);
      break;
    case table::routes_v4:
      now_.defaults[0] = std::move(coming_.defaults[0]);
      break;
    case table::routes_v6:
      now_.defaults[1] = std::move(coming_.defaults[1]);
      break;
  }
  compare();
}

void link_table::give_up(table which) {
  dumping_.erase(which);
}

bool link_table::runs(int index) const {
  const auto found = now_.links.find(index);
  return found != now_.links.end() && found->second.running;
}

std::set<int> link_table::running_defaults(ip_family family) const {
  std::set<int> out;
  for (const int index : now_.defaults[place(family)]) {
    if (index == -1 || runs(index)) out.insert(index);
  }
  return out;
}

std::set<std::pair<int, link_table::held_address>> link_table::usable() const {
  std::set<std::pair<int, held_address>> out;
  for (const auto& entry : now_.addresses) {
    const auto found = now_.links.find(entry.first);
    if (found == now_.links.end() || !found->second.running || found->second.loopback) continue;
    out.insert(entry);
  }
  return out;
}

bool link_table::lan_up() const {
  return std::any_of(was_usable_.begin(), was_usable_.end(), [&](const auto& entry) {
    const auto link = now_.links.find(entry.first);
    return !entry.second.ip.is_link_local() && link != now_.links.end() && !is_mobile(link->second);
  });
}

void link_table::compare() {
  auto now = usable();
  const auto has = [](const auto& in, const net_address& ip) {
    return std::any_of(in.begin(), in.end(), [&](const auto& e) { return e.second.ip == ip; });
  };
  // An address that only changed its prefix keeps its sockets.
  for (const auto& entry : was_usable_) {
    if (!now.contains(entry) && (!has(now, entry.second.ip) || !runs(entry.first)))
      lost_.push_back({entry.second.ip, std::nullopt});
  }
  for (const auto& entry : now) gained_ = gained_ || !was_usable_.contains(entry);
  for (const auto family : {ip_family::v4, ip_family::v6}) {
    auto ways = running_defaults(family);
    auto& had = was_default_[place(family)];
    for (const int index : had) {
      if (ways.contains(index)) continue;
      for (const auto& [on, held] : now) {
        if (on == index && held.ip.family == family) lost_.push_back({held.ip, held.prefix});
      }
    }
    for (const int index : ways) gained_ = gained_ || !had.contains(index);
    had = std::move(ways);
  }
  was_usable_ = std::move(now);
}

std::vector<lost_path> link_table::take_lost() {
  return std::exchange(lost_, {});
}

}  // namespace nearfar::providers
