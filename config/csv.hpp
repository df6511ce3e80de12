// Comma-separated values, RFC 4180.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nearfar::config {

using csv_row = std::vector<std::string>;

// Quoted fields may hold commas, line breaks and doubled quotes. Lines end in LF or CRLF; a last one without
// is a row too, an empty line is none.
std::vector<csv_row> parse_csv(std::string_view text);

}  // namespace nearfar::config
