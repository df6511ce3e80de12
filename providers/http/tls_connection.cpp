#include "providers/http/tls_connection.hpp"

#include "providers/http/certificate_error.hpp"
#include "providers/http/error_text.hpp"

#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include <openssl/x509_vfy.h>

#include <algorithm>
#include <cstring>
#include <vector>

namespace nearfar::providers {
namespace {

using boost::system::error_code;

// Most a TLS record carries (RFC 8446 section 5.1).
constexpr std::size_t record_size = 16 * 1024;

class tls_connection_impl final : public tls_connection {
 public:
  tls_connection_impl(stream_socket socket, std::shared_ptr<asio::ssl::context> context)
      : context_(std::move(context)), stream_(std::move(socket), *context_) {
    error_code ignored;
    stream_.next_layer().non_blocking(true, ignored);  // for alive()
  }
  ~tls_connection_impl() override { forgive(); }

  task<routes::result<void>> handshake(tls_contexts& contexts, const std::string& host) override;
  task<boost::system::result<std::size_t>> read_some(std::size_t at_most) override;
  task<boost::system::result<void>> write(std::span<const asio::const_buffer> pieces,
                                          std::size_t done) override;

  void cancel() override {
    error_code ignored;
    stream_.next_layer().cancel(ignored);
  }
  void close() override {
    error_code ignored;
    stream_.next_layer().close(ignored);
  }
  bool alive() override;
  int native_handle() override { return stream_.next_layer().native_handle(); }

 private:
  routes::error explain(const std::string& host, error_code ec);
  // Waiting for the peer's close_notify may take for ever, so none is exchanged. OpenSSL would take
  // that for an attack and spoil the session ticket: it is told that both sides said good-bye.
  void forgive() { SSL_set_shutdown(stream_.native_handle(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN); }

  std::shared_ptr<asio::ssl::context> context_;
  asio::ssl::stream<stream_socket> stream_;
  std::vector<char> record_;
};

routes::error tls_connection_impl::explain(const std::string& host, error_code ec) {
  using routes::error_kind;
  const bool cut = ec == asio::error::eof || ec == asio::ssl::error::stream_truncated ||
                   ec.category() == boost::system::system_category();
  const long verdict = SSL_get_verify_result(stream_.native_handle());
  const bool distrusted = !cut && verdict != X509_V_OK;
  if (distrusted) ec = certificate_error(verdict);
  // OpenSSL's words as they are: their capitals carry meaning.
  std::string why = distrusted ? ec.message() : reason(ec);
  return routes::make_error(cut ? error_kind::connect : error_kind::tls,
                            "tls with " + host + ": " + std::move(why), ec);
}

task<routes::result<void>> tls_connection_impl::handshake(tls_contexts& contexts, const std::string& host) {
  if (!contexts.prepare(stream_.native_handle(), host)) {
    co_return routes::make_error(routes::error_kind::tls,
                                 "tls with " + host + ": the name cannot be checked");
  }
  const auto [ec] = co_await stream_.async_handshake(asio::ssl::stream_base::client, use_result);
  if (ec) co_return explain(host, ec);
  contexts.shaken(stream_.native_handle());
  co_return routes::result<void>();
}

task<boost::system::result<std::size_t>> tls_connection_impl::read_some(std::size_t at_most) {
  const auto room = input_.prepare(at_most);
  const auto [ec, n] = co_await stream_.async_read_some(room, use_result);
  input_.commit(n);
  if (ec == asio::error::eof) co_return std::size_t{0};
  if (ec) co_return ec;
  co_return n;
}

// Head and body leave in one record where they fit: a record a piece would be a packet a piece.
task<boost::system::result<void>> tls_connection_impl::write(std::span<const asio::const_buffer> pieces,
                                                             std::size_t) {
  std::size_t piece = 0;
  std::size_t offset = 0;
  while (piece < pieces.size()) {
    asio::const_buffer next = pieces[piece] + offset;
    if (next.size() >= record_size || piece + 1 == pieces.size()) {
      ++piece;
      offset = 0;
    } else {
      record_.clear();
      record_.reserve(record_size);
      while (piece < pieces.size() && record_.size() < record_size) {
        const asio::const_buffer from = pieces[piece] + offset;
        const std::size_t n = std::min(from.size(), record_size - record_.size());
        const char* begin = static_cast<const char*>(from.data());
        record_.insert(record_.end(), begin, begin + n);
        offset += n;
        if (n == from.size()) {
          ++piece;
          offset = 0;
        }
      }
      next = asio::buffer(record_);
    }
    const auto [ec, n] = co_await asio::async_write(stream_, next, use_result);
    if (ec) co_return ec;
  }
  co_return boost::system::result<void>();
}

// Bytes on an idle TLS connection may be session tickets, which come after the handshake: they are
// read, and only data or an end makes the connection unusable.
bool tls_connection_impl::alive() {
  const auto state = look_at_idle(native_handle());
  if (state != idle_state::readable) return state == idle_state::quiet;
  char byte;
  error_code ec;
  stream_.read_some(asio::buffer(&byte, 1), ec);
  return ec == asio::error::would_block || ec == asio::error::try_again;
}

}  // namespace

std::unique_ptr<tls_connection> make_tls_connection(stream_socket socket,
                                                    std::shared_ptr<asio::ssl::context> context) {
  return std::make_unique<tls_connection_impl>(std::move(socket), std::move(context));
}

}  // namespace nearfar::providers
