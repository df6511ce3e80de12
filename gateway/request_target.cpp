#include "gateway/request_target.hpp"

#include "providers/http/field_text.hpp"

#include <algorithm>

namespace nearfar::gateway {
namespace {

constexpr const char* bad_form = "the request target must be a path that begins with /";

std::string_view without_scheme(std::string_view text) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (providers::equal_fields(text.substr(0, scheme.size()), scheme)) return text.substr(scheme.size());
  }
  return {};
}

bool must_be_encoded(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte <= 0x20 || byte >= 0x7f;
}

const char* odd_byte(std::string_view text) {
  bool odd = false;
  // No early end: so the compiler looks at many bytes at once.
  for (const char c : text) odd |= must_be_encoded(c) || c == '#';
  if (!odd) return nullptr;
  const bool fragment_first = !must_be_encoded(
      *std::find_if(text.begin(), text.end(), [](char c) { return must_be_encoded(c) || c == '#'; }));
  return fragment_first ? "the request target holds a fragment: leave out what follows #"
                        : "the request target holds a byte that must be percent-encoded";
}

}  // namespace

const char* split_target(std::string_view method, std::string_view text, request_target& out) {
  out = {};
  if (const char* why = odd_byte(text)) return why;
  if (text == "*") {
    out.path = text;
    return method == "OPTIONS" ? nullptr : bad_form;
  }
  if (!text.starts_with('/')) {
    const std::string_view rest = without_scheme(text);
    const std::size_t end = rest.find_first_of("/?");
    out.authority = rest.substr(0, end);
    if (out.authority.empty()) return bad_form;
    if (out.authority.find('@') != std::string_view::npos) {
      return "the request target names a user: send credentials in Authorization";
    }
    text = end == std::string_view::npos ? std::string_view{} : rest.substr(end);
  }
  const std::size_t question = text.find('?');
  out.path = text.substr(0, question);
  if (question != std::string_view::npos) out.query = text.substr(question + 1);
  if (out.path.empty()) out.path = method == "OPTIONS" ? "*" : "/";
  return nullptr;
}

std::string_view query_parameter(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const auto end = query.find('&');
    const auto one = query.substr(0, end);
    if (one.starts_with(name) && one.size() > name.size() && one[name.size()] == '=')
      return one.substr(name.size() + 1);
    query = end == std::string_view::npos ? std::string_view() : query.substr(end + 1);
  }
  return {};
}

}  // namespace nearfar::gateway
