// Bodies of multipart/form-data (RFC 7578), as far as routing needs: where the part `model` is. Sans-I/O.
#pragma once

#include "providers/dialects/request_view.hpp"
#include "routes/error.hpp"

#include <string_view>

namespace nearfar::providers {

// Of a Content-Type; empty: it is no multipart/form-data, or names no boundary (RFC 2046, 5.1.1).
std::string_view form_boundary(std::string_view content_type);

struct form_scan {
  span_of model;  // the value, without the line break behind it
};

// Errors are of kind bad_request, side downstream: no part `model`, two of them, a part without an end.
// Bytes of files are passed over by looking for the boundary alone.
routes::result<form_scan> scan_form(std::string_view body, std::string_view boundary);

}  // namespace nearfar::providers
