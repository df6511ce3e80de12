// What is left of something that halves again and again in the same time. Pure: the instants are given.
#pragma once

#include "routes/time.hpp"

#include <chrono>

namespace nearfar::routes {

using half_life = std::chrono::duration<double>;

// 1 where `to` is not later than `from`, then towards 0.
double left_after(instant from, instant to, half_life half);

// weight * left_after(from, to, half) >= least, mostly without working out the power.
bool is_left(double weight, instant from, instant to, half_life half, double least);

}  // namespace nearfar::routes
