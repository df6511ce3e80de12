#include "providers/http/connect_race.hpp"

#include "providers/http/error_text.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

namespace nearfar::providers {

using boost::system::error_code;
using routes::error_kind;
using routes::make_error;

class connect_race::contender final : public open_socket {
 public:
  contender(executor ex, socket_endpoint at) : socket(ex), to(std::move(at)) {}

  stream_socket socket;
  socket_endpoint to;
  bool pending = false;

 private:
  int socket_handle() override { return socket.is_open() ? socket.native_handle() : -1; }
  void on_cut() override {
    error_code ignored;
    socket.cancel(ignored);
  }
};

std::vector<socket_endpoint> interleave(const std::vector<socket_endpoint>& all) {
  std::vector<socket_endpoint> out;
  if (all.empty()) return out;
  const auto family = [](const socket_endpoint& e) { return e.protocol().family(); };
  const int first = family(all.front());
  std::vector<socket_endpoint> same;
  std::vector<socket_endpoint> other;
  for (const auto& e : all) (family(e) == first ? same : other).push_back(e);
  out.reserve(all.size());
  for (std::size_t i = 0; i < std::max(same.size(), other.size()); ++i) {
    if (i < same.size()) out.push_back(same[i]);
    if (i < other.size()) out.push_back(other[i]);
  }
  return out;
}

connect_race::connect_race(executor ex, deadline_queue& deadlines, open_sockets* sockets, const origin& to,
                           std::vector<socket_endpoint> all)
    : ex_(ex),
      sockets_(sockets),
      host_(to.host),
      address_(to.address()),
      all_(std::move(all)),
      last_(make_error(error_kind::dns, "look up " + host_ + ": no address")),
      stagger_(deadlines, [this] { start_next(); }),
      done_(ex, timer::time_point::max()) {}

connect_race::~connect_race() = default;

// "provider.test:443 (10.0.0.2)"; a literal address is not said twice.
std::string connect_race::name_of(const socket_endpoint& at) const {
  if (at.protocol().family() == AF_UNIX) return address_;
  asio::ip::tcp::endpoint ip;
  ip.resize(at.size());
  std::copy_n(reinterpret_cast<const char*>(at.data()), at.size(), reinterpret_cast<char*>(ip.data()));
  const std::string number = ip.address().to_string();
  return number == host_ ? address_ : address_ + " (" + number + ")";
}

task<routes::result<stream_socket>> connect_race::run() {
  const auto self = shared_from_this();
  start_next();
  if (!over_) (void)co_await done_.async_wait(use_result);
  if (winner_) co_return std::move(*winner_);
  co_return last_;
}

void connect_race::start_next() {
  // An attempt that cannot even begin makes room for the next at once.
  while (!over_ && next_ < all_.size()) {
    auto& one = *running_.emplace_back(std::make_unique<contender>(ex_, all_[next_++]));
    error_code ec;
    one.socket.open(one.to.protocol(), ec);
    if (ec) {
      last_ = make_error(error_kind::internal, "open a socket: " + reason(ec), ec);
      continue;
    }
    if (one.to.protocol().family() != AF_UNIX) {
      one.socket.set_option(asio::detail::socket_option::boolean<IPPROTO_TCP, TCP_NODELAY>(true), ec);
    }
    if (sockets_ != nullptr) sockets_->add(one);
    one.pending = true;
    one.socket.async_connect(one.to,
                             [self = shared_from_this(), &one](error_code why) { self->ended(one, why); });
    if (next_ < all_.size()) stagger_.set_after(connect_stagger);
    return;
  }
  const auto waits = [](const auto& one) { return one->pending; };
  if (!over_ && std::none_of(running_.begin(), running_.end(), waits)) finish();
}

void connect_race::ended(contender& one, error_code ec) {
  one.pending = false;
  if (over_) return;
  if (!ec && !one.is_cut()) {
    winner_ = std::make_unique<stream_socket>(std::move(one.socket));
    finish();
    return;
  }
  last_ = one.is_cut()
              ? cut_error(error_kind::connect, "on the way to " + name_of(one.to))
              : make_error(error_kind::connect, "connect to " + name_of(one.to) + ": " + reason(ec), ec);
  error_code ignored;
  one.socket.close(ignored);
  stagger_.drop();
  start_next();
}

void connect_race::stop() {
  if (over_) return;
  for (const auto& one : running_) {
    if (!one->pending) continue;
    last_ = make_error(error_kind::connect, "connect to " + name_of(one->to) + ": timed out",
                       boost::system::errc::make_error_code(boost::system::errc::timed_out));
    break;
  }
  finish();
}

void connect_race::finish() {
  over_ = true;
  stagger_.drop();
  error_code ignored;
  for (const auto& one : running_) one->socket.close(ignored);
  done_.cancel();
}

}  // namespace nearfar::providers
