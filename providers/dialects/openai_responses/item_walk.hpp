// The walk over `input` of a Responses request: what is in it, how much, and whose. Sans-I/O.
// For request_reader.cpp: it includes simdjson.
#pragma once

#include "providers/dialects/json_walk.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace nearfar::providers::openai_responses {

class item_walk {
 public:
  // A string, or an array of items. False: `problem()` says what and where. `input`, of `body`, is wholly
  // consumed when true.
  bool walk(json_walk::od::value input, std::string_view body);

  const std::string& problem() const { return problem_; }
  std::uint64_t quarters() const { return quarters_; }
  bool images() const { return images_; }
  bool audio() const { return audio_; }
  bool reasoning_signed() const { return signed_; }
  // Of the system texts that come before the first user turn, and of that turn. Raw bytes: a client that
  // escapes the same text in another way starts another conversation.
  std::uint64_t opening() const { return opening_; }

 private:
  struct item_facts {
    std::string_view type;
    std::string_view role;
  };
  struct part_facts {
    bool image = false;
    bool file = false;
  };

  bool item(json_walk::od::value v);
  bool member(json_walk::od::field& field, item_facts& found);
  bool content(json_walk::od::value v, std::string_view name);
  bool part(json_walk::od::value v, std::string_view name);
  bool part_member(json_walk::od::field& field, part_facts& found, std::string_view name);
  bool sound(json_walk::od::value v, std::string_view name);
  bool text(std::string_view token, std::string_view name);
  bool opaque(json_walk::od::value v, std::string_view name);
  bool finish_item(const item_facts& found);
  bool fail(std::string_view name, std::string_view what);
  bool broken(std::string_view name);

  std::string_view body_;
  std::string problem_;
  std::uint64_t index_ = 0;
  std::uint64_t quarters_ = 0;
  std::uint64_t opening_ = 0;
  std::uint64_t turn_ = 0;  // hash of the item at hand
  bool images_ = false;
  bool audio_ = false;
  bool signed_ = false;
  bool user_seen_ = false;
};

}  // namespace nearfar::providers::openai_responses
