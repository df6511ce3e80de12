#include "gateway/link_monitor.hpp"

#include "gateway/core.hpp"
#include "gateway/log.hpp"
#include "providers/link/evidence.hpp"
#include "providers/link/probe.hpp"
#include "providers/os/clock.hpp"
#include "providers/os/link_watch.hpp"
#include "providers/os/power.hpp"
#include "providers/os/power_watch.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace nearfar::gateway {

namespace {

namespace asio = providers::asio;
using providers::evidence;
using providers::link_change;
using providers::link_scope;

constexpr link_scope scopes[] = {link_scope::lan, link_scope::internet};

config::tier tier_of(link_scope scope) {
  return scope == link_scope::internet ? config::tier::remote : config::tier::self_hosted;
}

// A connection is worth warming for a provider that was asked lately: a wearable's radio pays for it.
constexpr std::chrono::minutes asked_lately{10};

// The spare's failure tells of a portal; that a name is not found yet on a link that has just come up
// tells nothing.
void learn_from_spare(core& on, config::tier tier, const routes::error* failed) {
  if (failed == nullptr) return;
  const auto seen = providers::evidence_of(*failed);
  if (seen == evidence::wrong_name || seen == evidence::untrusted)
    on.shared.facts.unreachable(tier, false, *failed, providers::boot_now());
}

void warm(core& on) {
  const auto& last = on.last_remote;
  if (!last.of || providers::boot_now() - last.at > asked_lately) return;
  const auto& target = last.of->targets[last.target];
  on.upstreams.open_spare(target.where, [&on, tier = target.tier](const routes::error* failed) {
    learn_from_spare(on, tier, failed);
  });
}

}  // namespace

struct link_monitor::impl : std::enable_shared_from_this<impl> {
  impl(shared_state& of_all, std::shared_ptr<const deployment> first)
      : shared(of_all),
        links(io.get_executor(), [this](providers::link_table& table) { changed(table); }),
        power(io.get_executor(), [this] { read_power(); }),
        clock(io.get_executor()),
        deadlines(io.get_executor()),
        tools{deadlines, of_all.names, of_all.tls},
        current(std::move(first)) {}

  void begin();
  void changed(providers::link_table& table);
  void tell_links();
  void told(link_scope scope, link_change what);
  void cut(std::vector<providers::lost_path> lost);
  void read_power();
  void arm();
  void probe_due();
  void adopt(std::shared_ptr<const deployment> next);
  std::vector<providers::origin> hosts(link_scope scope) const;
  bool all_on_loopback(config::tier tier) const;
  static providers::task<void> probe(impl* self, link_scope scope, providers::origin to);
  template <class Do>
  void on_every_core(Do what);

  shared_state& shared;
  asio::io_context io{1};
  providers::link_watch links;
  providers::power_watch power;
  providers::timer clock;
  providers::deadline_queue deadlines;
  providers::connect_tools tools;
  std::shared_ptr<const deployment> current;
  std::optional<bool> lan_up;
  std::optional<bool> internet_up;
  std::size_t next_host = 0;
  bool has_power = true;
  std::atomic<bool> running{false};
  std::optional<asio::executor_work_guard<providers::executor>> guard;
  std::thread thread;
};

template <class Do>
void link_monitor::impl::on_every_core(Do what) {
  for (const auto& one : shared.cores) {
    asio::post(one->io, [core = one.get(), what] { what(*core); });
  }
}

void link_monitor::impl::begin() {
  std::string why = "not wanted";
  if (!shared.options.watch_links || !links.start(why)) {
    log_event(log_level::info, "links are not watched",
              why + "; push `network` and `lan` to PUT /admin/facts");
  }
  power.start();
  read_power();
}

bool link_monitor::impl::all_on_loopback(config::tier tier) const {
  bool any = false;
  for (const auto& target : current->targets) {
    if (target.tier != tier || !target.absent_why.empty()) continue;
    if (!is_on_loopback(target)) return false;
    any = true;
  }
  return any;
}

void link_monitor::impl::changed(providers::link_table& table) {
  auto lost = table.take_lost();
  const bool gained = table.take_gained();
  const bool first = !lan_up;
  lan_up = table.lan_up();
  internet_up = table.internet_up();
  tell_links();
  // After the facts, so that what breaks now is not tried again over the same link.
  if (!lost.empty()) cut(std::move(lost));
  if (first || !gained) return;
  shared.names.forget();
  if (*internet_up) on_every_core([](core& on) { warm(on); });
}

void link_monitor::impl::tell_links() {
  if (!lan_up) return;
  const auto now = providers::boot_now();
  told(link_scope::lan, shared.facts.links(link_scope::lan, *lan_up, now));
  // Where every remote provider is reached over loopback (a proxy on this machine), routes say nothing
  // of the way to them.
  const bool internet = *internet_up || all_on_loopback(config::tier::remote);
  told(link_scope::internet, shared.facts.links(link_scope::internet, internet, now));
}

void link_monitor::impl::told(link_scope scope, link_change what) {
  if (what == link_change::none) return;
  shared.facts.log_link(scope, providers::boot_now());
  if (what != link_change::came_back) return;
  shared.registry.half_open(*current, tier_of(scope), providers::boot_now());
}

void link_monitor::impl::cut(std::vector<providers::lost_path> lost) {
  const auto ways = std::make_shared<const std::vector<providers::lost_path>>(std::move(lost));
  on_every_core([ways](core& on) { on.metrics.cut.add(on.upstreams.cut(*ways)); });
}

void link_monitor::impl::read_power() {
  const auto now = providers::read_power();
  has_power = !now.is_empty();
  shared.facts.sensed(now, providers::boot_now());
}

std::vector<providers::origin> link_monitor::impl::hosts(link_scope scope) const {
  std::vector<providers::origin> out;
  std::vector<std::string> seen;
  for (const auto& target : current->targets) {
    if (target.tier != tier_of(scope) || is_on_loopback(target) || !target.absent_why.empty()) continue;
    auto key = target.where.pool_key();
    if (std::find(seen.begin(), seen.end(), key) != seen.end()) continue;
    seen.push_back(std::move(key));
    out.push_back(target.where);
  }
  return out;
}

void link_monitor::impl::arm() {
  std::optional<routes::instant> next;
  for (const auto scope : scopes) {
    const auto at = shared.facts.next_probe(scope);
    if (at && (!next || *at < *next)) next = at;
  }
  if (!next) {
    clock.cancel();
    return;
  }
  clock.expires_after(std::max(*next - providers::boot_now(), routes::instant::duration::zero()));
  clock.async_wait([self = weak_from_this()](boost::system::error_code ec) {
    if (const auto alive = self.lock(); alive && !ec) alive->probe_due();
  });
}

void link_monitor::impl::probe_due() {
  const auto now = providers::boot_now();
  for (const auto scope : scopes) {
    const auto at = shared.facts.next_probe(scope);
    if (!at || *at > now) continue;
    shared.facts.probing(scope);
    const auto ask = hosts(scope);
    if (ask.empty()) {
      // Nobody is left to ask after a reload, so nobody is suspected.
      told(scope, shared.facts.probed(scope, evidence::reached, now));
      continue;
    }
    // In turn: one dead host must not speak for all.
    providers::spawn(io, probe(this, scope, ask[next_host++ % ask.size()]));
  }
  arm();
}

// The monitor outlives it: its thread ends before the members do.
providers::task<void> link_monitor::impl::probe(impl* self, link_scope scope, providers::origin to) {
  const auto seen = co_await providers::probe_host(self->tools, std::move(to));
  self->told(scope, self->shared.facts.probed(scope, seen, providers::boot_now()));
  self->arm();
}

void link_monitor::impl::adopt(std::shared_ptr<const deployment> next) {
  current = std::move(next);
  tell_links();
}

link_monitor::link_monitor(shared_state& shared, std::shared_ptr<const deployment> first)
    : impl_(std::make_shared<impl>(shared, std::move(first))) {}

link_monitor::~link_monitor() {
  stop();
}

void link_monitor::start() {
  auto& self = *impl_;
  self.guard.emplace(self.io.get_executor());
  self.running.store(true);
  self.begin();
  self.thread = std::thread([&self] { self.io.run(); });
}

void link_monitor::stop() {
  auto& self = *impl_;
  if (!self.running.exchange(false)) return;
  self.guard.reset();
  self.io.stop();
  self.thread.join();
  self.links.close();
  self.power.close();
}

void link_monitor::deployed(std::shared_ptr<const deployment> now) {
  asio::post(impl_->io,
             [self = impl_.get(), now = std::move(now)]() mutable { self->adopt(std::move(now)); });
}

void link_monitor::suspicious() {
  asio::post(impl_->io, [self = impl_.get()] { self->arm(); });
}

void link_monitor::want_power() {
  asio::post(impl_->io, [self = impl_.get()] {
    // A machine without sensors grows one only with an event.
    if (self->has_power) self->read_power();
  });
}

}  // namespace nearfar::gateway
