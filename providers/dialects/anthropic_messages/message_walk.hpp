// The walk over `system` and `messages` of a request: what is in them, how much, and whose. Sans-I/O.
// For request_reader.cpp: it includes simdjson.
#pragma once

#include "providers/dialects/json_walk.hpp"
#include "providers/dialects/request_view.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nearfar::providers::anthropic_messages {

// Rough weights of what is not text, in tokens: openai_chat's for the same things.
inline constexpr std::uint64_t image_tokens = 800;
inline constexpr std::uint64_t file_tokens = 2000;
inline constexpr std::uint64_t message_tokens = 4;  // role and separators

class message_walk {
 public:
  // False: `problem()` says what and where. The value, of `body`, is wholly consumed when true.
  bool messages(json_walk::od::value v, std::string_view body);
  bool system(json_walk::od::value v, std::string_view body);

  const std::string& problem() const { return problem_; }
  std::uint64_t quarters() const { return quarters_; }
  bool images() const { return images_; }
  bool reasoning_signed() const { return signed_; }
  // Offsets in the body; see request_view. Of answers that another vendor's model gave to this client: their
  // thoughts bear no signature, or the name of another issuer before it.
  const std::vector<span_of>& foreign_thoughts() const { return foreign_; }
  bool foreign_thought_last() const { return foreign_last_; }
  // Of the system text and of what comes up to the first user turn, whichever stands first in the body.
  // Raw bytes: a client that escapes the same text in another way starts another conversation.
  std::uint64_t opening() const;

 private:
  struct block;

  bool message(json_walk::od::value v);
  bool content(json_walk::od::value v, int depth);
  bool one_block(json_walk::od::value v, int depth, bool& foreign);
  bool block_member(json_walk::od::field& field, block& at, int depth);
  bool source(json_walk::od::value v, block& at, int depth);
  bool source_member(json_walk::od::field& field, block& at, int depth);
  bool text(std::string_view token);
  bool weighed(json_walk::od::value v, int depth);
  bool opaque(json_walk::od::value v, int depth);
  void settle(const block& at);
  bool fail(std::string_view what);
  bool broken();

  std::string_view body_;
  std::string problem_;
  std::string_view in_ = "messages";
  std::uint64_t index_ = 0;
  std::uint64_t quarters_ = 0;
  std::uint64_t system_ = 0;
  std::uint64_t opening_ = 0;
  std::uint64_t turn_ = 0;  // hash of the texts of what is at hand
  bool images_ = false;
  bool signed_ = false;
  std::vector<span_of> foreign_;
  bool foreign_last_ = false;
  bool user_seen_ = false;
};

}  // namespace nearfar::providers::anthropic_messages
