#include "providers/dialects/openai_responses/open_calls.hpp"

#include "providers/dialects/openai_responses/response_text.hpp"

#include <algorithm>
#include <utility>

namespace nearfar::providers::openai_responses {

namespace {

std::string_view delta_of(chat::call_form form) {
  return form == chat::call_form::custom ? "response.custom_tool_call_input.delta"
                                         : "response.function_call_arguments.delta";
}

std::string_view done_of(chat::call_form form) {
  return form == chat::call_form::custom ? "response.custom_tool_call_input.done"
                                         : "response.function_call_arguments.done";
}

}  // namespace

bool open_calls::has(std::uint32_t index) const {
  return std::any_of(all_.begin(), all_.end(), [&](const call& each) { return each.index == index; });
}

void open_calls::open(const chat::answer_event& event, std::uint32_t output, const response_text& names,
                      event_text& events, std::string& to) {
  call made;
  made.index = event.index;
  made.output = output;
  made.form = event.form;
  made.item_id = names.item_id(event.form == chat::call_form::custom ? "ctc" : "fc", output);
  made.call_id = event.id.empty() ? names.item_id("call", output) : std::string(event.id);
  made.name = event.name;
  events.added(to, output);
  append_call_item(to, {made.form, made.item_id, made.call_id, made.name, {}}, item_status::in_progress);
  events.end(to);
  all_.push_back(std::move(made));
}

void open_calls::arguments(const chat::answer_event& event, event_text& events, std::string& to) {
  const auto found =
      std::find_if(all_.begin(), all_.end(), [&](const call& each) { return each.index == event.index; });
  if (found == all_.end() || event.text.empty()) return;
  found->arguments.append(event.text);
  events.item(to, delta_of(found->form), found->output, found->item_id);
  to.push_back(',');
  append_member(to, "delta", event.text);
  events.end(to);
}

void open_calls::close(item_status how, event_text& events, std::string& to) {
  for (call& each : all_) {
    const bool custom = each.form == chat::call_form::custom;
    // Clients parse them: no arguments are an empty object.
    if (!custom && each.arguments.empty()) each.arguments = "{}";
    events.item(to, done_of(each.form), each.output, each.item_id);
    to.push_back(',');
    append_member(to, custom ? "input" : "arguments", each.arguments);
    events.end(to);
    std::string item;
    append_call_item(item, {each.form, each.item_id, each.call_id, each.name, each.arguments}, how);
    events.done(to, each.output, item);
  }
  all_.clear();
}

std::string_view open_calls::last_id() const {
  return all_.empty() ? std::string_view{} : std::string_view{all_.back().call_id};
}

}  // namespace nearfar::providers::openai_responses
