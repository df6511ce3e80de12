#include "providers/device/health_probe.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <memory>
#include <string_view>
#include <utility>

namespace nearfar::providers {

namespace {

constexpr std::string_view request = "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
constexpr std::string_view status_line = "HTTP/1.1 ";

class probe : public std::enable_shared_from_this<probe> {
 public:
  probe(executor ex, std::chrono::milliseconds limit, std::function<void(std::string)> done)
      : socket_(ex), timer_(ex), limit_(limit), done_(std::move(done)) {}

  void start(const std::string& path) {
    timer_.expires_after(limit_);
    timer_.async_wait([self = shared_from_this()](boost::system::error_code ec) {
      if (!ec) self->finish("no answer in " + std::to_string(self->limit_.count()) + " ms");
    });
    socket_.async_connect(asio::local::stream_protocol::endpoint(path),
                          [self = shared_from_this()](boost::system::error_code ec) {
                            if (ec) return self->finish(ec.message());
                            self->send();
                          });
  }

 private:
  void send() {
    asio::async_write(socket_, asio::buffer(request),
                      [self = shared_from_this()](boost::system::error_code ec, std::size_t) {
                        if (ec) return self->finish(ec.message());
                        self->receive();
                      });
  }

  void receive() {
    socket_.async_read_some(asio::buffer(bytes_.data() + got_, bytes_.size() - got_),
                            [self = shared_from_this()](boost::system::error_code ec, std::size_t n) {
                              if (ec) return self->finish(ec.message());
                              self->got_ += n;
                              self->judge();
                            });
  }

  void judge() {
    if (got_ < bytes_.size()) return receive();
    const std::string_view head(bytes_.data(), bytes_.size());
    if (!head.starts_with(status_line)) return finish("no HTTP");
    const auto code = head.substr(status_line.size());
    finish(code == "200" ? std::string() : "status " + std::string(code));
  }

  void finish(std::string problem) {
    auto done = std::exchange(done_, {});
    if (!done) return;
    timer_.cancel();
    boost::system::error_code ignored;
    socket_.close(ignored);
    done(std::move(problem));
  }

  stream_socket socket_;
  timer timer_;
  std::chrono::milliseconds limit_;
  std::function<void(std::string)> done_;
  std::array<char, status_line.size() + 3> bytes_{};  // as far as the status code
  std::size_t got_ = 0;
};

}  // namespace

void probe_health(executor ex, std::string socket_path, std::chrono::milliseconds limit,
                  std::function<void(std::string problem)> done) {
  std::make_shared<probe>(ex, limit, std::move(done))->start(socket_path);
}

}  // namespace nearfar::providers
