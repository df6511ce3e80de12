// The walk over `contents` and `systemInstruction` of a request: what is in them, how much, and whose.
// Sans-I/O. For request_reader.cpp: it includes simdjson.
#pragma once

#include "providers/dialects/json_walk.hpp"

#include <cstdint>
#include <string>

namespace nearfar::providers::gemini {

class content_walk {
 public:
  // False: `problem()` says what and where. `name` is the member that holds it.
  bool contents(json_walk::od::value v, std::string_view body);
  bool system(json_walk::od::value v, std::string_view body);

  const std::string& problem() const { return problem_; }
  std::uint64_t quarters() const { return quarters_; }
  bool images() const { return images_; }
  bool audio() const { return audio_; }
  bool reasoning_signed() const { return signed_; }
  // Of the system instruction and the first user turn, wherever they stand in the body.
  std::uint64_t opening() const;

 private:
  bool content(json_walk::od::value v);
  bool parts(json_walk::od::value v);
  bool part(json_walk::od::value v);
  bool member(std::string_view key, json_walk::od::value v);
  bool media(json_walk::od::value v, bool inlined);
  bool text(std::string_view token);
  bool weighed(json_walk::od::value v);
  bool opaque(json_walk::od::value v);
  bool fail(std::string_view what);

  std::string_view body_;
  std::string_view place_;
  std::string problem_;
  std::uint64_t index_ = 0;
  std::uint64_t quarters_ = 0;
  std::uint64_t system_ = 0;
  std::uint64_t first_turn_ = 0;
  std::uint64_t turn_ = 0;  // hash of the content at hand
  bool images_ = false;
  bool audio_ = false;
  bool signed_ = false;
  bool user_seen_ = false;
};

}  // namespace nearfar::providers::gemini
