// The head of a request to a provider.
#pragma once

#include "config/preset.hpp"
#include "config/secret.hpp"
#include "providers/http/header_field.hpp"
#include "providers/http/origin.hpp"
#include "routes/error.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace nearfar::providers {

// Borrows everything; lives no longer than the call.
struct upstream_request {
  const origin& to;
  std::string_view path;  // "/v1/chat/completions", with a query if any; goes behind the base path
  std::string_view method = "POST";
  config::auth_style auth = config::auth_style::none;
  const config::secret* key = nullptr;                 // null or empty: no auth header
  std::string_view begun = {};                         // of begin_request_head; empty: it is made now
  std::span<const std::string> fixed = {};             // a preset's "name: value" lines
  std::string_view also_fixed = {};                    // one more; empty: none
  std::span<const header_field> client = {};           // those that may go to a provider go along
  known_field kept_back = known_field::nearfar;        // besides those of the client's that go nowhere
  std::string_view content_type = "application/json";  // with a length only
  std::optional<std::uint64_t> content_length = {};    // nullopt: no body
};

// The request line, the host and the key: what is the same for every request to one path with one key.
// Replaces `out`. Kind `internal` when something would break the framing of the head (a line feed in a key or
// in a path): its text is never in the message.
routes::result<void> begin_request_head(const upstream_request& r, std::string& out);

// Replaces `out`, whose capacity is kept. A field of the client's takes the place of a fixed field of the
// same name. Errors as above.
routes::result<void> write_request_head(const upstream_request& r, std::string& out);

}  // namespace nearfar::providers
