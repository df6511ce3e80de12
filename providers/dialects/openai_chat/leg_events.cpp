#include "providers/dialects/openai_chat/leg_events.hpp"

#include "providers/dialects/openai_chat/error_writer.hpp"

#include <algorithm>

namespace nearfar::providers::openai_chat {

leg_events::leg_events(const begun_answer& from)
    : id_(from.id),
      created_(static_cast<std::uint64_t>(std::max<std::int64_t>(from.created, 0))),
      model_(from.model),
      writer_(id_, created_, model_) {}

void leg_events::write(const chat::answer_event& event, std::string& to) {
  switch (event.kind) {
    case chat::event_kind::text:
      writer_.text(event.text, to);
      break;
    case chat::event_kind::finish:
      writer_.finish(event.native, to);
      break;
    case chat::event_kind::usage:
      if (event.tokens != nullptr) writer_.tokens(*event.tokens, to);
      break;
    case chat::event_kind::end:
      writer_.done(to);
      break;
    default:
      break;
  }
}

void leg_events::fail(const client_error& why, std::string& to) {
  to += error_event(id_, created_, model_, why.code, why.message);
}

}  // namespace nearfar::providers::openai_chat
