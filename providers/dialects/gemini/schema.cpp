#include "providers/dialects/gemini/schema.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <string_view>
#include <vector>

namespace nearfar::providers::gemini {

namespace json = boost::json;

namespace {

// References may make a small document endless.
constexpr int max_depth = 32;

std::string_view view(const json::string& text) {
  return {text.data(), text.size()};
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

bool is_one_of(std::string_view what, std::initializer_list<std::string_view> list) {
  return std::find(list.begin(), list.end(), what) != list.end();
}

// protobuf writes 64-bit whole numbers as strings.
json::value as_number(const json::value& v) {
  const auto* text = v.if_string();
  if (!text) return v;
  std::int64_t number = 0;
  const auto read = std::from_chars(text->data(), text->data() + text->size(), number);
  return read.ec == std::errc{} ? json::value(number) : v;
}

bool is_limit(std::string_view name) {
  return is_one_of(name,
                   {"minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties"});
}

template <class F>
json::value each_of_list(const json::value& v, F&& f) {
  const auto* list = v.if_array();
  if (!list) return v;
  json::array out;
  for (const auto& each : *list) out.push_back(f(each));
  return out;
}

template <class F>
json::value each_of_object(const json::value& v, F&& f) {
  const auto* from = v.if_object();
  if (!from) return v;
  json::object out;
  for (const auto& [name, each] : *from) out[name] = f(each);
  return out;
}

json::value plain(const json::value& from, int depth);

json::value plain_object(const json::object& from, int depth) {
  json::object out;
  const auto deeper = [depth](const json::value& v) { return plain(v, depth + 1); };
  bool nullable = false;
  for (const auto& [key, v] : from) {
    const std::string_view name{key.data(), key.size()};
    if (name == "type" && v.is_string()) {
      out["type"] = lower(view(v.get_string()));
    } else if (name == "nullable") {
      nullable = v.is_bool() && v.get_bool();
    } else if (name == "properties") {
      out["properties"] = each_of_object(v, deeper);
    } else if (name == "items") {
      out["items"] = deeper(v);
    } else if (name == "anyOf") {
      out["anyOf"] = each_of_list(v, deeper);
    } else if (name == "propertyOrdering") {
      continue;  // an order of writing, no rule
    } else if (name == "example") {
      out["examples"] = json::array{v};
    } else {
      out[key] = is_limit(name) ? as_number(v) : v;
    }
  }
  if (!nullable) return out;
  if (const auto* type = out.if_contains("type"); type && type->is_string()) {
    out["type"] = json::array{*type, "null"};
  }
  if (auto* words = out.if_contains("enum"); words && words->is_array()) {
    words->get_array().push_back(nullptr);
  }
  return out;
}

json::value plain(const json::value& from, int depth) {
  if (!from.is_object() || depth > max_depth) return from;
  return plain_object(from.get_object(), depth);
}

// JSON Schema to the subset. Holds the root, where references point.
class narrowing {
 public:
  narrowing(const json::value& root, bool& changed) : root_(root), changed_(changed) {}

  json::value any(const json::value& from) {
    const auto* object = from.if_object();
    if (!object || depth_ >= max_depth) {  // `true`, or a reference within itself
      changed_ = true;
      return json::object{{"type", "object"}};
    }
    ++depth_;
    auto out = one(*object);
    --depth_;
    return out;
  }

 private:
  json::value one(const json::object& from) {
    if (const auto* ref = from.if_contains("$ref"); ref && ref->is_string()) return referred(from, *ref);
    json::object out;
    for (const auto& [key, v] : from) member({key.data(), key.size()}, v, out);
    if (const auto* all = from.if_contains("allOf"); all && all->is_array()) join(all->get_array(), out);
    return out;
  }

  json::value referred(const json::object& from, const json::value& ref) {
    changed_ = true;
    const std::string_view text = view(ref.get_string());
    const auto opened = std::find(open_.begin(), open_.end(), text);
    const json::value* target = nullptr;
    if (text == "#") target = &root_;
    if (text.starts_with("#/")) {
      boost::system::error_code failed;
      target = root_.find_pointer({text.data() + 1, text.size() - 1}, failed);
      if (failed) target = nullptr;
    }
    if (!target || opened != open_.end()) return json::object{{"type", "object"}};
    open_.emplace_back(text);
    auto out = any(*target);
    open_.pop_back();
    if (const auto* said = from.if_contains("description"); said && out.is_object()) {
      out.get_object()["description"] = *said;
    }
    return out;
  }

  void member(std::string_view name, const json::value& v, json::object& out) {
    const auto deeper = [this](const json::value& each) { return any(each); };
    if (name == "type") {
      type(v, out);
    } else if (name == "properties") {
      out["properties"] = each_of_object(v, deeper);
    } else if (name == "items") {
      out["items"] = any(v);
    } else if (name == "anyOf" || name == "oneOf") {
      changed_ = changed_ || name == "oneOf";
      out["anyOf"] = each_of_list(v, deeper);
    } else if (name == "const") {
      changed_ = true;
      words(json::array{v}, out);
    } else if (name == "enum" && v.is_array()) {
      words(v.get_array(), out);
    } else if (is_limit(name) ||
               is_one_of(name, {"format", "title", "description", "nullable", "minimum", "maximum", "pattern",
                                "required", "default", "example", "propertyOrdering"})) {
      out[{name.data(), name.size()}] = v;
    } else if (!is_one_of(name, {"$defs", "definitions", "$schema", "allOf"})) {
      changed_ = true;
    }
  }

  void type(const json::value& v, json::object& out) {
    const auto* list = v.if_array();
    if (!list) {
      out["type"] = v;
      return;
    }
    changed_ = true;
    json::array kinds;
    for (const auto& each : *list) {
      if (each == "null") {
        out["nullable"] = true;
      } else {
        kinds.push_back(each);
      }
    }
    if (kinds.size() == 1) out["type"] = kinds.front();
    if (kinds.size() < 2 || out.contains("anyOf")) return;
    json::array choices;
    for (const auto& each : kinds) choices.push_back(json::object{{"type", each}});
    out["anyOf"] = std::move(choices);
  }

  // Enumerations are of strings.
  void words(const json::array& list, json::object& out) {
    json::array kept;
    for (const auto& each : list) {
      if (each.is_string()) {
        kept.push_back(each);
      } else if (each.is_null()) {
        out["nullable"] = true;
      } else {
        changed_ = true;
        return;
      }
    }
    if (!kept.empty()) out["enum"] = std::move(kept);
    if (!out.contains("type")) out["type"] = "string";
  }

  void join(const json::array& list, json::object& out) {
    changed_ = true;
    for (const auto& each : list) {
      const auto narrowed = any(each);
      for (const auto& [key, v] : narrowed.as_object()) {
        auto* there = out.if_contains(key);
        if (key == "properties" && there && there->is_object() && v.is_object()) {
          for (const auto& [name, inner] : v.get_object()) there->get_object()[name] = inner;
        } else if (key == "required" && there && there->is_array() && v.is_array()) {
          for (const auto& name : v.get_array()) there->get_array().push_back(name);
        } else if (!there) {
          out[key] = v;
        }
      }
    }
  }

  const json::value& root_;
  bool& changed_;
  int depth_ = 0;
  std::vector<std::string> open_;  // the references that lead here
};

}  // namespace

json::value to_json_schema(const json::value& openapi) {
  return plain(openapi, 0);
}

json::value to_openapi(const json::value& schema, bool& changed) {
  return narrowing(schema, changed).any(schema);
}

}  // namespace nearfar::providers::gemini
