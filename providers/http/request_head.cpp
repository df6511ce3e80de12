#include "providers/http/request_head.hpp"

#include "providers/http/field_text.hpp"
#include "providers/http/head_bytes.hpp"
#include "providers/http/head_writer.hpp"

#include <algorithm>

namespace nearfar::providers {
namespace {

using config::auth_style;

// Answers are read as they come, token by token: they must not arrive compressed.
constexpr std::string_view uncompressed = "accept-encoding: identity\r\n";
constexpr std::string_view before_json_length =
    "accept-encoding: identity\r\ncontent-type: application/json\r\ncontent-length: ";
constexpr std::string_view json = "application/json";

std::string_view field_of(auth_style style) {
  switch (style) {
    case auth_style::none:
      break;
    case auth_style::bearer:
      return "authorization: Bearer ";
    case auth_style::x_api_key:
      return "x-api-key: ";
    case auth_style::x_goog_api_key:
      return "x-goog-api-key: ";
    case auth_style::api_key:
      return "api-key: ";
  }
  return {};
}

bool passes(const upstream_request& r, const header_field& field) {
  return allows(field.is.goes, passage::to_provider) && field.is.known != r.kept_back;
}

bool client_sends(const upstream_request& r, std::string_view name) {
  return std::any_of(r.client.begin(), r.client.end(), [&](const header_field& field) {
    return equal_any_case(field.name, name) && passes(r, field);
  });
}

routes::error unfit(const char* what) {
  return routes::make_error(routes::error_kind::internal,
                            std::string(what) + " holds a character that a header cannot carry");
}

// Null: fine. Otherwise what breaks the framing.
const char* misfit_of_start(const upstream_request& r) {
  if (!is_word(r.method) || !is_word(r.to.base_path) || !is_word(r.path)) return "the path";
  if (!is_text(r.to.host_field)) return "the host";
  if (r.key != nullptr && !is_text(r.key->reveal())) return "the key";
  return nullptr;
}

void put_start(const upstream_request& r, head_writer& out) {
  out.put(r.method);
  out.put(" ");
  out.put(r.to.base_path);
  out.put(r.path);
  out.put(" HTTP/1.1\r\nhost: ");
  out.put(r.to.host_field);
  out.put("\r\n");
  if (r.key == nullptr || r.key->empty() || r.auth == auth_style::none) return;
  out.put(field_of(r.auth));
  out.put(r.key->reveal());
  out.put("\r\n");
}

// False: the line is not one of a head.
bool put_fixed(const upstream_request& r, std::string_view line, head_writer& out) {
  const auto name = line.substr(0, line.find(':'));
  if (!is_text(line) || name.size() == line.size()) return false;
  if (client_sends(r, name)) return true;
  out.put(line);
  out.put("\r\n");
  return true;
}

// Enough: to grow would leave a copy of the key behind.
std::size_t start_size(const upstream_request& r) {
  constexpr std::size_t words = 64;
  const std::size_t key = r.key == nullptr ? 0 : r.key->reveal().size();
  return words + r.method.size() + r.to.base_path.size() + r.path.size() + r.to.host_field.size() + key;
}

std::size_t likely_size(const upstream_request& r) {
  constexpr std::size_t own_fields = 128;
  constexpr std::size_t usual_field = 48;
  return own_fields + (r.begun.empty() ? start_size(r) : r.begun.size()) + usual_field * r.client.size();
}

void put_content(const upstream_request& r, head_writer& out) {
  if (!r.content_length) {
    out.put(uncompressed);
    out.put("\r\n");
    return;
  }
  if (r.content_type == json) {
    out.put(before_json_length);
  } else {
    out.put(uncompressed);
    out.field("content-type", r.content_type);
    out.put("content-length: ");
  }
  out.put(*r.content_length);
  out.put("\r\n\r\n");
}

}  // namespace

routes::result<void> begin_request_head(const upstream_request& r, std::string& out) {
  out.clear();
  if (const char* what = misfit_of_start(r)) return unfit(what);
  head_writer to(out, start_size(r));
  put_start(r, to);
  return {};
}

routes::result<void> write_request_head(const upstream_request& r, std::string& out) {
  if (r.content_length && !is_text(r.content_type)) return unfit("the content type");
  if (r.begun.empty()) {
    if (const char* what = misfit_of_start(r)) {
      out.clear();
      return unfit(what);
    }
  }
  head_writer to(out, likely_size(r));
  if (r.begun.empty()) {
    put_start(r, to);
  } else {
    to.put(r.begun);
  }
  for (const std::string& line : r.fixed)
    if (!put_fixed(r, line, to)) return unfit("a fixed header");
  if (!r.also_fixed.empty() && !put_fixed(r, r.also_fixed, to)) return unfit("a fixed header");
  for (const auto& field : r.client)
    if (passes(r, field)) to.field(field.name, field.value);
  put_content(r, to);
  return {};
}

}  // namespace nearfar::providers
