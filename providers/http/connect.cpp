#include "providers/http/connect.hpp"

#include "providers/http/error_text.hpp"
#include "providers/http/tls_connection.hpp"

#include <boost/asio/local/stream_protocol.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <utility>
#include <vector>

namespace nearfar::providers {
namespace {

using boost::system::error_code;
using routes::error_kind;
using routes::make_error;
using steady = std::chrono::steady_clock;
using endpoint = asio::generic::stream_protocol::endpoint;

// One connect: its clock, who stopped it, and which step is to be stopped. Lives in the frame of
// open_connection; the clock and the caller's slot point at it.
class attempt {
 public:
  attempt(deadline_queue& deadlines, steady::time_point end, std::function<void()>* slot)
      : end_(end), slot_(slot), clock_(deadlines, [this] { stop(timed_out_); }) {
    clock_.set(end);
    if (slot_ != nullptr) *slot_ = [this] { stop(cancelled_); };
  }
  ~attempt() {
    if (slot_ != nullptr) *slot_ = nullptr;
  }
  attempt(const attempt&) = delete;
  attempt& operator=(const attempt&) = delete;

  // An equal share of what is left for one of `shares` addresses.
  void give_share(std::size_t shares) {
    timed_out_ = false;
    const auto now = steady::now();
    clock_.set(now + (end_ - now) / static_cast<std::ptrdiff_t>(shares));
  }

  void give_rest() { give_share(1); }

  bool cancelled() const { return cancelled_; }
  bool timed_out() const { return timed_out_; }

  std::function<void()> stop_look_up;
  stream_socket* socket = nullptr;
  connection* shaking = nullptr;

 private:
  // The step ends with operation_aborted, or has ended already: the flag decides.
  void stop(bool& why) {
    why = true;
    error_code ignored;
    if (stop_look_up) stop_look_up();
    if (socket != nullptr) socket->cancel(ignored);
    if (shaking != nullptr) shaking->cancel();
  }

  steady::time_point end_;
  std::function<void()>* slot_;
  bool timed_out_ = false;
  bool cancelled_ = false;
  deadline clock_;
};

routes::error was_cancelled() {
  return make_error(error_kind::cancelled, "connect cancelled");
}

std::string name_of(const origin& to, const endpoint& at) {
  if (to.kind == transport::unix_socket) return to.address();
  asio::ip::tcp::endpoint ip;
  ip.resize(at.size());
  std::copy_n(reinterpret_cast<const char*>(at.data()), at.size(), reinterpret_cast<char*>(ip.data()));
  const std::string number = ip.address().to_string();
  return number == to.host ? to.address() : to.address() + " (" + number + ")";
}

task<routes::result<std::vector<endpoint>>> addresses(connect_tools& with, const origin& to, attempt& now) {
  std::vector<endpoint> out;
  if (to.kind == transport::unix_socket) {
    out.emplace_back(asio::local::stream_protocol::endpoint(to.host));
    co_return out;
  }
  const auto found = co_await with.names.resolve(to.host, to.port, &now.stop_look_up);
  if (now.cancelled()) co_return was_cancelled();
  if (now.timed_out()) co_return make_error(error_kind::dns, "look up " + to.host + ": no answer in time");
  if (!found) co_return found.error();
  for (const auto& e : *found) out.emplace_back(e);
  co_return out;
}

task<routes::result<stream_socket>> connect_one(const origin& to, endpoint at, attempt& now) {
  stream_socket socket(co_await asio::this_coro::executor);
  error_code ec;
  socket.open(at.protocol(), ec);
  if (ec) co_return make_error(error_kind::internal, "open a socket: " + reason(ec), ec);
  if (to.kind != transport::unix_socket) {
    socket.set_option(asio::detail::socket_option::boolean<IPPROTO_TCP, TCP_NODELAY>(true), ec);
  }
  now.socket = &socket;
  std::tie(ec) = co_await socket.async_connect(at, use_result);
  now.socket = nullptr;
  if (now.cancelled()) co_return was_cancelled();
  if (!ec) co_return socket;
  const std::string why = now.timed_out() ? "timed out" : reason(ec);
  co_return make_error(error_kind::connect, "connect to " + name_of(to, at) + ": " + why, ec);
}

task<routes::result<stream_socket>> connect_any(const origin& to, const std::vector<endpoint>& all,
                                                attempt& now) {
  routes::error last = make_error(error_kind::dns, "look up " + to.host + ": no address");
  for (std::size_t i = 0; i < all.size(); ++i) {
    now.give_share(all.size() - i);
    auto socket = co_await connect_one(to, all[i], now);
    if (socket || now.cancelled()) co_return socket;
    last = socket.error();
  }
  co_return last;
}

task<routes::result<connection_ptr>> wrap_tls(connect_tools& with, const origin& to, stream_socket socket,
                                              attempt& now) {
  auto context = with.tls.get(to.ca_file);
  if (!context) co_return context.error();
  auto made = make_tls_connection(std::move(socket), *context);
  now.give_rest();
  now.shaking = made.get();
  const auto shaken = co_await made->handshake(with.tls, to.host);
  now.shaking = nullptr;
  if (now.cancelled()) co_return was_cancelled();
  if (shaken) co_return connection_ptr(std::move(made));
  if (now.timed_out()) {
    co_return make_error(error_kind::connect, "tls with " + to.host + ": timed out");
  }
  co_return shaken.error();
}

}  // namespace

task<routes::result<connection_ptr>> open_connection(connect_tools& with, const origin& to,
                                                     std::chrono::milliseconds time,
                                                     std::function<void()>* cancel_slot) {
  attempt now(with.deadlines, steady::now() + time, cancel_slot);
  const auto all = co_await addresses(with, to, now);
  if (!all) co_return all.error();
  auto socket = co_await connect_any(to, *all, now);
  if (!socket) co_return socket.error();
  if (to.kind != transport::tls) co_return make_plain_connection(std::move(*socket));
  co_return co_await wrap_tls(with, to, std::move(*socket), now);
}

}  // namespace nearfar::providers
