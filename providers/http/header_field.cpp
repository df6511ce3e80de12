#include "providers/http/header_field.hpp"

#include "providers/http/head_bytes.hpp"

#include <array>

namespace nearfar::providers {
namespace {

using enum known_field;
using enum passage;

struct known_name {
  std::string_view name;
  field_nature is;
};

constexpr known_name names[] = {
    // Hop-by-hop.
    {"connection", {connection, nowhere}},
    {"keep-alive", {other, nowhere}},
    {"proxy-connection", {proxy_connection, nowhere}},
    {"te", {other, nowhere}},
    {"trailer", {other, nowhere}},
    {"transfer-encoding", {transfer_encoding, nowhere}},
    {"upgrade", {upgrade, nowhere}},
    {"http2-settings", {other, nowhere}},
    {"proxy-authenticate", {other, nowhere}},
    {"proxy-authorization", {other, nowhere}},
    {"proxy-authentication-info", {other, nowhere}},
    // Framing of the body, which is written anew on both sides.
    {"content-length", {content_length, nowhere}},
    // Credentials are ours or none; the rest write_request_head writes, or the gateway has answered.
    {"authorization", {other, to_client}},
    {"x-api-key", {other, to_client}},
    {"x-goog-api-key", {other, to_client}},
    {"api-key", {other, to_client}},
    {"cookie", {other, to_client}},
    {"cookie2", {other, to_client}},
    {"host", {host, to_client}},
    {"content-type", {content_type, to_client}},
    {"accept-encoding", {other, to_client}},
    {"expect", {expect, to_client}},
    // Kept from the client.
    {"set-cookie", {other, to_provider}},
    {"set-cookie2", {other, to_provider}},
    {"server", {other, to_provider}},
    {"alt-svc", {other, to_provider}},
    {"strict-transport-security", {other, to_provider}},
    {"public-key-pins", {other, to_provider}},
    {"expect-ct", {other, to_provider}},
    {"report-to", {other, to_provider}},
    {"reporting-endpoints", {other, to_provider}},
    {"nel", {other, to_provider}},
    {"clear-site-data", {other, to_provider}},
    // Read, and passed on.
    {"origin", {origin, anywhere}},
};

constexpr std::size_t slot_count = 256;

constexpr std::size_t slot_of(std::string_view token, std::uint32_t seed) {
  const auto lower = [](char c) { return static_cast<std::uint32_t>(static_cast<unsigned char>(c) | 0x20); };
  const std::uint32_t key =
      static_cast<std::uint32_t>(token.size()) << 16 | lower(token.front()) << 8 | lower(token.back());
  return (key * seed) >> 24;
}

using slots = std::array<std::uint8_t, slot_count>;  // 1 + the place in `names`; 0: none

constexpr bool fill(slots& out, std::uint32_t seed) {
  out = {};
  std::uint8_t place = 0;
  for (const auto& each : names) {
    auto& slot = out[slot_of(each.name, seed)];
    if (slot != 0) return false;
    slot = ++place;
  }
  return true;
}

consteval std::uint32_t find_seed() {
  slots any{};
  std::uint32_t seed = 0x9e3779b1;
  while (!fill(any, seed)) seed += 0x61c88646;
  return seed;
}

constexpr std::uint32_t good_seed = find_seed();

constexpr slots places = [] {
  slots out{};
  fill(out, good_seed);
  return out;
}();

bool begins_with(std::string_view token, std::string_view lower_case) {
  return token.size() >= lower_case.size() && same_token(token.substr(0, lower_case.size()), lower_case);
}

field_nature nature_by_prefix(std::string_view token) {
  switch (token.front() | 0x20) {
    case 'x':
      if (begins_with(token, "x-nearfar-")) return {nearfar, nowhere};
      break;
    case 'a':
      if (begins_with(token, "anthropic-")) return {anthropic, anywhere};
      if (begins_with(token, "access-control-")) return {other, to_provider};
      break;
    default:
      break;
  }
  return {other, anywhere};
}

}  // namespace

field_nature nature_of(std::string_view token) {
  if (token.empty()) return {};
  if (const auto place = places[slot_of(token, good_seed)]; place != 0) {
    const auto& known = names[place - 1];
    if (same_token(token, known.name)) return known.is;
  }
  return nature_by_prefix(token);
}

header_field make_field(std::string_view name, std::string_view value) {
  return {name, value, is_token(name) && is_text(value) ? nature_of(name) : field_nature{}};
}

}  // namespace nearfar::providers
