#include "providers/dialects/signature.hpp"

namespace nearfar::providers::chat {

namespace {

constexpr std::string_view marker = "nf1.";

}  // namespace

std::string with_issuer(std::string_view issuer, std::string_view signature) {
  std::string out(marker);
  out += issuer;
  out += '.';
  out += signature;
  return out;
}

issued take_issuer(std::string_view text) {
  if (!text.starts_with(marker)) return {{}, text};
  const auto rest = text.substr(marker.size());
  const auto dot = rest.find('.');
  if (dot == std::string_view::npos || !config::dialect_of(rest.substr(0, dot))) return {{}, text};
  return {rest.substr(0, dot), rest.substr(dot + 1)};
}

std::string_view issuer_of(config::dialect d) {
  return config::to_string(d);
}

}  // namespace nearfar::providers::chat
