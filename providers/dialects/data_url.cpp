#include "providers/dialects/data_url.hpp"

namespace nearfar::providers {

namespace {

constexpr std::string_view scheme = "data:";
constexpr std::string_view encoding = ";base64,";

}  // namespace

bool is_data_url(std::string_view url) {
  return url.starts_with(scheme);
}

std::optional<data_url> take_apart(std::string_view url) {
  if (!is_data_url(url)) return std::nullopt;
  url.remove_prefix(scheme.size());
  const auto at = url.find(encoding);
  if (at == std::string_view::npos) return std::nullopt;
  return data_url{url.substr(0, at), url.substr(at + encoding.size())};
}

std::string to_data_url(std::string_view mime, std::string_view data) {
  std::string out;
  out.reserve(scheme.size() + mime.size() + encoding.size() + data.size());
  return out.append(scheme).append(mime).append(encoding).append(data);
}

}  // namespace nearfar::providers
