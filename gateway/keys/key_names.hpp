// Whether the policy knows what a key is to name.
#pragma once

#include "gateway/keys/key_edit.hpp"
#include "routes/policy.hpp"

#include <string>

namespace nearfar::gateway {

struct name_check {
  std::string wrong;    // the first model or tag that the policy does not know, with the nearest; empty: none
  bool is_sure = true;  // false: a provider lists its models itself (`models: discover`), and may yet have it
};

// Of the names in the wishes; what a key named before is left alone. A glob is known where a name
// or a target fits it.
name_check check_names(const key_wishes& of, const routes::policy& in);

}  // namespace nearfar::gateway
