// How a failed check prints a result: Boost's own printing needs a value that prints.
#pragma once

#include "routes/error.hpp"

#include <catch2/catch_tostring.hpp>

#include <string>

template <class T>
struct Catch::StringMaker<boost::system::result<T, nearfar::routes::error>> {
  static std::string convert(const boost::system::result<T, nearfar::routes::error>& r) {
    if (r) return "a value";
    return std::string(nearfar::routes::to_string(r.error().kind)) + ": " + r.error().context;
  }
};
