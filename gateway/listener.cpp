#include "gateway/listener.hpp"

#include "gateway/client_connection.hpp"
#include "gateway/core.hpp"
#include "gateway/log.hpp"
#include "gateway/session.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>

#include <fmt/format.h>

#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <exception>

namespace nearfar::gateway {

namespace {

namespace asio = providers::asio;
using tcp = asio::ip::tcp;
using tcp_acceptor = asio::basic_socket_acceptor<tcp, providers::executor>;
using local_acceptor = asio::basic_socket_acceptor<asio::local::stream_protocol, providers::executor>;
using address_ptr = std::shared_ptr<const listen_address>;

constexpr int backlog = 1024;
// Out of descriptors: accepting again at once would spin.
constexpr std::chrono::milliseconds exhausted_pause{100};

// A session never takes the server down: what escapes it is a bug, and is logged as one.
void start_session(core& on, providers::stream_socket socket, address_ptr from) {
  auto client = std::make_shared<client_connection>(on, std::move(socket), std::move(from));
  providers::spawn(on.io, serve_connection(std::move(client)), [](std::exception_ptr failure) {
    if (!failure) return;
    try {
      std::rethrow_exception(failure);
    } catch (const std::exception& e) {
      log_event(log_level::error, "a session ended by an exception", e.what());
    }
  });
}

template <class Acceptor>
struct accepting {
  explicit accepting(Acceptor from) : acceptor(std::move(from)) {}
  Acceptor acceptor;
  bool closed = false;
};

template <class Acceptor, class Start>
providers::task<void> accept_loop(std::shared_ptr<accepting<Acceptor>> from, Start start) {
  for (;;) {
    auto [ec, socket] = co_await from->acceptor.async_accept(providers::use_result);
    if (from->closed) co_return;
    if (ec) {
      log_event(log_level::warning, "accept failed", ec.message());
      providers::timer pause(from->acceptor.get_executor(), exhausted_pause);
      co_await pause.async_wait(providers::use_result);
      if (from->closed) co_return;
      continue;
    }
    start(std::move(socket));
  }
}

template <class Acceptor>
class open_listener final : public listener {
 public:
  open_listener(std::shared_ptr<accepting<Acceptor>> of, std::string path)
      : of_(std::move(of)), path_(std::move(path)) {}
  ~open_listener() override {
    if (!path_.empty()) ::unlink(path_.c_str());
  }
  void close() override {
    of_->closed = true;
    boost::system::error_code ignored;
    of_->acceptor.close(ignored);
  }

 private:
  std::shared_ptr<accepting<Acceptor>> of_;
  std::string path_;  // of a unix socket
};

boost::system::error_code open_tcp(tcp_acceptor& acceptor, const tcp::endpoint& at) {
  boost::system::error_code ec;
  acceptor.open(at.protocol(), ec);
  if (!ec) acceptor.set_option(tcp_acceptor::reuse_address(true), ec);
  return ec;
}

// SO_REUSEPORT would let a second instance share the port in silence, so the first bind does without.
boost::system::error_code probe(core& on, const tcp::endpoint& at) {
  tcp_acceptor once(on.io.get_executor());
  auto ec = open_tcp(once, at);
  if (!ec) once.bind(at, ec);
  return ec;
}

boost::system::error_code bind_shared(tcp_acceptor& acceptor, const tcp::endpoint& at) {
  auto ec = open_tcp(acceptor, at);
  const int on = 1;
  if (!ec && ::setsockopt(acceptor.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0) {
    ec.assign(errno, boost::system::system_category());
  }
  if (!ec) acceptor.bind(at, ec);
  if (!ec) acceptor.listen(backlog, ec);
  return ec;
}

std::string taken(const listen_address& address, const boost::system::error_code& ec) {
  return fmt::format(
      "cannot listen on {}: {}; another nearfar or program has it, or `server.listen` is not an "
      "address of this machine",
      address.text(), ec.message());
}

std::vector<std::unique_ptr<listener>> listen_tcp(listen_address& address, const std::vector<core*>& cores,
                                                  std::string& why) {
  std::vector<std::unique_ptr<listener>> out;
  std::vector<std::shared_ptr<accepting<tcp_acceptor>>> opened;
  tcp::endpoint at(asio::ip::make_address(address.host), address.port);
  if (address.port != 0) {
    if (const auto ec = probe(*cores.front(), at)) {
      why = taken(address, ec);
      return out;
    }
  }
  for (auto* on : cores) {
    tcp_acceptor acceptor(on->io.get_executor());
    if (const auto ec = bind_shared(acceptor, at)) {
      why = taken(address, ec);
      return out;
    }
    at.port(acceptor.local_endpoint().port());
    opened.push_back(std::make_shared<accepting<tcp_acceptor>>(std::move(acceptor)));
  }
  address.port = at.port();
  const auto shared = std::make_shared<const listen_address>(address);
  for (std::size_t i = 0; i < cores.size(); ++i) {
    auto start = [on = cores[i], shared](auto socket) {
      boost::system::error_code ignored;
      socket.set_option(tcp::no_delay(true), ignored);
      start_session(*on, providers::stream_socket(std::move(socket)), shared);
    };
    providers::spawn(cores[i]->io, accept_loop<tcp_acceptor>(opened[i], std::move(start)));
    out.push_back(std::make_unique<open_listener<tcp_acceptor>>(opened[i], ""));
  }
  return out;
}

// The same user, or root.
bool peer_allowed(int socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
  return peer.uid == ::geteuid() || peer.uid == 0;
}

// A socket file that nobody answers at is left from a crash.
bool remove_if_stale(core& on, const asio::local::stream_protocol::endpoint& at) {
  asio::local::stream_protocol::socket test(on.io);
  boost::system::error_code ec;
  test.connect(at, ec);
  if (!ec) return false;
  ::unlink(at.path().c_str());
  return true;
}

std::vector<std::unique_ptr<listener>> listen_unix(listen_address& address, const std::vector<core*>& cores,
                                                   std::string& why) {
  std::vector<std::unique_ptr<listener>> out;
  constexpr std::size_t longest_path = 107;  // sun_path, unix(7)
  if (address.host.size() > longest_path) {
    why = fmt::format("cannot listen on {}: a unix socket's path has at most {} bytes", address.text(),
                      longest_path);
    return out;
  }
  const asio::local::stream_protocol::endpoint at(address.host);
  if (::access(address.host.c_str(), F_OK) == 0 && !remove_if_stale(*cores.front(), at)) {
    why = taken(address, boost::system::error_code(EADDRINUSE, boost::system::system_category()));
    return out;
  }
  local_acceptor acceptor(cores.front()->io.get_executor());
  boost::system::error_code ec;
  acceptor.open(at.protocol(), ec);
  if (!ec) acceptor.bind(at, ec);
  if (!ec && ::chmod(address.host.c_str(), 0600) != 0) ec.assign(errno, boost::system::system_category());
  if (!ec) acceptor.listen(backlog, ec);
  if (ec) {
    why = taken(address, ec);
    return out;
  }
  const auto shared = std::make_shared<const listen_address>(address);
  auto opened = std::make_shared<accepting<local_acceptor>>(std::move(acceptor));
  auto start = [cores, shared, turn = std::size_t{0}](auto socket) mutable {
    if (!peer_allowed(socket.native_handle())) return;
    core& on = *cores[turn++ % cores.size()];
    boost::system::error_code failed;
    const int handle = socket.release(failed);
    if (failed) return;
    asio::post(on.io, [&on, shared, handle] {
      providers::stream_socket taken_over(on.io.get_executor());
      boost::system::error_code ec_assign;
      taken_over.assign(asio::generic::stream_protocol(AF_UNIX, 0), handle, ec_assign);
      if (ec_assign) {
        ::close(handle);
        return;
      }
      start_session(on, std::move(taken_over), shared);
    });
  };
  providers::spawn(cores.front()->io, accept_loop<local_acceptor>(opened, std::move(start)));
  out.push_back(std::make_unique<open_listener<local_acceptor>>(opened, address.host));
  return out;
}

}  // namespace

std::vector<std::unique_ptr<listener>> listen_on(listen_address& address, const std::vector<core*>& cores,
                                                 std::string& why) {
  return address.is_unix ? listen_unix(address, cores, why) : listen_tcp(address, cores, why);
}

}  // namespace nearfar::gateway
