// Just enough HTTP/1.1 for a double: a request head as it came, and heads as they go.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nearfar::support {

struct request_head {
  std::string raw;  // every byte, with the empty line
  std::string method;
  std::string target;
  int minor_version = 1;
  std::vector<std::pair<std::string, std::string>> fields;  // names as they came
  std::optional<std::uint64_t> content_length;
  bool chunked = false;
  bool keep_alive = true;
  bool expect_continue = false;

  std::string_view path() const;  // the target without its query
  // The first field of that name (ASCII case does not count); empty: none.
  std::string_view field(std::string_view name) const;
  bool has(std::string_view name) const;
};

// `raw` ends in the empty line. Nothing: not a request head.
std::optional<request_head> parse_request_head(std::string_view raw);

// Removes one chunked body from `bytes` at `offset`. Nothing yet: not all of it is there.
struct dechunked {
  std::string body;
  std::size_t end = 0;  // offset behind the last chunk and its trailer
  bool bad = false;
};
std::optional<dechunked> dechunk(std::string_view bytes, std::size_t offset);

bool same_name(std::string_view a, std::string_view b);  // ASCII, case does not count
std::string_view reason_phrase(int status);

// The bytes as a gzip member of stored (not compressed) blocks: valid gzip, any decoder takes it.
std::string gzip_stored(std::string_view bytes);

// Lower-case hex.
std::string sha256_hex(std::string_view bytes);

}  // namespace nearfar::support
