#include "gateway/server.hpp"

#include "gateway/admin.hpp"
#include "gateway/client_connection.hpp"
#include "gateway/core.hpp"
#include "gateway/keys/key_file.hpp"
#include "gateway/keys/key_keeper.hpp"
#include "gateway/limits/account_memory.hpp"
#include "gateway/link_monitor.hpp"
#include "gateway/listener.hpp"
#include "gateway/log.hpp"
#include "gateway/model_discovery.hpp"
#include "gateway/park_memory.hpp"
#include "gateway/reloader.hpp"
#include "gateway/simulation_desk.hpp"
#include "gateway/state_files.hpp"
#include "routes/policy.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <fmt/format.h>

#include <sys/stat.h>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <random>
#include <thread>

namespace nearfar::gateway {

namespace {

namespace asio = providers::asio;
using work_guard = asio::executor_work_guard<providers::executor>;

// How often a draining server looks whether its streams have ended, and what a cancelled one is given.
constexpr std::chrono::milliseconds drain_look{5};
constexpr std::chrono::seconds cancel_grace{2};

bool make_state_folder(const std::string& folder, std::string& why) {
  std::error_code ec;
  std::filesystem::create_directories(folder, ec);
  if (ec) {
    why = fmt::format("the state folder {} cannot be made: {}; set `server.state`", folder, ec.message());
    return false;
  }
  // Sockets of model servers and the admin token live here.
  ::chmod(folder.c_str(), 0700);
  return true;
}

std::shared_ptr<const routes::policy> compile(const server_options& options, std::string& why) {
  config::diagnostics found(options.config->path, "");
  auto policy = routes::policy::compile(options.config, found);
  if (!policy) why = found.render(config::diagnostics::style::plain);
  return policy;
}

}  // namespace

struct server::impl {
  explicit impl(server_options options, providers::device_tier::options device)
      : shared(std::move(options), std::move(device)) {}

  bool listen(std::string& why);
  void run();
  void stop();
  std::size_t open_connections() const;
  bool wait_until_empty(std::chrono::milliseconds at_most) const;
  template <class Do>
  void on_every_core(Do what);

  shared_state shared;
  std::vector<std::vector<std::unique_ptr<listener>>> listeners;
  std::vector<work_guard> guards;
  std::vector<std::thread> threads;
  std::vector<std::string> addresses;
  std::string admin_address;
  std::string token_file;
  state_hold hold;
  std::shared_ptr<const deployment> deployed;
  bool stopped = false;
};

bool server::impl::listen(std::string& why) {
  std::vector<core*> all;
  for (const auto& one : shared.cores) all.push_back(one.get());
  const auto& from = shared.options.config->server;
  const auto others = strangers_at(*shared.keys->ring(), std::time(nullptr));
  for (const auto& text : from.listen) {
    auto address = parse_listen(text, listener_role::queries, from, others);
    if (!address) {
      why = address.error().context;
      return false;
    }
    listeners.push_back(listen_on(*address, all, why));
    if (listeners.back().empty()) return false;
    addresses.push_back(address->text());
  }
  auto admin = parse_listen(from.admin, listener_role::admin, from);
  if (!admin) {
    why = admin.error().context;
    return false;
  }
  listeners.push_back(listen_on(*admin, {all.front()}, why));
  if (listeners.back().empty()) return false;
  admin_address = admin->text();
  return true;
}

void server::impl::run() {
  for (const auto& one : shared.cores) {
    guards.emplace_back(one->io.get_executor());
    threads.emplace_back([core = one.get()] { core->io.run(); });
  }
}

template <class Do>
void server::impl::on_every_core(Do what) {
  for (const auto& one : shared.cores) {
    asio::post(one->io, [core = one.get(), what] { what(*core); });
  }
}

std::size_t server::impl::open_connections() const {
  std::size_t open = 0;
  for (const auto& one : shared.cores) open += one->metrics.open_connections.get();
  return open;
}

bool server::impl::wait_until_empty(std::chrono::milliseconds at_most) const {
  const auto until = std::chrono::steady_clock::now() + at_most;
  while (open_connections() > 0) {
    if (std::chrono::steady_clock::now() >= until) return false;
    std::this_thread::sleep_for(drain_look);
  }
  return true;
}

void server::impl::stop() {
  if (stopped) return;
  stopped = true;
  shared.draining.store(true);
  // First, while the cores still take their answers.
  shared.simulations->stop();
  shared.discovery->stop();
  if (shared.reloads) shared.reloads->stop();
  if (shared.links) shared.links->stop();
  if (shared.keys) shared.keys->stop();
  asio::post(shared.cores.front()->io, [this] {
    // Each acceptor belongs to one core, and none of them is used after this by another thread: a
    // close is posted to where it was opened.
    for (auto& group : listeners) {
      for (std::size_t i = 0; i < group.size(); ++i) {
        asio::post(shared.cores[i]->io, [one = group[i].get()] { one->close(); });
      }
    }
  });
  const auto abort_all = [](client_phase which) {
    return [which](core& on) {
      // abort() ends coroutines that take themselves out of the set.
      const std::vector<client_connection*> now(on.connections.begin(), on.connections.end());
      for (auto* client : now) {
        if (which == client_phase::busy || client->phase == client_phase::idle) client->abort();
      }
    };
  };
  on_every_core(abort_all(client_phase::idle));
  if (!wait_until_empty(shared.options.drain)) {
    log_event(log_level::warning, "streams were cut at the end of the drain",
              fmt::format("{}", open_connections()));
    on_every_core(abort_all(client_phase::busy));
    wait_until_empty(cancel_grace);
  }
  // Whoever waits for the ledger's word is answered while the cores still take it.
  shared.bill.answer_all();
  shared.device.stop();
  on_every_core([](core& on) {
    on.upstreams.drop_idle();
    on.lines.rest();
    on.deadlines.rest();
  });
  guards.clear();
  const auto until = std::chrono::steady_clock::now() + cancel_grace;
  for (std::size_t i = 0; i < threads.size(); ++i) {
    while (!shared.cores[i]->io.stopped() && std::chrono::steady_clock::now() < until) {
      std::this_thread::sleep_for(drain_look);
    }
    shared.cores[i]->io.stop();
    threads[i].join();
  }
  query_log::flush_all();
}

server::server() = default;

server::~server() {
  if (impl_) impl_->stop();
}

std::unique_ptr<server> server::start(server_options options, std::string& why) {
  const auto config = options.config;
  const auto policy = compile(options, why);
  if (!policy || !make_state_folder(config->server.state, why)) return nullptr;
  providers::device_tier::options device;
  device.state_folder = config->server.state;
  device.self = options.self;
  device.log = [](const std::string& level, const std::string& message) {
    log_event(level == "error"     ? log_level::error
              : level == "warning" ? log_level::warning
                                   : log_level::info,
              "device tier", message);
  };
  std::unique_ptr<server> made(new server());
  made->impl_ = std::make_unique<impl>(std::move(options), std::move(device));
  auto& self = *made->impl_;
  // Until the threads run there is nothing to drain.
  self.stopped = true;
  self.shared.admin_token = config::secret(load_admin_token(config->server.state, self.token_file, why));
  if (self.shared.admin_token.empty()) return nullptr;
  const auto key_file = key_file_in(config->server.state);
  auto keys = key_keeper::load(key_file);
  if (!keys) {
    why = keys.error().context;
    return nullptr;
  }
  self.deployed = deploy(config, policy, self.shared.registry, why);
  if (!self.deployed) return nullptr;
  self.shared.device.configure(config->providers);
  self.shared.decisions.configure(*config);
  self.shared.bill.retain(config->retain ? config->retain->ledger : std::nullopt);
  std::random_device seed;
  const unsigned threads = std::max(1U, config->server.threads.value_or(std::thread::hardware_concurrency()));
  for (unsigned i = 0; i < threads; ++i) {
    const std::uint64_t random = (static_cast<std::uint64_t>(seed()) << 32) | seed();
    self.shared.cores.push_back(std::make_unique<core>(self.shared, i, random));
    self.shared.cores.back()->deployed = self.deployed;
    self.shared.cores.back()->keys = *keys;
  }
  recall_accounts(self.shared);
  recall_parks(self.shared, *self.deployed);
  self.shared.keys = std::make_unique<key_keeper>(self.shared, key_file, *keys);
  if (!self.listen(why)) return nullptr;
  if (!self.hold.take(config->server.state, why)) return nullptr;
  // For the commands that ask a running gateway: the port may be the kernel's choice.
  const auto unwritten =
      write_atomically(config->server.state + "/admin.address", self.admin_address + "\n", 0600, synced::no);
  // A disk that is full is no reason to serve nobody.
  if (!unwritten.empty())
    log_event(log_level::warning, "`nearfar status`, `off` and `tail` will not find this gateway", unwritten);
  self.shared.reloads = std::make_unique<reloader>(self.shared, self.deployed, self.shared.options.text);
  self.shared.links = std::make_unique<link_monitor>(self.shared, self.deployed);
  self.shared.facts.on_suspicion = [links = self.shared.links.get()] { links->suspicious(); };
  self.shared.facts.on_old_sensors = [links = self.shared.links.get()] { links->want_power(); };
  self.stopped = false;
  self.run();
  self.shared.links->start();
  self.shared.keys->start();
  self.shared.reloads->start();
  self.shared.discovery->ask(config);
  // Where nothing was ever spent, a start makes no file.
  std::error_code ignored;
  if (std::filesystem::exists(self.shared.bill.path(), ignored)) {
    adopt_limits(self.shared, self.deployed);
    adopt_key_budgets(self.shared, *keys);
  }
  return made;
}

const std::vector<std::string>& server::addresses() const {
  return impl_->addresses;
}
const std::string& server::admin_address() const {
  return impl_->admin_address;
}
const std::string& server::admin_token_file() const {
  return impl_->token_file;
}
const start_report& server::report() const {
  return impl_->deployed->report;
}
void server::reload() {
  impl_->shared.reloads->reload("signal");
}
void server::stop() {
  impl_->stop();
}

}  // namespace nearfar::gateway
