#include "providers/http/tls_contexts.hpp"

#include "providers/http/error_text.hpp"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>

#include <array>
#include <atomic>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

namespace nearfar::providers {
namespace {

namespace ssl = boost::asio::ssl;

// Servers give two tickets a handshake; more than a few are never used before they expire.
constexpr std::size_t sessions_per_host = 4;

struct session_free {
  void operator()(SSL_SESSION* s) const { SSL_SESSION_free(s); }
};
using session_ptr = std::unique_ptr<SSL_SESSION, session_free>;

// A session made under one trust bundle must not vouch for a peer under another.
using session_key = std::pair<const SSL_CTX*, std::string>;

class session_store {
 public:
  void keep(const session_key& key, session_ptr session) {
    const std::lock_guard lock(mutex_);
    auto& kept = sessions_[key];
    if (kept.size() >= sessions_per_host) kept.erase(kept.begin());
    kept.push_back(std::move(session));
  }

  // A TLS 1.3 ticket is used once (RFC 8446 appendix C.4); a TLS 1.2 session stays.
  session_ptr take(const session_key& key) {
    const std::lock_guard lock(mutex_);
    const auto found = sessions_.find(key);
    if (found == sessions_.end() || found->second.empty()) return {};
    auto& newest = found->second.back();
    if (SSL_SESSION_get_protocol_version(newest.get()) < TLS1_3_VERSION) {
      SSL_SESSION_up_ref(newest.get());
      return session_ptr(newest.get());
    }
    session_ptr out = std::move(newest);
    found->second.pop_back();
    return out;
  }

 private:
  std::mutex mutex_;
  std::map<session_key, std::vector<session_ptr>> sessions_;
};

using store_ptr = std::shared_ptr<session_store>;

// OpenSSL calls these with what SSL_CTX_set_ex_data and SSL_set_ex_data were given.
void free_store(void*, void* held, CRYPTO_EX_DATA*, int, long, void*) {
  delete static_cast<store_ptr*>(held);
}
void free_host(void*, void* held, CRYPTO_EX_DATA*, int, long, void*) {
  delete static_cast<std::string*>(held);
}

int store_index() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, free_store);
  return index;
}

int host_index() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, free_host);
  return index;
}

// Returning 1 takes the reference.
int on_new_session(SSL* stream, SSL_SESSION* session) {
  const SSL_CTX* context = SSL_get_SSL_CTX(stream);
  auto* store = static_cast<store_ptr*>(SSL_CTX_get_ex_data(context, store_index()));
  auto* host = static_cast<std::string*>(SSL_get_ex_data(stream, host_index()));
  if (store == nullptr || host == nullptr || SSL_SESSION_is_resumable(session) == 0) return 0;
  (*store)->keep({context, *host}, session_ptr(session));
  return 1;
}

bool is_address(const std::string& host) {
  in6_addr any{};
  return ::inet_pton(AF_INET, host.c_str(), &any) == 1 || ::inet_pton(AF_INET6, host.c_str(), &any) == 1;
}

routes::error failed(const std::string& what, const boost::system::error_code& ec) {
  return routes::make_error(routes::error_kind::tls, what + ": " + reason(ec), ec);
}

void configure(SSL_CTX* context, const store_ptr& store) {
  static constexpr std::array<unsigned char, 9> alpn{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_alpn_protos(context, alpn.data(), alpn.size());
  SSL_CTX_set_ex_data(context, store_index(), new store_ptr(store));
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, on_new_session);
  // Buffers of idle connections are given back: 34 KB each.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
}

routes::result<std::shared_ptr<ssl::context>> make_context(const std::string& ca_file,
                                                           const store_ptr& store) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
  boost::system::error_code ec;
  if (ca_file.empty()) {
    context->set_default_verify_paths(ec);
    if (ec) return failed("the system's certificate bundle", ec);
  } else {
    context->load_verify_file(ca_file, ec);
    if (ec) return failed("certificate bundle " + ca_file, ec);
  }
  context->set_verify_mode(ssl::verify_peer, ec);
  if (ec) return failed("verification", ec);
  configure(context->native_handle(), store);
  return context;
}

}  // namespace

struct tls_contexts::impl {
  std::mutex mutex;
  std::map<std::string, std::shared_ptr<ssl::context>> contexts;
  store_ptr sessions = std::make_shared<session_store>();
  std::atomic<std::uint64_t> resumed{0};
};

tls_contexts::tls_contexts() : impl_(std::make_unique<impl>()) {}
tls_contexts::~tls_contexts() = default;

routes::result<std::shared_ptr<ssl::context>> tls_contexts::get(const std::string& ca_file) {
  const std::lock_guard lock(impl_->mutex);
  auto& kept = impl_->contexts[ca_file];
  if (kept) return kept;
  auto made = make_context(ca_file, impl_->sessions);
  if (made) kept = *made;
  return made;
}

bool tls_contexts::prepare(SSL* stream, const std::string& host) {
  X509_VERIFY_PARAM* rules = SSL_get0_param(stream);
  if (is_address(host)) {
    if (X509_VERIFY_PARAM_set1_ip_asc(rules, host.c_str()) != 1) return false;
  } else {
    // RFC 6066 section 3: names only, never an address.
    if (SSL_set_tlsext_host_name(stream, host.c_str()) != 1) return false;
    X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (X509_VERIFY_PARAM_set1_host(rules, host.c_str(), host.size()) != 1) return false;
  }
  SSL_set_ex_data(stream, host_index(), new std::string(host));
  // SSL_set_session takes a reference of its own.
  if (const auto session = impl_->sessions->take({SSL_get_SSL_CTX(stream), host})) {
    SSL_set_session(stream, session.get());
  }
  return true;
}

void tls_contexts::shaken(SSL* stream) {
  if (SSL_session_reused(stream) != 0) impl_->resumed.fetch_add(1, std::memory_order_relaxed);
}

std::uint64_t tls_contexts::resumed() const {
  return impl_->resumed.load(std::memory_order_relaxed);
}

}  // namespace nearfar::providers
