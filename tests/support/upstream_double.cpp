#include "tests/support/upstream_double.hpp"

#include "tests/support/dialects/every_dialect.hpp"
#include "tests/support/double_connection.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <future>
#include <thread>

namespace nearfar::support {
namespace {

namespace asio = providers::asio;
using boost::system::error_code;
using acceptor_type = asio::basic_socket_acceptor<asio::generic::stream_protocol, providers::executor>;
using endpoint_type = asio::generic::stream_protocol::endpoint;

constexpr int backlog = 4'096;

}  // namespace

struct upstream_double::impl {
  explicit impl(double_options o) : options(std::move(o)), state(options.keep_requests), acceptor(loop) {
    shared.state = &state;
    shared.name = options.name;
    shared.models = options.models;
    shared.dialects = every_dialect();
    if (!options.certificate.empty()) {
      tls.emplace(asio::ssl::context::tls_server);
      tls->use_certificate_chain_file(options.certificate);
      tls->use_private_key_file(options.private_key, asio::ssl::context::pem);
    }
  }

  void open() {
    if (options.unix_path.empty()) {
      where = asio::ip::tcp::endpoint(asio::ip::make_address(options.host), options.port);
    } else {
      ::unlink(options.unix_path.c_str());
      where = asio::local::stream_protocol::endpoint(options.unix_path);
    }
    acceptor.open(where.protocol());
    acceptor.set_option(asio::socket_base::reuse_address(true));
    acceptor.bind(where);
    acceptor.listen(backlog);
    if (options.unix_path.empty()) {
      where = acceptor.local_endpoint();
      sockaddr_storage address{};
      std::copy_n(reinterpret_cast<const char*>(where.data()), where.size(),
                  reinterpret_cast<char*>(&address));
      asio::ip::tcp::endpoint tcp;
      std::copy_n(reinterpret_cast<const char*>(&address), std::min(where.size(), tcp.capacity()),
                  reinterpret_cast<char*>(tcp.data()));
      port = tcp.port();
    }
  }

  void start_accepting() {
    accepting = true;
    providers::spawn(loop, accept_loop(*this));
  }

  static providers::task<void> accept_loop(impl& me) {
    while (me.accepting) {
      providers::stream_socket peer(me.loop);
      auto [ec] = co_await me.acceptor.async_accept(peer, providers::use_result);
      if (!me.accepting) break;
      if (ec) continue;
      me.adopt(std::move(peer));
    }
  }

  void adopt(providers::stream_socket peer) {
    auto wire = tls ? tls_transport(std::move(peer), *tls) : plain_transport(std::move(peer));
    auto connection = std::make_shared<double_connection>(std::move(wire), shared);
    if (connections.size() >= next_sweep) {
      std::erase_if(connections, [](const auto& c) { return c.expired(); });
      next_sweep = std::max<std::size_t>(64, 2 * connections.size());
    }
    connections.push_back(connection);
    connection->start();
  }

  // shutdown() of a listening socket refuses connects and keeps the port bound (Linux; HAProxy pauses
  // its listeners this way). A unix listener keeps its path.
  void refuse() {
    accepting = false;
    error_code ignored;
    acceptor.cancel(ignored);
    ::shutdown(acceptor.native_handle(), SHUT_RDWR);
  }

  void listen() {
    if (accepting) return;
    error_code ignored;
    acceptor.close(ignored);
    auto again = options;
    if (options.unix_path.empty()) options.port = port;
    open();
    options = again;
    start_accepting();
  }

  template <class Action>
  void each_connection(Action act) {
    for (auto& weak : connections) {
      if (auto c = weak.lock()) act(*c);
    }
  }

  // Runs on the I/O thread and waits for the end.
  void run_there(std::function<void()> what) {
    std::promise<void> done;
    asio::post(loop, [&] {
      what();
      done.set_value();
    });
    done.get_future().wait();
  }

  double_options options;
  double_state state;
  double_shared shared;
  std::optional<asio::ssl::context> tls;
  endpoint_type where;
  std::uint16_t port = 0;
  bool accepting = false;
  std::vector<std::weak_ptr<double_connection>> connections;
  std::size_t next_sweep = 64;
  // After everything that its coroutines use: their frames die with it.
  asio::io_context loop{1};
  acceptor_type acceptor;
  std::thread thread;
};

upstream_double::upstream_double(double_options options) : impl_(std::make_unique<impl>(std::move(options))) {
  impl_->open();
  impl_->start_accepting();
  impl_->thread = std::thread([me = impl_.get()] {
    const auto work = asio::make_work_guard(me->loop);
    me->loop.run();
  });
}

upstream_double::~upstream_double() {
  impl_->run_there([me = impl_.get()] {
    me->accepting = false;
    me->each_connection([](double_connection& c) { c.close(); });
  });
  impl_->loop.stop();
  impl_->thread.join();
  if (!impl_->options.unix_path.empty()) ::unlink(impl_->options.unix_path.c_str());
}

std::uint16_t upstream_double::port() const {
  return impl_->port;
}

std::string upstream_double::url() const {
  if (!impl_->options.unix_path.empty()) return "unix:" + impl_->options.unix_path;
  return (impl_->tls ? "https://" : "http://") + impl_->options.host + ":" + std::to_string(impl_->port);
}

double_state& upstream_double::state() const {
  return impl_->state;
}

void upstream_double::refuse() {
  impl_->run_there([me = impl_.get()] { me->refuse(); });
}

void upstream_double::listen() {
  impl_->run_there([me = impl_.get()] { me->listen(); });
}

void upstream_double::kill() {
  impl_->run_there([me = impl_.get()] {
    me->refuse();
    me->each_connection([](double_connection& c) { c.reset(); });
  });
}

void upstream_double::close_idle() {
  impl_->run_there([me = impl_.get()] {
    me->each_connection([](double_connection& c) {
      if (c.idle()) c.close();
    });
  });
}

void upstream_double::set_healthy(bool healthy) {
  impl_->shared.healthy = healthy;
}

void upstream_double::set_models(std::vector<std::string> models) {
  const std::lock_guard hold(impl_->shared.lists_lock);
  impl_->shared.models = std::move(models);
  impl_->shared.list_answer.reset();
}

void upstream_double::set_list_answer(int status, std::string body) {
  const std::lock_guard hold(impl_->shared.lists_lock);
  impl_->shared.list_answer = control_answer{status, std::move(body)};
}

}  // namespace nearfar::support
