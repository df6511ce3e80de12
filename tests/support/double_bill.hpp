// What the upstream double would send its customer a bill for: counted from what it has put on the wire, with
// nothing of the gateway's own counting in it.
#pragma once

#include <cstdint>
#include <string>

namespace nearfar::support {

enum class request_outcome : std::uint8_t { receiving, answering, completed, cancelled, broken };

// An answer that reached its end bills its usage as the behaviour gives it, whether the client heard of it or
// not. One that broke off, or was cancelled, bills the prompt and the tokens that are on the wire: a content
// token each, a tool call one. An answer that is no stream goes on the wire at once, so before that it bills
// the prompt alone. A failure in place of an answer, a count of tokens, and a break before the head bill
// nothing. With `full_bill` a client that went away pays for the whole answer.
struct billed_tokens {
  std::uint64_t prompt = 0;      // cached and written ones are part of it
  std::uint64_t completion = 0;  // reasoning is part of it
  std::uint64_t cached = 0;
  std::uint64_t cache_write = 0;

  bool operator==(const billed_tokens&) const = default;
  bool nothing() const { return *this == billed_tokens{}; }
  void add(const billed_tokens& more) {
    prompt += more.prompt;
    completion += more.completion;
    cached += more.cached;
    cache_write += more.cache_write;
  }
};

struct billed_request {
  std::uint64_t number = 0;  // as in recorded_request
  std::string model{};       // as asked for
  request_outcome outcome = request_outcome::answering;
  bool whole = false;  // the answer reached its end
  bool left = false;   // the client closed it before
  billed_tokens tokens{};
};

}  // namespace nearfar::support
