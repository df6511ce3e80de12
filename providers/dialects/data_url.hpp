// Data URLs (RFC 2397) as chat dialects use them: base64 alone. Sans-I/O.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace nearfar::providers {

struct data_url {
  std::string_view mime;  // with its parameters; may be empty
  std::string_view data;  // base64, not looked into
};

bool is_data_url(std::string_view url);
// nullopt: no data URL, or one that is not base64.
std::optional<data_url> take_apart(std::string_view url);
std::string to_data_url(std::string_view mime, std::string_view data);

}  // namespace nearfar::providers
