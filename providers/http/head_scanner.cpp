#include "providers/http/head_scanner.hpp"

#include "providers/http/field_text.hpp"

namespace nearfar::providers {
scan head_scanner::line_end() {
  if (take("\r\n")) return scan::field;
  if (whole()) return scan::more;
  if (*at_ != '\r') return scan::bad_value;
  return left() == 1 ? scan::more : scan::bad_line_end;
}

scan head_scanner::next(header_field& out) {
  if (whole()) return scan::more;
  if (*at_ == '\r') {
    const auto last = line_end();
    return last == scan::field ? scan::end : last;
  }
  const char* const colon = end_of_token(at_, end_);
  if (colon == end_) return scan::more;
  if (colon == at_ || *colon != ':') return scan::bad_name;
  const char* from = colon + 1;
  while (from != end_ && is_blank(*from)) ++from;
  const char* const to = end_of_text(from, end_);
  if (to == end_) return scan::more;
  if (*to != '\r') return scan::bad_value;
  // Only the byte behind the line tells whether it goes on in the next one.
  if (end_ - to < 3) return scan::more;
  if (to[1] != '\n') return scan::bad_line_end;
  const char* last = to;
  while (last != from && is_blank(last[-1])) --last;
  out.name = span(at_, colon);
  out.value = span(from, last);
  if (is_blank(to[2])) return scan::folded;
  out.is = nature_of(out.name);
  at_ = to + 2;
  return scan::field;
}

bool connection_options::take(std::string_view value) {
  while (!value.empty()) {
    const auto comma = value.find(',');
    const auto option = trim_blanks(value.substr(0, comma));
    if (!option.empty()) {
      if (!is_token(option)) return false;
      take_one(option);
    }
    if (comma == std::string_view::npos) break;
    value.remove_prefix(comma + 1);
  }
  return true;
}

void connection_options::take_one(std::string_view option) {
  if (same_token(option, "keep-alive")) {
    keep_alive_ = true;
  } else if (same_token(option, "close")) {
    close_ = true;
  } else if (same_token(option, "upgrade")) {
    upgrade_ = true;
  } else {
    names_fields_ = true;
  }
}

void connection_options::hold_back_named(std::span<header_field> fields) {
  for (const auto& by : fields) {
    if (by.is.known != known_field::connection) continue;
    for (auto& field : fields) {
      if (list_has(by.value, field.name)) field.is.goes = passage::nowhere;
    }
  }
}

}  // namespace nearfar::providers
