#include "providers/http/request_head.hpp"

#include "providers/http/field_text.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <iterator>

namespace nearfar::providers {
namespace {

using config::auth_style;

constexpr std::string_view hop_by_hop[] = {"connection",
                                           "keep-alive",
                                           "proxy-connection",
                                           "te",
                                           "trailer",
                                           "transfer-encoding",
                                           "upgrade",
                                           "http2-settings",
                                           "proxy-authenticate",
                                           "proxy-authorization",
                                           "proxy-authentication-info"};

// Credentials are ours or none; the rest write_request_head writes, or the gateway has answered.
constexpr std::string_view kept_from_provider[] = {
    "authorization", "x-api-key",      "x-goog-api-key", "api-key",         "cookie", "cookie2",
    "host",          "content-length", "content-type",   "accept-encoding", "expect"};

constexpr std::string_view kept_from_client[] = {"content-length",
                                                 "set-cookie",
                                                 "set-cookie2",
                                                 "server",
                                                 "alt-svc",
                                                 "strict-transport-security",
                                                 "public-key-pins",
                                                 "expect-ct",
                                                 "report-to",
                                                 "reporting-endpoints",
                                                 "nel",
                                                 "clear-site-data"};

template <std::size_t N>
constexpr std::uint64_t lengths_of(const std::string_view (&names)[N]) {
  std::uint64_t out = 0;
  for (const auto name : names) out |= std::uint64_t{1} << name.size();
  return out;
}

template <const auto& names>
bool is_one_of(std::string_view name) {
  constexpr std::uint64_t lengths = lengths_of(names);
  // Most fields have a length that none of the names has.
  if (name.size() >= 64 || (lengths >> name.size() & 1) == 0) return false;
  return std::any_of(std::begin(names), std::end(names),
                     [name](std::string_view n) { return equal_fields(name, n); });
}

bool begins_with(std::string_view name, std::string_view lower_case) {
  return name.size() >= lower_case.size() && equal_fields(name.substr(0, lower_case.size()), lower_case);
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

// No early end: so the compiler looks at many bytes at once.
bool is_value(std::string_view text) {
  bool bad = false;
  for (const char c : text) bad |= c != '\t' && is_control(c);
  return !bad;
}

bool is_target(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return c == ' ' || is_control(c); });
}

void add(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

void add_auth(std::string& out, auth_style style, std::string_view key) {
  switch (style) {
    case auth_style::none:
      break;
    case auth_style::bearer:
      out.append("authorization: Bearer ").append(key).append("\r\n");
      break;
    case auth_style::x_api_key:
      add(out, "x-api-key", key);
      break;
    case auth_style::x_goog_api_key:
      add(out, "x-goog-api-key", key);
      break;
    case auth_style::api_key:
      add(out, "api-key", key);
      break;
  }
}

bool connection_names(std::span<const routes::header_view> fields, std::string_view name) {
  return std::any_of(fields.begin(), fields.end(), [name](const routes::header_view& f) {
    return equal_fields(f.name, "connection") && is_named_by_connection(f.value, name);
  });
}

bool passes(std::span<const routes::header_view> all, const routes::header_view& field) {
  return is_end_to_end_request_field(field.name) && is_value(field.value) &&
         !connection_names(all, field.name);
}

bool client_sends(std::span<const routes::header_view> all, std::string_view name) {
  return std::any_of(all.begin(), all.end(), [&](const routes::header_view& f) {
    return equal_any_case(f.name, name) && passes(all, f);
  });
}

routes::error unfit(const char* what) {
  return routes::make_error(routes::error_kind::internal,
                            std::string(what) + " holds a character that a header cannot carry");
}

}  // namespace

routes::result<void> write_request_head(const upstream_request& r, std::string& out) {
  out.clear();
  if (!is_target(r.method) || !is_target(r.to.base_path) || !is_target(r.path)) return unfit("the path");
  if (!is_value(r.to.host_field)) return unfit("the host");
  out.append(r.method).append(" ").append(r.to.base_path).append(r.path).append(" HTTP/1.1\r\n");
  add(out, "host", r.to.host_field);
  if (r.key != nullptr && !r.key->empty()) {
    if (!is_value(r.key->reveal())) return unfit("the key");
    add_auth(out, r.auth, r.key->reveal());
  }
  for (const std::string& line : r.fixed) {
    const std::string_view name = std::string_view(line).substr(0, line.find(':'));
    if (!is_value(line) || name.size() == line.size()) return unfit("a fixed header");
    if (!client_sends(r.client, name)) out.append(line).append("\r\n");
  }
  for (const auto& field : r.client)
    if (passes(r.client, field)) add(out, field.name, field.value);
  // Answers are read as they come, token by token: they must not arrive compressed.
  add(out, "accept-encoding", "identity");
  if (r.content_length) {
    if (!is_value(r.content_type)) return unfit("the content type");
    add(out, "content-type", r.content_type);
    char digits[20];
    const auto end = std::to_chars(digits, digits + sizeof(digits), *r.content_length).ptr;
    add(out, "content-length", std::string_view(digits, static_cast<std::size_t>(end - digits)));
  }
  out.append("\r\n");
  return {};
}

bool is_end_to_end_request_field(std::string_view name) {
  return !is_one_of<hop_by_hop>(name) && !is_one_of<kept_from_provider>(name) &&
         !begins_with(name, "x-nearfar-");
}

bool is_end_to_end_response_field(std::string_view name) {
  return !is_one_of<hop_by_hop>(name) && !is_one_of<kept_from_client>(name) &&
         !begins_with(name, "x-nearfar-") && !begins_with(name, "access-control-");
}

bool is_named_by_connection(std::string_view connection_value, std::string_view name) {
  return list_has(connection_value, name);
}

}  // namespace nearfar::providers
