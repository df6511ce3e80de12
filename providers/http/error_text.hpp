// What the operating system says, as part of a sentence.
#pragma once

#include "providers/http/field_text.hpp"

#include <boost/system/error_code.hpp>

#include <string>

namespace nearfar::providers {

// "connection refused". Abbreviations such as "SSL" keep their case.
inline std::string reason(const boost::system::error_code& ec) {
  std::string text = ec.message();
  const bool word = text.size() > 1 && lower_ascii(text[1]) == text[1];
  if (word) text[0] = lower_ascii(text[0]);
  return text;
}

}  // namespace nearfar::providers
