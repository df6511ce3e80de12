// One message of an openai-chat request as a chat::message, losing nothing. Sans-I/O.
#pragma once

#include "providers/dialects/chat_request.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace nearfar::providers::openai_chat {

// For the messages of one request, in their order: a deprecated function message belongs to the call before
// it.
class message_parser {
 public:
  // Moves out of `v`. False: problem() says what is wrong and where.
  bool parse(chat::json::value& v, chat::message& to);
  const std::string& problem() const { return problem_; }

 private:
  bool role_of(const chat::json::object& from, chat::message& to);
  bool content(chat::json::value& v, std::vector<chat::part>& to, bool& plain, chat::json::object& spelling);
  bool content_part(chat::json::value& v, std::vector<chat::part>& to);
  bool media_part(std::string_view type, chat::json::object& from, chat::part& to);
  bool source(std::string_view url, chat::media_source& to);
  bool calls(chat::json::value& v, chat::message& to);
  bool call(chat::json::value& v, chat::message& to);
  bool function_call(chat::json::value& v, chat::message& to);
  bool result(chat::json::object& from, chat::message& to);
  bool fail(std::string_view what);

  std::string problem_;
  std::size_t index_ = 0;
  std::size_t functions_ = 0;  // deprecated calls so far: they have no ids
};

}  // namespace nearfar::providers::openai_chat
