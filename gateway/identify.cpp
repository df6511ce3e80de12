#include "gateway/identify.hpp"

#include "gateway/client_errors.hpp"
#include "gateway/keys/key_secret.hpp"
#include "gateway/openrouter_api.hpp"
#include "gateway/openrouter_query.hpp"
#include "gateway/query_path.hpp"
#include "gateway/request_target.hpp"
#include "providers/http/field_text.hpp"

#include <fmt/format.h>

#include <array>

namespace nearfar::gateway {

namespace {

using providers::equal_fields;

constexpr std::string_view own_field = "x-nearfar-key";
constexpr std::array<std::string_view, 3> fields{"authorization", "x-api-key", "x-goog-api-key"};
constexpr std::string_view where_looked =
    "keys are looked for in x-nearfar-key, Authorization: Bearer, x-api-key, x-goog-api-key and ?key=, and "
    "begin "
    "with nf-; whoever runs this gateway makes one with `nearfar keys create NAME`";

std::string_view without_scheme(std::string_view value) {
  constexpr std::string_view scheme = "bearer ";
  if (value.size() < scheme.size() || !equal_fields(value.substr(0, scheme.size()), scheme)) return {};
  value.remove_prefix(scheme.size());
  while (value.starts_with(' ')) value.remove_prefix(1);
  return value;
}

std::string_view credential_in(const request_head& head, std::string_view name) {
  const auto value = head.find(name);
  return name == fields.front() ? without_scheme(value) : value;
}

void take(std::string_view value, std::string_view place, credentials& out) {
  if (value.empty()) return;
  if (!value.starts_with(key_prefix)) {
    if (out.own.empty()) {
      out.own = value;
      out.own_is_encoded = place == "?key=";
    }
  } else if (out.key.empty()) {
    out.key = value;
    out.place = place;
  }
}

std::string words_for(const credentials& shown, const identity& who) {
  switch (who.refused) {
    case key_refusal::expired:
      return fmt::format("API key not valid: the key `{}` has expired; {}", who.key->name,
                         "whoever runs this gateway gives it more time with `nearfar keys change`");
    case key_refusal::revoked:
      return fmt::format("API key not valid: the key `{}` is revoked; {}", who.key->name, where_looked);
    case key_refusal::unknown:
      return fmt::format("API key not valid: what came in {} is no key of this gateway; {}", shown.place,
                         where_looked);
    default:
      return fmt::format("an API key is needed{}; {}",
                         shown.own.empty() ? "" : ": the credential that came is none of this gateway's",
                         where_looked);
  }
}

}  // namespace

credentials credentials_of(const request_head& head) {
  credentials out;
  if (const auto named = head.find(own_field); !named.empty()) {
    out.key = named;
    out.place = own_field;
  }
  for (const auto name : fields) take(credential_in(head, name), name, out);
  if (!head.query.empty()) take(query_parameter(head.query, "key"), "?key=", out);
  return out;
}

bool is_credential_field(std::string_view name) {
  if (equal_fields(name, own_field) || equal_fields(name, "proxy-authorization") ||
      equal_fields(name, "cookie") || equal_fields(name, "api-key"))
    return true;
  for (const auto one : fields) {
    if (equal_fields(name, one)) return true;
  }
  return false;
}

identity identify(const std::shared_ptr<const key_ring>& ring, const request_head& head, key_memo& memo,
                  std::int64_t now) {
  identity out;
  if (ring->empty()) return out;
  const auto shown = credentials_of(head);
  if (shown.key.empty()) {
    out.refused = key_refusal::missing;
    return out;
  }
  out.key = memo.find(ring, shown.key);
  if (out.key == nullptr) {
    out.refused = key_refusal::unknown;
    return out;
  }
  out.ring = ring;
  switch (state_of(*out.key, now)) {
    case key_state::valid:
      break;
    case key_state::expired:
      out.refused = key_refusal::expired;
      break;
    case key_state::revoked:
      out.refused = key_refusal::revoked;
      break;
  }
  return out;
}

simple_answer key_refused(const request_head& head, const identity& who) {
  const auto message = words_for(credentials_of(head), who);
  const auto asked = query_path_of(head.path, head.query);
  const auto in = asked ? asked->in : config::dialect::openai_chat;
  constexpr int unauthorized = 401;
  simple_answer out{unauthorized, "application/json", {}, {}};
  if (is_openrouter_path(head.path) && in == config::dialect::openai_chat) {
    out = openrouter_error(unauthorized, "invalid_api_key", message);
  } else if (in == config::dialect::gemini && who.refused != key_refusal::missing) {
    // Google's own word for a bad key; its SDKs know it by the reason.
    constexpr int invalid_argument = 400;
    out.status = invalid_argument;
    out.body = error_body_for(in, own_words(invalid_argument, "API_KEY_INVALID", message, {}));
  } else {
    const auto told = own_words(unauthorized, "invalid_api_key", message, {});
    out.status = error_status_for(in, told);
    out.body = error_body_for(in, told);
  }
  // RFC 9110, 15.5.2: compulsory in a 401.
  if (out.status == unauthorized) out.fields.emplace_back("www-authenticate", "Bearer");
  return out;
}

bool wants_key(std::string_view path) {
  return path.starts_with("/v1") || path.starts_with("/api/");
}

}  // namespace nearfar::gateway
