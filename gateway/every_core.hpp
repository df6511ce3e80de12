// News for all cores.
#pragma once

#include <functional>

namespace nearfar::gateway {

struct core;
struct shared_state;

// Does it on each core's own thread, and returns when all have, so that who is told "done" afterwards finds
// it so. A core that does not come to it within a second is busy, not gone: it does it later. From any thread
// but a core's.
void tell_every_core(shared_state& of, const std::function<void(core&)>& news);

}  // namespace nearfar::gateway
