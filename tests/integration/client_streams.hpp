// Streams put together the way the vendors' own clients do it, strict about the order of events.
#pragma once

#include <boost/json.hpp>

#include <string>
#include <string_view>

namespace nearfar::tests {

// Empty `wrong`: every event came where the client expects one like it.
struct heard_message {
  std::string wrong;
  boost::json::array content;
  std::string stop_reason;
};
heard_message hear_messages_stream(std::string_view body);

struct heard_response {
  std::string wrong;
  boost::json::array output;   // of the items' own `done` events
  boost::json::object closed;  // the response of the last event
  std::string last;            // its type
};
heard_response hear_responses_stream(std::string_view body);

}  // namespace nearfar::tests
