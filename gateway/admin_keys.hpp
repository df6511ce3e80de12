// The keys of callers over the admin listener. Without I/O of its own but that of key_edit, so it may run on
// any one thread: the keeper's.
//
// GET /admin/keys; POST /admin/keys makes one; PATCH and DELETE /admin/keys/{name}; POST
// /admin/keys/{name}/rotate. A secret stands in the answers of POST, and nowhere else. What is answered is in
// force on every core.
#pragma once

#include "gateway/simple_answer.hpp"
#include "routes/policy.hpp"

#include <string>
#include <string_view>

namespace nearfar::gateway {

class key_keeper;

bool is_key_path(std::string_view path);

struct key_request {
  std::string method;
  std::string path;
  std::string body;
};

// On the keeper's thread. Models and tags must be known to `in`.
simple_answer answer_keys(key_keeper& keeper, const key_request& request, const routes::policy& in);

}  // namespace nearfar::gateway
