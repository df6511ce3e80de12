#include "providers/dialects/openai_responses/event_walk.hpp"

#include "providers/dialects/openai_chat/usage_walk.hpp"

namespace nearfar::providers::openai_responses {

namespace od = json_walk::od;
using json_walk::is_string;
using json_walk::token;

namespace {

// What is no string is nothing, as null is.
bool take(od::value& v, std::string& to) {
  if (!is_string(token(v))) return true;
  std::string_view text;
  if (v.get_string().get(text)) return false;
  to.assign(text);
  return true;
}

bool add(od::value& v, std::string& to, std::string_view between) {
  if (!is_string(token(v))) return true;
  std::string_view text;
  if (v.get_string().get(text)) return false;
  if (!to.empty()) to.append(between);
  to.append(text);
  return true;
}

class walking {
 public:
  walking(std::string_view data, walked_event& out) : data_(data), out_(out) {}

  bool member(od::field& f);

 private:
  bool item(od::value v);
  bool item_member(od::field& f);
  bool content(od::value v);
  bool summary(od::value v);
  bool response(od::value v);
  bool response_member(od::field& f);
  bool reason(od::value v);
  bool raw(od::value& v, std::string& to);

  template <class F>
  bool fields(od::value& v, F&& f) {
    od::object object;
    simdjson::error_code error = simdjson::SUCCESS;
    if (!token(v).starts_with('{')) return true;
    return !v.get_object().get(object) && json_walk::each_field(object, error, std::forward<F>(f));
  }

  template <class F>
  bool elements(od::value& v, F&& f) {
    od::array array;
    simdjson::error_code error = simdjson::SUCCESS;
    if (!token(v).starts_with('[')) return true;
    return !v.get_array().get(array) && json_walk::each_element(array, error, std::forward<F>(f));
  }

  std::string_view data_;
  walked_event& out_;
};

bool walking::raw(od::value& v, std::string& to) {
  const std::string_view first = token(v);
  if (!json_walk::is_container(first)) return json_walk::is_scalar(first);
  const char* begin = first.data();
  if (json_walk::check(v, 2) != json_walk::walked::fine) return false;
  const auto whole = json_walk::up_to_here(begin, v, data_);
  if (whole) to.assign(json_walk::trim_end(*whole));
  return whole.has_value();
}

bool walking::member(od::field& f) {
  const od::raw_json_string key = f.key();
  od::value v = f.value();
  if (token(v).empty()) return false;
  if (key == "type") return take(v, out_.type);
  if (key == "delta" || key == "text" || key == "refusal" || key == "arguments" || key == "input") {
    return take(v, out_.piece);
  }
  if (key == "item_id") return take(v, out_.item_id);
  if (key == "output_index") {
    std::uint64_t index = 0;
    if (json_walk::read_count(token(v), index)) out_.output_index = index;
    return true;
  }
  if (key == "summary_index") {
    json_walk::read_count(token(v), out_.summary_index);
    return true;
  }
  if (key == "item") return item(v);
  if (key == "response") return response(v);
  if (key == "annotation") return raw(v, out_.raw_annotation);
  if (key == "logprobs") return raw(v, out_.raw_logprobs);
  if (key == "error") return raw(v, out_.raw_error);
  return true;
}

bool walking::item(od::value v) {
  out_.has_item = true;
  return fields(v, [this](od::field& f) { return item_member(f); });
}

bool walking::item_member(od::field& f) {
  const od::raw_json_string key = f.key();
  od::value v = f.value();
  if (key == "type") return take(v, out_.item_type);
  if (key == "id") return take(v, out_.own_id);
  if (key == "call_id") return take(v, out_.call_id);
  if (key == "name") return take(v, out_.name);
  if (key == "arguments" || key == "input") return take(v, out_.arguments);
  if (key == "encrypted_content") return take(v, out_.encrypted);
  if (key == "result") return take(v, out_.image);
  if (key == "content") return content(v);
  if (key == "summary") return summary(v);
  return true;
}

bool walking::content(od::value v) {
  return elements(v, [this](od::value& each) {
    return fields(each, [this](od::field& f) {
      const od::raw_json_string key = f.key();
      od::value text = f.value();
      if (key == "text") return add(text, out_.said, "");
      if (key == "refusal") return add(text, out_.refused, "");
      return true;
    });
  });
}

bool walking::summary(od::value v) {
  return elements(v, [this](od::value& each) {
    return fields(each, [this](od::field& f) {
      const od::raw_json_string key = f.key();
      od::value text = f.value();
      return key == "text" ? add(text, out_.summary, "\n\n") : true;
    });
  });
}

bool walking::response(od::value v) {
  out_.has_response = true;
  return fields(v, [this](od::field& f) { return response_member(f); });
}

bool walking::response_member(od::field& f) {
  const od::raw_json_string key = f.key();
  od::value v = f.value();
  if (key == "id") return take(v, out_.id);
  if (key == "model") return take(v, out_.model);
  if (key == "created_at") {
    json_walk::read_count(token(v), out_.created);
    return true;
  }
  if (key == "usage") return openai_chat::read_usage(v, out_.tokens);
  if (key == "error") return raw(v, out_.raw_error);
  if (key == "incomplete_details") return reason(v);
  return true;
}

bool walking::reason(od::value v) {
  return fields(v, [this](od::field& f) {
    const od::raw_json_string key = f.key();
    od::value text = f.value();
    return key == "reason" ? take(text, out_.reason) : true;
  });
}

}  // namespace

void walked_event::clear() {
  for (std::string* each :
       {&type, &item_id, &piece, &raw_annotation, &raw_logprobs, &item_type, &own_id, &call_id, &name,
        &arguments, &encrypted, &image, &said, &refused, &summary, &id, &model, &reason, &raw_error}) {
    each->clear();
  }
  output_index.reset();
  summary_index = 0;
  has_item = false;
  has_response = false;
  created = 0;
  tokens.reset();
}

bool walk_event(json_workspace& work, std::string_view data, walked_event& out) {
  out.clear();
  od::document doc;
  od::object root;
  simdjson::error_code error = work.open(data, doc);
  if (error || doc.get_object().get(root)) return false;
  walking walk(work.text(), out);
  const char* rest = nullptr;
  return json_walk::each_field(root, error, [&](od::field& f) { return walk.member(f); }) &&
         doc.current_location().get(rest) != simdjson::SUCCESS;
}

}  // namespace nearfar::providers::openai_responses
