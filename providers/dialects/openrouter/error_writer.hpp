// Errors in OpenRouter's envelope, with the words of its API reference (`ApiErrorType`, `availability`).
// Sans-I/O.
#pragma once

#include "routes/error.hpp"
#include "routes/plan.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nearfar::providers::openrouter {

struct failed_attempt {
  std::string provider;
  std::string code;  // routes::error_kind's word
  int status = 0;    // 0: none came
};

struct error_terms {
  int status = 500;
  routes::error_kind kind = routes::error_kind::none;  // none: as the status says
  std::string_view code = {};                          // ours: "model_not_found", "guard"
  std::string_view message = {};
  std::string_view provider = {};  // whose error it is; empty: ours
  std::string_view raw = {};       // the provider's body, as it came
  std::string_view model = {};     // as the client asked
  routes::drop_reason excluded_by = routes::drop_reason::kept;
  std::optional<std::uint64_t> retry_after = {};  // seconds
  std::vector<failed_attempt> previous = {};
  std::string_view metadata = {};  // router metadata, a JSON object; empty: none
};

std::string error_body(const error_terms& what);
// The event that ends a broken stream.
std::string error_event(std::string_view id, std::uint64_t created, std::string_view model,
                        const error_terms& what);

std::string_view error_type(routes::error_kind kind, int status);
// The code of `availability`; empty: the failure is none of availability.
std::string_view availability_code(const error_terms& what);
// A word of `excluded_by`; empty: OpenRouter has none for it.
std::string_view excluded_word(routes::drop_reason by);

}  // namespace nearfar::providers::openrouter
