// The walk over `messages` of a chat request: what is in them, how much, and whose. Sans-I/O.
// For request_reader.cpp: it includes simdjson.
#pragma once

#include "providers/dialects/json_walk.hpp"
#include "providers/dialects/request_view.hpp"

#include <cstdint>
#include <string>

namespace nearfar::providers::openai_chat {

// Rough weights of what is not text, in tokens. An image costs 85 to 1,600 with the vendors at hand;
// sound at 128 kbit/s is about 10 tokens per 21,000 characters of base64.
inline constexpr std::uint64_t image_tokens = 800;
inline constexpr std::uint64_t file_tokens = 2000;
inline constexpr std::uint64_t audio_characters_per_token = 2048;
inline constexpr std::uint64_t message_tokens = 4;  // role and separators

class message_walk {
 public:
  // False: `problem()` says what and where. `messages`, of `body`, is wholly consumed when true.
  bool walk(json_walk::od::value messages, std::string_view body);

  const std::string& problem() const { return problem_; }
  std::uint64_t quarters() const { return quarters_; }
  bool images() const { return images_; }
  bool audio() const { return audio_; }
  bool reasoning_signed() const { return signed_; }
  // Sets what the messages say; leaves the rest.
  void signs(request_signs& to) const;
  // Of the system texts that come before the first user turn, and of that turn. Raw bytes: a client
  // that escapes the same text in another way starts another conversation.
  std::uint64_t opening() const { return opening_; }

 private:
  enum class role : std::uint8_t { other, system, user, assistant };

  bool message(json_walk::od::value v);
  bool member(json_walk::od::field& field, role& who);
  bool content(json_walk::od::value v);
  void end_of_message(role who);
  bool part(json_walk::od::value v);
  bool part_member(json_walk::od::field& field);
  bool text(std::string_view token, std::string_view name);
  bool signatures(json_walk::od::value v, int depth);
  bool signature_member(std::string_view key, json_walk::od::value v, int depth);
  bool opaque(json_walk::od::value v, std::string_view name);
  bool fail(std::string_view name, std::string_view what);
  bool broken(std::string_view name);

  std::string_view body_;
  std::string problem_;
  std::uint64_t index_ = 0;
  std::uint64_t quarters_ = 0;
  std::uint64_t opening_ = 0;
  std::uint64_t turn_ = 0;  // hash of the message at hand
  bool images_ = false;
  bool audio_ = false;
  bool signed_ = false;
  bool user_seen_ = false;
  bool content_seen_ = false;  // in the message at hand
  bool late_ = false;          // a turn that is no system text has come
  role last_ = role::other;
  request_signs seen_;
};

}  // namespace nearfar::providers::openai_chat
