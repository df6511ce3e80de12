#include "gateway/request_reading.hpp"

#include "gateway/query_kinds.hpp"
#include "providers/dialects/codec.hpp"
#include "providers/dialects/multipart.hpp"
#include "providers/dialects/plain_json/request_reader.hpp"
#include "providers/dialects/text_measure.hpp"

namespace nearfar::gateway {

namespace {

routes::error unreadable(std::string why) {
  auto out = routes::make_error(routes::error_kind::bad_request, std::move(why));
  out.side = routes::error_side::downstream;
  return out;
}

providers::request_reader* reader_of(core& on, config::dialect d) {
  auto& kept = on.readers.at(static_cast<std::size_t>(d));
  if (!kept) {
    const auto* codec = providers::codec_of(d);
    if (codec != nullptr) kept = codec->make_request_reader();
    if (codec == nullptr && !config::is_chat(d))
      kept = std::make_unique<providers::plain_json::request_reader>();
  }
  return kept.get();
}

routes::result<void> read_form(std::string_view boundary, std::string_view body,
                               providers::request_view& out) {
  const auto form = providers::scan_form(body, boundary);
  if (!form) return form.error();
  out = {};
  out.body = body;
  out.model_text.assign(body.substr(form->model.offset, form->model.length));
  out.model = form->model;
  out.members.push_back({"model", form->model});
  out.last_member_end = body.size();
  out.facts.model = out.model_text;
  out.facts.body_bytes = body.size();
  return {};
}

}  // namespace

routes::result<void> read_request(core& on, const query_path& path, const request_head& head,
                                  std::string_view body, providers::request_view& out) {
  if (path.in == config::dialect::openai_chat) return on.reader.read(body, out);
  if (const auto boundary = providers::form_boundary(head.find("content-type")); !boundary.empty()) {
    if (config::is_chat(path.in)) return unreadable("send JSON to this path");
    return read_form(boundary, body, out);
  }
  auto* reader = reader_of(on, path.in);
  if (reader == nullptr) return unreadable("this dialect is not served");
  if (auto read = reader->read(body, out); !read) return std::move(read).error();
  if (!path.model.empty()) {
    auto name = percent_decoded(path.model);
    if (!name) return unreadable("the model's name in the path holds a percent sign without two digits");
    out.model_text = std::move(*name);
    out.facts.model = out.model_text;
  }
  if (path.stream) out.facts.stream = *path.stream;
  // Whatever comes passes unread, events or not.
  if (is_opaque(path.in)) out.facts.stream = false;
  return {};
}

}  // namespace nearfar::gateway
