// The words by which the vendors name their failures, and what they mean. Sans-I/O.
#pragma once

#include "providers/dialects/failure_signs.hpp"
#include "routes/error.hpp"

namespace nearfar::providers {

// Decides on the words (code, then type), then on patterns of the message, then on the status.
// `status` 0: an error inside a 200 or a stream. Always one of the upstream kinds, never `none`.
routes::error_kind failure_kind(int status, const failure_signs& signs);

// The kind that a status has by itself.
routes::error_kind kind_of_status(int status);

}  // namespace nearfar::providers
