#include "providers/dialects/openai_responses/event_text.hpp"

#include "providers/dialects/openai_responses/item_text.hpp"

#include <fmt/format.h>

#include <iterator>

namespace nearfar::providers::openai_responses {

void event_text::begin(std::string& to, std::string_view type) {
  fmt::format_to(std::back_inserter(to), "event: {0}\ndata: {{\"type\":\"{0}\",\"sequence_number\":{1}", type,
                 sequence_++);
}

void event_text::item(std::string& to, std::string_view type, std::uint32_t output,
                      std::string_view item_id) {
  begin(to, type);
  to.push_back(',');
  append_member(to, "item_id", item_id);
  fmt::format_to(std::back_inserter(to), ",\"output_index\":{}", output);
}

void event_text::added(std::string& to, std::uint32_t output) {
  begin(to, "response.output_item.added");
  fmt::format_to(std::back_inserter(to), ",\"output_index\":{},\"item\":", output);
}

void event_text::done(std::string& to, std::uint32_t output, std::string_view item) {
  begin(to, "response.output_item.done");
  fmt::format_to(std::back_inserter(to), ",\"output_index\":{},\"item\":", output);
  to.append(item);
  end(to);
  keep(output, item);
}

void event_text::keep(std::uint32_t output, std::string_view item) {
  if (items_.size() <= output) items_.resize(output + std::size_t{1});
  items_[output] = item;
}

std::string event_text::items() const {
  std::string all;
  for (const std::string& each : items_) {
    if (each.empty()) continue;
    if (!all.empty()) all.push_back(',');
    all.append(each);
  }
  return all;
}

}  // namespace nearfar::providers::openai_responses
