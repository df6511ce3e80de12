// A URL as the source of an image: a data URL taken apart, any other as it is. Sans-I/O.
#pragma once

#include "providers/dialects/chat_request.hpp"
#include "providers/dialects/data_url.hpp"

#include <string_view>

namespace nearfar::providers::openai_chat {

inline chat::media_source media_of_url(std::string_view url) {
  chat::media_source source;
  if (const auto parts = take_apart(url)) {
    source.mime = parts->mime;
    source.data = parts->data;
  } else {
    source.url = url;
  }
  return source;
}

}  // namespace nearfar::providers::openai_chat
