#include "providers/dialects/gemini/content_writer.hpp"

#include "providers/dialects/gemini/dom.hpp"
#include "providers/dialects/member_list.hpp"

#include <boost/json/serialize.hpp>

namespace nearfar::providers::gemini {

namespace json = boost::json;
using chat::part_kind;
using chat::role;

namespace {

// The text of a user turn that stands where the API wants one and the client had none.
constexpr std::string_view opening_text = "(The conversation goes on.)";

std::string list(std::string parts) {
  return parts.append("]");
}

}  // namespace

std::string content_writer::system() const {
  if (system_parts_ == "[") return {};
  member_list out;
  for (const auto& [key, v] : system_extra_) out.put(dom::view(key), json::serialize(v));
  out.put("parts", system_parts_ + "]");
  return out.text();
}

void content_writer::check_message(const chat::message& from) {
  if (!from.name.empty()) note(*how_.notes, "message name: gemini has none");
  if (from.extra.empty()) return;
  if (how_.from != config::dialect::gemini) {
    note(*how_.notes, "message fields: gemini has no place for those of another dialect");
    return;
  }
  for (const auto& [key, v] : from.extra) turn_extra_[key] = v;
}

routes::result<void> content_writer::write(const std::vector<chat::message>& messages) {
  for (const auto& each : messages) {
    const auto written = message(each);
    if (written.has_error()) return written;
  }
  leave_model();
  return leave_user();
}

routes::result<void> content_writer::message(const chat::message& from) {
  switch (from.who) {
    case role::system:
    case role::developer:
      return system_message(from);
    case role::assistant:
      return assistant(from);
    case role::user:
    case role::tool:
      break;
  }
  return user(from);
}

// System texts at the beginning are the instruction; a later one is said where it stands, by the user.
routes::result<void> content_writer::system_message(const chat::message& from) {
  if (turns_seen_ && !from.on_top) {
    note(*how_.notes, "system: a later one is sent as the user's");
    return user(from);
  }
  if (!system_apart_) {
    note(*how_.notes, "system: the model has no instruction, sent as the user's");
    return user(from);
  }
  if (how_.from == config::dialect::gemini) {
    system_extra_ = from.extra;
  } else {
    check_message(from);
  }
  for (const auto& each : from.parts) {
    const auto written = append_part(system_parts_, each, how_);
    if (written.has_error()) return written.error();
  }
  return {};
}

routes::result<void> content_writer::assistant(const chat::message& from) {
  if (!turns_seen_ && how_.from != config::dialect::gemini) {
    note(*how_.notes, "the first turn: one of the user's is put before the model's");
    chat::message opening;
    opening.who = role::user;
    opening.parts.emplace_back().text.assign(opening_text);
    const auto opened = user(opening);
    if (opened.has_error()) return opened;
  }
  auto left = leave_user();
  if (left.has_error()) return left;
  if (!model_open_) calls_.clear();
  turns_seen_ = true;
  model_open_ = true;
  check_message(from);
  for (const auto& each : from.parts) {
    if (each.kind == part_kind::tool_result) {
      note(*how_.notes, "tool result: one within the model's own turn is left out");
    } else if (each.kind == part_kind::tool_call) {
      // Of parallel calls the first one bears the signature.
      append_call(model_parts_, each, how_.takes == generation::later && !signed_call_, how_);
      signed_call_ = true;
      calls_.push_back({&each, nullptr});
    } else {
      const auto written = append_part(model_parts_, each, how_);
      if (written.has_error()) return written.error();
    }
  }
  return {};
}

routes::result<void> content_writer::user(const chat::message& from) {
  leave_model();
  turns_seen_ = true;
  user_open_ = true;
  check_message(from);
  for (const auto& each : from.parts) {
    if (each.kind == part_kind::tool_result) {
      result(each);
    } else if (each.kind == part_kind::tool_call) {
      note(*how_.notes, "tool call: one in a user's turn is left out");
    } else {
      const auto written = append_part(user_parts_, each, how_);
      if (written.has_error()) return written.error();
    }
  }
  return {};
}

void content_writer::result(const chat::part& from) {
  for (auto& each : calls_) {
    if (each.result || each.call->id != from.id) continue;
    each.result = &from;
    return;
  }
  note(*how_.notes, "tool result: one without its call in the turn before is left out");
}

// A call whose result is missing is answered with an error: the number must be that of the calls.
routes::result<void> content_writer::append_results(std::string& to) {
  std::vector<const chat::part*> beside;
  chat::part missing;
  missing.kind = part_kind::tool_result;
  missing.failed = true;
  missing.content.emplace_back().text = "no result";
  for (const auto& each : calls_) {
    if (!each.result) note(*how_.notes, "tool result: a missing one is sent as an error");
    missing.id = each.call->id;
    const auto written =
        append_result(to, each.result ? *each.result : missing, each.call->name, beside, how_);
    if (written.has_error()) return written;
  }
  for (const auto* each : beside) {
    note(*how_.notes, "tool result: media are sent beside it");
    const auto written = append_part(to, *each, how_);
    if (written.has_error()) return written.error();
  }
  return {};
}

routes::result<void> content_writer::leave_user() {
  if (!user_open_) return {};
  std::string parts = "[";
  if (!calls_.empty()) {
    const auto written = append_results(parts);
    if (written.has_error()) return written;
  }
  if (user_parts_.size() > 1) {
    if (parts.size() > 1) parts.push_back(',');
    parts.append(user_parts_, 1);
  }
  close("user", std::move(parts), turn_extra_);
  user_parts_ = "[";
  turn_extra_.clear();
  calls_.clear();
  user_open_ = false;
  return {};
}

void content_writer::leave_model() {
  if (!model_open_) return;
  close("model", std::move(model_parts_), turn_extra_);
  model_parts_ = "[";
  turn_extra_.clear();
  model_open_ = false;
  signed_call_ = false;
}

void content_writer::close(std::string_view role, std::string parts, const json::object& extra) {
  const bool nothing = parts.size() == 1;
  if (nothing && how_.from != config::dialect::gemini) return;  // a turn without parts is refused
  member_list turn;
  turn.put_text("role", role);
  turn.put("parts", list(std::move(parts)));
  for (const auto& [key, v] : extra) turn.put(dom::view(key), json::serialize(v));
  if (contents_.size() > 1) contents_.push_back(',');
  turn.write(contents_);
}

}  // namespace nearfar::providers::gemini
