// How a dialect writes what the splicer lets out, so that the client sees one answer. Each dialect has
// one; all that differs between them on the client's side is here. Sans-I/O.
#pragma once

#include "providers/dialects/usage.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace nearfar::providers::handover {

// One leg, for a client that asks how its answer came about.
struct leg_report {
  std::string_view target = {};  // provider/model
  std::string_view how = {};     // of the first leg empty; else native, instruct, restart
  std::string_view ended = {};   // empty: it ended the answer; else why it broke, one line
  std::uint64_t characters = 0;  // code points that the client has of it
  usage tokens = {};
  bool estimated = false;  // of tokens: it broke before it said
};

class leg_writer {
 public:
  virtual ~leg_writer() = default;

  // Each appends whole events to `to`. `text` is whole UTF-8; nothing is written for an empty one.
  virtual void text(std::string_view text, std::string& to) const = 0;
  virtual void finish(std::string_view reason, std::string& to) const = 0;
  virtual void tokens(const usage& sum, std::string& to) const = 0;
  virtual void done(std::string& to) const = 0;
  // In a form that no client takes for a part of the answer.
  virtual void legs(std::span<const leg_report> all, std::string& to) const = 0;
};

// What the legs cost together. The prompt of every leg was paid, so inputs add up as well; a price is
// known where every leg's is.
usage sum_of(std::span<const leg_report> all);

}  // namespace nearfar::providers::handover
