// Names of queries: `nfq-`, and in hexadecimal the Unix millisecond in which it began, the core, and 64
// random bits. The time is there for the ledger, which finds a query without an index over random numbers.
//
// Who knows the id of a running query may cancel it, so it must not be guessed from other ids: the bits
// come from the kernel's generator, in blocks, which costs about 40 ns an id (measured). The core's own
// jitter source gives its whole state away with one value.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nearfar::gateway {

struct query_id {
  std::uint64_t began_ms = 0;  // 44 bits, until the year 2527
  unsigned core = 0;           // 16 bits
  std::uint64_t secret = 0;
};

std::string to_string(const query_id& id);
// The same, in memory that is used again.
void write_to(std::string& out, const query_id& id);
// Nullopt: no text that to_string() makes.
std::optional<query_id> parse_query_id(std::string_view text);
// Any text that a ledger may have as one: ids had no time once.
bool may_be_query_id(std::string_view text);

// One per core, not thread safe.
class secret_source {
 public:
  std::uint64_t next();

 private:
  // A getrandom() of up to 256 bytes is never interrupted (getrandom(2)).
  std::array<std::uint64_t, 32> words_{};
  std::size_t left_ = 0;
};

// Of a query that begins now.
query_id next_query_id(unsigned core, secret_source& secrets);

}  // namespace nearfar::gateway
