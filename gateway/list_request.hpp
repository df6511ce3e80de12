// GET of a provider's list of models.
#pragma once

#include "config/model_lists.hpp"
#include "providers/http/exchange.hpp"
#include "routes/error.hpp"

#include <string>

namespace nearfar::gateway {

// The list, or the reason in one line, without the key. Cancelled by `call.cancel()`. The call is left
// unfinished, so that its connection closes with it: the next list is far away. The provider lives as long as
// the coroutine.
providers::task<routes::result<config::model_list>> request_list(providers::exchange& call,
                                                                 const config::provider& from);

}  // namespace nearfar::gateway
