#include "providers/http/connect.hpp"

#include "providers/http/connect_race.hpp"
#include "providers/http/liveness.hpp"
#include "providers/http/tls_connection.hpp"

#include <boost/asio/local/stream_protocol.hpp>

#include <memory>
#include <utility>
#include <vector>

namespace nearfar::providers {
namespace {

using boost::system::error_code;
using routes::error_kind;
using routes::make_error;
using steady = std::chrono::steady_clock;

// One connect: its clock, who stopped it, and which step is to be stopped. Lives in the frame of
// open_connection; the clock and the caller's slot point at it.
class attempt {
 public:
  attempt(deadline_queue& deadlines, steady::time_point end, std::function<void()>* slot)
      : slot_(slot), clock_(deadlines, [this] { stop(timed_out_); }) {
    clock_.set(end);
    if (slot_ != nullptr) *slot_ = [this] { stop(cancelled_); };
  }
  ~attempt() {
    if (slot_ != nullptr) *slot_ = nullptr;
  }
  attempt(const attempt&) = delete;
  attempt& operator=(const attempt&) = delete;

  bool cancelled() const { return cancelled_; }
  bool timed_out() const { return timed_out_; }

  std::function<void()> stop_look_up;
  connect_race* race = nullptr;
  connection* shaking = nullptr;

 private:
  // The step ends with operation_aborted, or has ended already: the flag decides.
  void stop(bool& why) {
    why = true;
    if (stop_look_up) stop_look_up();
    if (race != nullptr) race->stop();
    if (shaking != nullptr) shaking->cancel();
  }

  std::function<void()>* slot_;
  bool timed_out_ = false;
  bool cancelled_ = false;
  deadline clock_;
};

routes::error was_cancelled() {
  return make_error(error_kind::cancelled, "connect cancelled");
}

routes::error too_late(const origin& to) {
  return make_error(error_kind::connect, "tls with " + to.host + ": timed out",
                    boost::system::errc::make_error_code(boost::system::errc::timed_out));
}

task<routes::result<std::vector<socket_endpoint>>> addresses(connect_tools& with, const origin& to,
                                                             attempt& now) {
  std::vector<socket_endpoint> out;
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

task<routes::result<stream_socket>> connect_any(connect_tools& with, const origin& to,
                                                std::vector<socket_endpoint> all, attempt& now) {
  const auto ex = co_await asio::this_coro::executor;
  const auto race = std::make_shared<connect_race>(ex, with.deadlines, with.sockets, to, interleave(all));
  now.race = race.get();
  auto socket = co_await race->run();
  now.race = nullptr;
  if (now.cancelled()) co_return was_cancelled();
  co_return socket;
}

task<routes::result<connection_ptr>> wrap_tls(connect_tools& with, const origin& to, stream_socket socket,
                                              attempt& now) {
  auto context = with.tls.get(to.ca_file);
  if (!context) co_return context.error();
  auto made = make_tls_connection(std::move(socket), *context);
  if (with.sockets != nullptr) with.sockets->add(*made);
  // The clock may have run out just as the race was won.
  if (now.timed_out()) co_return too_late(to);
  now.shaking = made.get();
  const auto shaken = co_await made->handshake(with.tls, to.host);
  now.shaking = nullptr;
  if (now.cancelled()) co_return was_cancelled();
  if (shaken) co_return connection_ptr(std::move(made));
  if (made->is_cut()) co_return cut_error(error_kind::connect, "in the handshake with " + to.host);
  if (now.timed_out()) co_return too_late(to);
  co_return shaken.error();
}

}  // namespace

task<routes::result<connection_ptr>> open_connection(connect_tools& with, const origin& to,
                                                     std::chrono::milliseconds time,
                                                     std::function<void()>* cancel_slot) {
  attempt now(with.deadlines, steady::now() + time, cancel_slot);
  const auto all = co_await addresses(with, to, now);
  if (!all) co_return all.error();
  auto socket = co_await connect_any(with, to, *all, now);
  if (!socket) co_return socket.error();
  if (to.kind != transport::unix_socket) set_liveness(socket->native_handle());
  if (to.kind != transport::tls) {
    auto made = make_plain_connection(std::move(*socket));
    if (with.sockets != nullptr) with.sockets->add(*made);
    co_return made;
  }
  co_return co_await wrap_tls(with, to, std::move(*socket), now);
}

}  // namespace nearfar::providers
