// The head of a request to a provider, and which header fields may pass between client and provider.
#pragma once

#include "config/preset.hpp"
#include "config/secret.hpp"
#include "providers/http/origin.hpp"
#include "routes/error.hpp"
#include "routes/facts.hpp"

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
  std::span<const std::string> fixed = {};             // a preset's "name: value" lines
  std::span<const routes::header_view> client = {};    // as the client sent them
  std::string_view content_type = "application/json";  // with a length only
  std::optional<std::uint64_t> content_length = {};    // nullopt: no body
};

// Replaces `out`, whose capacity is kept. The client's end-to-end fields go along; one of them takes
// the place of a fixed field of the same name. Kind `internal` when something would break the framing
// of the head (a line feed in a key or in a path): its text is never in the message.
routes::result<void> write_request_head(const upstream_request& r, std::string& out);

// Whether a client's field may go to the provider: no credentials, cookies, hop-by-hop fields
// (RFC 9110 section 7.6.1) and none that write_request_head writes itself.
bool is_end_to_end_request_field(std::string_view name);

// Whether a provider's field may go to the client: no hop-by-hop fields, no framing, no cookies, and
// nothing that speaks for the provider's host (CORS, HSTS, Alt-Svc, Server).
bool is_end_to_end_response_field(std::string_view name);

// Whether a Connection field's value names `name`, which makes that field hop-by-hop.
bool is_named_by_connection(std::string_view connection_value, std::string_view name);

}  // namespace nearfar::providers
