// A key that prints `[secret]`, is not streamable, and is wiped when it dies.
#pragma once

#include "config/model.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace nearfar::config {

class secret {
 public:
  secret() = default;
  explicit secret(std::string value);
  secret(const secret&) = default;
  secret(secret&& other) noexcept;
  secret& operator=(const secret& other);
  secret& operator=(secret&& other) noexcept;
  ~secret();

  // The one way out. Call it where the header is written and nowhere else.
  std::string_view reveal() const { return value_; }
  bool empty() const { return value_.empty(); }

 private:
  std::string value_;
};

// nullopt: the variable is unset or empty, the file cannot be read or is empty. A trailing newline
// of a file is dropped. `client` and `none` give an empty secret.
std::optional<secret> resolve(const secret_ref& ref);

// For messages: "environment variable OPENROUTER_API_KEY", "file /run/keys/x". Never the value.
std::string describe(const secret_ref& ref);

}  // namespace nearfar::config
