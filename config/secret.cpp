#include "config/secret.hpp"

#include <openssl/crypto.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <utility>

namespace nearfar::config {

namespace {

void wipe(std::string& value) {
  // The whole capacity: a shorter value may have been assigned over a longer one.
  value.resize(value.capacity());
  OPENSSL_cleanse(value.data(), value.size());
  value.clear();
}

std::optional<secret> from_environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr || *value == '\0') return std::nullopt;
  return secret(value);
}

// Read through a fixed buffer with exact room, so that no copy is left behind in a grown string.
std::optional<secret> from_file(const std::string& path) {
  constexpr std::streamsize longest = 16 * 1024;
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  std::string text(static_cast<std::size_t>(longest), '\0');
  in.read(text.data(), longest);
  std::size_t size = static_cast<std::size_t>(in.gcount());
  if (size > 0 && text[size - 1] == '\n') --size;
  if (size > 0 && text[size - 1] == '\r') --size;
  std::optional<secret> out;
  if (size > 0) out.emplace(std::string(text.data(), size));
  wipe(text);
  return out;
}

}  // namespace

secret::secret(std::string value) : value_(value) {
  wipe(value);
}

secret::secret(secret&& other) noexcept : value_(std::move(other.value_)) {
  wipe(other.value_);
}

secret& secret::operator=(const secret& other) {
  if (this != &other) {
    wipe(value_);
    value_ = other.value_;
  }
  return *this;
}

secret& secret::operator=(secret&& other) noexcept {
  if (this != &other) {
    wipe(value_);
    value_ = std::move(other.value_);
    wipe(other.value_);
  }
  return *this;
}

secret::~secret() {
  wipe(value_);
}

std::optional<secret> resolve(const secret_ref& ref) {
  switch (ref.kind) {
    case secret_kind::env:
      return from_environment(ref.name);
    case secret_kind::file:
      return from_file(ref.name);
    case secret_kind::none:
    case secret_kind::client:
      return secret();
  }
  return std::nullopt;
}

std::string describe(const secret_ref& ref) {
  switch (ref.kind) {
    case secret_kind::env:
      return "environment variable " + ref.name;
    case secret_kind::file:
      return "file " + ref.name;
    case secret_kind::client:
      return "the client's own credential";
    case secret_kind::none:
      break;
  }
  return "no key";
}

}  // namespace nearfar::config
