// The items of a Responses `input` as messages of no dialect. Sans-I/O.
//
// All items of the assistant between two of the client's make one message, in their order, so that the
// calls of one turn stand together, as every other dialect wants them; two messages in a row without a
// call between them stay two. Each part of it bears its item's id. What a message item has besides its
// content (`phase`) stands in its first part's extra, under "message". `status: completed` means nothing
// in a request and goes. An item of a type that is not known is an opaque part with that type for its name;
// an opaque part of a message has none.
#pragma once

#include "providers/dialects/chat_request.hpp"

#include <boost/json/object.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace nearfar::providers::openai_responses {

class item_parser {
 public:
  // False: problem() names the place.
  bool add(const boost::json::value& item);
  const std::string& problem() const { return problem_; }
  // Once, after the last item.
  std::vector<chat::message> take();

 private:
  // A signature whose call may stand after it.
  struct loose_seal {
    std::string call_id;
    std::string issuer;
    std::string signature;
  };

  bool message(const boost::json::object& from);
  bool assistant_message(const boost::json::object& from);
  bool content(const boost::json::value& from, chat::message& to);
  bool call(const boost::json::object& from, chat::call_form form);
  bool result(const boost::json::object& from, chat::call_form form);
  bool reasoning(const boost::json::object& from);
  void opaque(const boost::json::object& from, std::string_view type);
  chat::message& assistant_turn();
  chat::message& turn_for_text();
  bool fail(std::string_view what);

  std::vector<chat::message> messages_;
  std::vector<loose_seal> loose_;
  std::size_t index_ = 0;
  std::string problem_;
};

}  // namespace nearfar::providers::openai_responses
