// Memory of coroutine frames, kept for the next frame of the same size.
//
// A query runs through about nine coroutines, some of whose frames are larger than what the C library keeps
// at hand per thread; taking those from it was 6 % of a query's instructions (callgrind).
#pragma once

#include <cstddef>

namespace nearfar::providers {

// Aligned as operator new aligns. Each thread keeps its own; a frame may be given back on another thread than
// the one that took it. `size` is the one it was taken with.
void* take_frame(std::size_t size);
void give_frame(void* frame, std::size_t size) noexcept;

}  // namespace nearfar::providers
