// `contents` and `systemInstruction` as messages. Sans-I/O. For request_parser.cpp.
#pragma once

#include "providers/dialects/chat_request.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nearfar::providers::gemini {

class content_parser {
 public:
  explicit content_parser(std::vector<chat::message>& to) : to_(to) {}

  // False: `problem()` says what and where.
  bool system(const chat::json::value& v);
  bool contents(const chat::json::value& v);
  const std::string& problem() const { return problem_; }

 private:
  bool content(const chat::json::value& v);
  bool part(const chat::json::value& v, chat::message& into);
  bool member(const std::string& name, const chat::json::value& v, chat::part& out);
  bool call(const chat::json::value& v, chat::part& out);
  bool result(const chat::json::value& v, chat::part& out);
  bool media(const chat::json::value& v, chat::part& out);
  void put(chat::part&& one, chat::message& into);
  void answer_to(chat::part& result);
  void close(chat::message&& turn);
  bool fail(std::string_view what);

  struct open_call {
    std::string id;
    std::string name;
    bool answered = false;
  };

  std::vector<chat::message>& to_;
  std::string place_;
  std::string problem_;
  std::uint64_t turn_ = 0;
  std::uint64_t calls_ = 0;      // of this content
  std::vector<open_call> open_;  // of the last model turn
};

}  // namespace nearfar::providers::gemini
