// A certificate authority of the test's own, and server certificates signed by it.
#pragma once

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <catch2/catch_test_macros.hpp>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

namespace nearfar::providers::test {

// Files in a folder that goes with the object: ca.pem, and <name>.pem and <name>.key of each server.
class certificates {
 public:
  certificates() {
    char name[] = "/tmp/nearfar-test-XXXXXX";
    REQUIRE(::mkdtemp(name) != nullptr);
    folder_ = name;
    ca_ = make("Test authority", ca_key_.get(), -20, 20);
    extend(ca_.get(), NID_basic_constraints, "critical,CA:TRUE");
    extend(ca_.get(), NID_key_usage, "critical,keyCertSign");
    sign(ca_.get());
    save("ca.pem", ca_.get());
  }
  ~certificates() { std::filesystem::remove_all(folder_); }
  certificates(const certificates&) = delete;
  certificates& operator=(const certificates&) = delete;

  // `subject` as OpenSSL writes alternative names: "DNS:provider.test,IP:127.0.0.1". Valid from and to
  // so many days from now.
  void issue(const std::string& name, const std::string& subject, int from_day, int to_day) {
    const key_ptr key(EVP_EC_gen("P-256"));
    const cert_ptr cert = make("server", key.get(), from_day, to_day);
    extend(cert.get(), NID_basic_constraints, "critical,CA:FALSE");
    extend(cert.get(), NID_subject_alt_name, subject.c_str());
    sign(cert.get());
    save(name + ".pem", cert.get());
    const file_ptr out(std::fopen(file(name + ".key").c_str(), "w"));
    REQUIRE(PEM_write_PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
  }

  std::string ca() const { return file("ca.pem"); }
  std::string file(const std::string& name) const { return (folder_ / name).string(); }

 private:
  struct release {
    void operator()(EVP_PKEY* k) const { EVP_PKEY_free(k); }
    void operator()(X509* c) const { X509_free(c); }
    void operator()(X509_EXTENSION* e) const { X509_EXTENSION_free(e); }
    void operator()(std::FILE* f) const { std::fclose(f); }
  };
  using key_ptr = std::unique_ptr<EVP_PKEY, release>;
  using cert_ptr = std::unique_ptr<X509, release>;
  using file_ptr = std::unique_ptr<std::FILE, release>;

  cert_ptr make(const char* title, EVP_PKEY* key, int from_day, int to_day) {
    constexpr long day = 24L * 60 * 60;
    cert_ptr cert(X509_new());
    X509_set_version(cert.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(cert.get()), ++serial_);
    X509_gmtime_adj(X509_getm_notBefore(cert.get()), from_day * day);
    X509_gmtime_adj(X509_getm_notAfter(cert.get()), to_day * day);
    X509_set_pubkey(cert.get(), key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(cert.get()), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(title), -1, -1, 0);
    return cert;
  }

  void extend(X509* cert, int kind, const char* value) {
    const std::unique_ptr<X509_EXTENSION, release> e(X509V3_EXT_conf_nid(nullptr, nullptr, kind, value));
    REQUIRE(e);
    X509_add_ext(cert, e.get(), -1);
  }

  void sign(X509* cert) {
    X509_set_issuer_name(cert, X509_get_subject_name(ca_.get()));
    REQUIRE(X509_sign(cert, ca_key_.get(), EVP_sha256()) > 0);
  }

  void save(const std::string& name, X509* cert) {
    const file_ptr out(std::fopen(file(name).c_str(), "w"));
    REQUIRE(PEM_write_X509(out.get(), cert) == 1);
  }

  std::filesystem::path folder_;
  key_ptr ca_key_{EVP_EC_gen("P-256")};
  cert_ptr ca_;
  long serial_ = 0;
};

}  // namespace nearfar::providers::test
