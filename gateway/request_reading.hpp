// A client's body read in the dialect of its path.
#pragma once

#include "gateway/core.hpp"
#include "gateway/query_path.hpp"
#include "gateway/request_head.hpp"
#include "providers/dialects/request_view.hpp"

#include <string_view>

namespace nearfar::gateway {

// Fills `out` with what the body and the path say. Errors are of kind bad_request with the place in
// `context`. `body` has body_padding readable bytes behind it.
routes::result<void> read_request(core& on, const query_path& path, const request_head& head,
                                  std::string_view body, providers::request_view& out);

}  // namespace nearfar::gateway
