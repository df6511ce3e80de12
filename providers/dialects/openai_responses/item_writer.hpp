// Messages of no dialect as the items of a Responses `input`. Sans-I/O.
//
// A turn's parts become items in their order: reasoning stands before the call that it led to, as the vendor
// demands. Reasoning goes only to who signed it, for unsigned reasoning is looked for in the vendor's store;
// a request that came in this dialect keeps reasoning that nobody else signed.
#pragma once

#include "providers/dialects/chat_request.hpp"
#include "providers/dialects/openai_responses/notes.hpp"

#include <boost/json/array.hpp>

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace nearfar::providers::openai_responses {

class item_writer {
 public:
  item_writer(config::dialect from, std::string_view issuer, notes& left_out)
      : from_(from), issuer_(issuer), notes_(left_out) {}

  // False: problem() says what the dialect has no way to say.
  bool add(const chat::message& from);
  const std::string& problem() const { return problem_; }
  boost::json::array take() { return std::move(items_); }

 private:
  bool own() const { return from_ == config::dialect::openai_responses; }
  bool part(const chat::message& of, const chat::part& from);
  bool content(const chat::message& of, const chat::part& from);
  void begin_message(const chat::message& of, const chat::part& from);
  void end_message();
  void thoughts(const chat::part& from);
  void call(const chat::part& from);
  bool result(const chat::part& from);
  bool add_content(const chat::part& from, boost::json::array& to, bool assistant);
  void merge(const boost::json::object& extra, boost::json::object& to, std::string_view note);
  bool fail(std::string_view what);

  config::dialect from_;
  std::string_view issuer_;
  notes& notes_;
  boost::json::array items_;
  std::string problem_;
  // The message item at hand.
  bool open_ = false;
  bool plain_ = false;
  std::string item_id_;
  boost::json::object message_;
  boost::json::array parts_;
  // Calls without an id (Gemini's) are answered in their order.
  std::deque<std::string> unnamed_;
  std::uint64_t named_ = 0;
  std::vector<std::string> custom_;  // ids of custom tools' calls
};

}  // namespace nearfar::providers::openai_responses
