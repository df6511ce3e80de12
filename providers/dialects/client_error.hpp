// An error as a client is to read it, in no dialect: each codec puts it into its own words.
#pragma once

#include "routes/error.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace nearfar::providers {

struct client_error {
  int status = 500;
  // What kind of failure it is: decides the vendor's `type` and `code`. Agents compact on too_long's.
  routes::error_kind kind = routes::error_kind::internal;
  std::string code = {};     // ours, or the upstream's own: "no_target", "context_length_exceeded"
  std::string message = {};  // one or two sentences for people; of an upstream's error, its own
  std::string param = {};    // the field that is wrong; empty: none
  std::string id = {};       // x-nearfar-id
};

}  // namespace nearfar::providers
