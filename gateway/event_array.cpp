#include "gateway/event_array.hpp"

namespace nearfar::gateway {

void event_array::push(std::string_view events, std::string& to) {
  events_.push(events);
  providers::sse_event event;
  for (;;) {
    const auto more = events_.next(event);
    if (!more || !*more) return;
    if (event.comment_only) {
      to += '\n';
      continue;
    }
    to += begun_ ? ",\r\n" : "[";
    begun_ = true;
    to += event.data;
  }
}

void event_array::end(std::string& to) {
  to += begun_ ? "\n]" : "[]";
}

}  // namespace nearfar::gateway
