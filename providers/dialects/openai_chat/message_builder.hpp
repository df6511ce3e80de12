// Messages of a conversation as openai-chat has them. Sans-I/O.
#pragma once

#include "providers/dialects/chat_request.hpp"
#include "providers/dialects/openai_chat/notes.hpp"

#include <deque>
#include <string>
#include <string_view>

namespace nearfar::providers::openai_chat {

// For the messages of one request, in their order. The same messages give the same JSON, and what is put
// behind them changes nothing of it: servers keep what they worked out for a prefix.
class message_builder {
 public:
  // `issuer`: whose signatures the target takes. Both outlive the builder.
  message_builder(config::dialect from, std::string_view issuer, notes& said)
      : same_(from == config::dialect::openai_chat), issuer_(issuer), notes_(said) {}

  // Tool messages take text alone, and stand right behind the calls: images in a result wait for the user's
  // turn behind the results, or become one.
  void write(const chat::message& from, chat::json::array& to);
  void finish(chat::json::array& to);

 private:
  void results(const chat::message& from, chat::json::array& to);
  void result(const chat::message& from, const chat::part& part, chat::json::array& to);
  void turn(const chat::message& from, chat::json::array& to);
  chat::json::object head(const chat::message& from);
  void user_content(const chat::message& from, chat::json::object& to);
  void assistant(const chat::message& from, chat::json::object& to);
  void reasoning(const chat::message& from, chat::json::object& to);
  void detail(const chat::part& part, chat::json::array& to);
  void call(const chat::part& part, chat::json::object& message);
  void close(const chat::message& from, chat::json::object& to);
  bool content_part(const chat::part& part, chat::json::array& to);
  bool keeps_signature(const chat::part& part);
  std::string id_of_call(const chat::part& part);
  std::string id_of_result(const chat::part& part);
  void extras(const chat::json::object& from, chat::json::object& to);

  bool same_;
  std::string_view issuer_;
  notes& notes_;
  chat::json::array lifted_;  // images and files of results, with a line that says whose they are
  std::string lifted_for_;    // the call that the last of them belongs to
  std::deque<std::pair<std::string, std::string>> unnamed_;  // calls without an id: tool, and the id given
  std::size_t ids_ = 0;
};

}  // namespace nearfar::providers::openai_chat
