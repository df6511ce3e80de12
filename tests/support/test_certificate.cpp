#include "tests/support/test_certificate.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <memory>
#include <stdexcept>

namespace nearfar::support {
namespace {

using key_ptr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using certificate_ptr = std::unique_ptr<X509, decltype(&X509_free)>;
using file_ptr = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

void need(bool worked, const char* what) {
  if (!worked) throw std::runtime_error(what);
}

void add_extension(X509* certificate, int which, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
      X509V3_EXT_conf_nid(nullptr, &context, which, value), &X509_EXTENSION_free);
  need(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1, "certificate extension");
}

certificate_ptr sign(EVP_PKEY* key, const std::string& names) {
  certificate_ptr out(X509_new(), &X509_free);
  need(out != nullptr, "X509_new");
  X509_set_version(out.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(out.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(out.get()), -3'600);
  X509_gmtime_adj(X509_getm_notAfter(out.get()), 86'400);
  X509_set_pubkey(out.get(), key);
  auto* name = X509_get_subject_name(out.get());
  // Of its own for each: two issuers of one name in one bundle are not told apart.
  const auto* common = reinterpret_cast<const unsigned char*>(names.c_str());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common, -1, -1, 0);
  X509_set_issuer_name(out.get(), name);
  add_extension(out.get(), NID_basic_constraints, "critical,CA:TRUE");
  add_extension(out.get(), NID_subject_alt_name, names.c_str());
  need(X509_sign(out.get(), key, EVP_sha256()) > 0, "X509_sign");
  return out;
}

file_ptr create(const std::string& path) {
  file_ptr out(std::fopen(path.c_str(), "w"), &std::fclose);
  need(out != nullptr, "cannot create a file for the certificate");
  return out;
}

}  // namespace

test_certificate make_test_certificate(const std::string& folder, const std::string& names) {
  const key_ptr key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  need(key != nullptr, "EVP_EC_gen");
  const auto certificate = sign(key.get(), names);
  test_certificate out{folder + "/certificate.pem", folder + "/private-key.pem"};
  need(PEM_write_X509(create(out.certificate).get(), certificate.get()) == 1, "PEM_write_X509");
  need(PEM_write_PrivateKey(create(out.private_key).get(), key.get(), nullptr, nullptr, 0, nullptr,
                            nullptr) == 1,
       "PEM_write_PrivateKey");
  return out;
}

}  // namespace nearfar::support
