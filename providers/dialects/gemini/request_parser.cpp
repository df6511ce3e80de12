#include "providers/dialects/gemini/request_parser.hpp"

#include "providers/dialects/gemini/content_parser.hpp"
#include "providers/dialects/gemini/dom.hpp"
#include "providers/dialects/gemini/schema.hpp"

#include <fmt/format.h>
#include <boost/json/parse.hpp>

#include <utility>

namespace nearfar::providers::gemini {

namespace json = boost::json;

namespace {

constexpr std::size_t max_depth = 64;

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

class parser {
 public:
  bool body(const json::object& from);
  chat::chat_request out;
  std::string problem;

 private:
  bool member(const std::string& name, const json::value& v);
  bool generation_config(const json::value& v);
  bool setting(const std::string& name, const json::value& v, json::object& more);
  bool thinking(const json::value& v);
  bool stops(const json::value& v);
  bool tools(const json::value& v);
  bool declaration(const json::value& v);
  bool tool_config(const json::value& v);
  bool choice(const json::object& from);
  chat::response_format& format();
  template <class T>
  bool whole(const std::string& name, const json::value& v, std::optional<T>& to);
  bool number(const std::string& name, const json::value& v, std::optional<double>& to);
  bool fail(std::string what) {
    if (problem.empty()) problem = std::move(what);
    return false;
  }
};

bool parser::body(const json::object& from) {
  out.from = config::dialect::gemini;
  out.include_usage = true;  // the dialect's answers always say it
  bool contents = false;
  for (const auto& [key, v] : from) {
    const std::string name = camel(dom::view(key));
    contents = contents || name == "contents";
    if (!member(name, v)) return false;
  }
  return contents || fail("contents is missing: send an array of contents");
}

bool parser::member(const std::string& name, const json::value& v) {
  if (name == "contents" || name == "systemInstruction") {
    content_parser turns(out.messages);
    return (name == "contents" ? turns.contents(v) : turns.system(v)) || fail(turns.problem());
  }
  if (v.is_null()) return true;
  if (name == "generationConfig") return generation_config(v);
  if (name == "tools") return tools(v);
  if (name == "toolConfig") return tool_config(v);
  if (name == "model" || name == "stream") return true;  // the path's; countTokens repeats the model
  out.extra[name] = v;
  return true;
}

bool parser::generation_config(const json::value& v) {
  const auto* from = v.if_object();
  if (!from) return fail("generationConfig must be an object");
  json::object more;
  for (const auto& [key, each] : *from) {
    if (!each.is_null() && !setting(camel(dom::view(key)), each, more)) return false;
  }
  if (!more.empty()) out.extra["generationConfig"] = std::move(more);
  return true;
}

bool parser::setting(const std::string& name, const json::value& v, json::object& more) {
  if (name == "temperature") return number(name, v, out.temperature);
  if (name == "topP") return number(name, v, out.top_p);
  if (name == "topK") return whole(name, v, out.top_k);
  if (name == "candidateCount") return whole(name, v, out.choices);
  if (name == "maxOutputTokens") return whole(name, v, out.max_output);
  if (name == "seed") return whole(name, v, out.seed);
  if (name == "presencePenalty") return number(name, v, out.presence_penalty);
  if (name == "frequencyPenalty") return number(name, v, out.frequency_penalty);
  if (name == "logprobs") return whole(name, v, out.top_logprobs);
  if (name == "stopSequences") return stops(v);
  if (name == "thinkingConfig") return thinking(v);
  if (name == "responseLogprobs" && v.is_bool()) {
    out.logprobs = v.get_bool();
  } else if (name == "responseMimeType" && v == "application/json") {
    if (format().kind == chat::format_kind::text) format().kind = chat::format_kind::json_object;
  } else if (name == "responseMimeType") {
    format().extra[name] = v;
  } else if (name == "responseSchema" || name == "responseJsonSchema") {
    format().kind = chat::format_kind::json_schema;
    format().schema = name == "responseSchema" ? to_json_schema(v) : v;
    if (name == "responseSchema") format().extra[name] = v;
  } else {
    more[name] = v;
  }
  return true;
}

chat::response_format& parser::format() {
  if (!out.format) out.format.emplace();
  return *out.format;
}

bool parser::stops(const json::value& v) {
  return dom::one_or_many(v, [this](const json::value& each, std::size_t) {
    if (!each.is_string()) return fail("stopSequences must be strings");
    out.stop.push_back(dom::text_of(each));
    return true;
  });
}

bool parser::thinking(const json::value& v) {
  const auto* from = v.if_object();
  if (!from) return fail("thinkingConfig must be an object");
  chat::reasoning think;
  for (const auto& [key, each] : *from) {
    const std::string name = camel(dom::view(key));
    if (name == "includeThoughts" && each.is_bool()) {
      think.shown = each.get_bool();
    } else if (name == "thinkingBudget" && dom::whole_of(each)) {
      think.budget = dom::whole_of(each);
      if (*think.budget == 0) think.enabled = false;
    } else if (name == "thinkingLevel" && each.is_string()) {
      think.effort = lower(dom::text_of(each));
    } else {
      think.extra[name] = each;
    }
  }
  out.think = std::move(think);
  return true;
}

bool parser::tools(const json::value& v) {
  return dom::one_or_many(v, [this](const json::value& each, std::size_t) {
    const auto* from = each.if_object();
    if (!from) return fail("tools must be objects");
    for (const auto& [key, kind] : *from) {
      const std::string name = camel(dom::view(key));
      if (name == "functionDeclarations") {
        const auto one = [this](const json::value& f, std::size_t) { return declaration(f); };
        if (!dom::one_or_many(kind, one)) return false;
        continue;
      }
      chat::tool hosted;
      hosted.form = chat::tool_form::hosted;
      hosted.name = name;
      hosted.extra[name] = kind;
      out.tools.push_back(std::move(hosted));
    }
    return true;
  });
}

bool parser::declaration(const json::value& v) {
  const auto* from = v.if_object();
  if (!from) return fail("functionDeclarations must be objects");
  chat::tool out_tool;
  for (const auto& [key, each] : *from) {
    const std::string name = camel(dom::view(key));
    if (name == "name") {
      out_tool.name = dom::text_of(each);
    } else if (name == "description") {
      out_tool.description = dom::text_of(each);
    } else if (name == "parametersJsonSchema") {
      out_tool.parameters = each;
    } else {
      out_tool.extra[name] = each;
      if (name == "parameters" && out_tool.parameters.is_null()) out_tool.parameters = to_json_schema(each);
    }
  }
  if (out_tool.name.empty()) return fail("a function must have a name");
  out.tools.push_back(std::move(out_tool));
  return true;
}

bool parser::tool_config(const json::value& v) {
  const auto* from = v.if_object();
  if (!from) return fail("toolConfig must be an object");
  json::object more;
  for (const auto& [key, each] : *from) {
    const std::string name = camel(dom::view(key));
    if (name == "functionCallingConfig" && each.is_object()) {
      if (!choice(each.get_object())) return false;
    } else {
      more[name] = each;
    }
  }
  if (!more.empty()) out.extra["toolConfig"] = std::move(more);
  return true;
}

bool parser::choice(const json::object& from) {
  chat::tool_choice choose;
  std::string mode;
  for (const auto& [key, each] : from) {
    const std::string name = camel(dom::view(key));
    if (name == "mode") {
      mode = dom::text_of(each);
      if (!each.is_string() && !each.is_null()) return fail("functionCallingConfig.mode must be a string");
    } else if (name == "allowedFunctionNames") {
      const auto one = [&](const json::value& word, std::size_t) {
        choose.names.push_back(dom::text_of(word));
        return true;
      };
      dom::one_or_many(each, one);
    } else {
      choose.extra[name] = each;
    }
  }
  if (mode == "ANY") {
    choose.mode = chat::choice_mode::required;
  } else if (mode == "NONE") {
    choose.mode = chat::choice_mode::none;
  } else if (!choose.names.empty()) {
    choose.mode = chat::choice_mode::allowed;
  }
  if (mode != "ANY" && mode != "NONE" && mode != "AUTO") choose.extra["mode"] = mode;
  out.choose = std::move(choose);
  return true;
}

template <class T>
bool parser::whole(const std::string& name, const json::value& v, std::optional<T>& to) {
  const auto count = dom::whole_of(v);
  if (!count || (std::is_unsigned_v<T> && *count < 0)) return fail(name + " must be a whole number");
  to = static_cast<T>(*count);
  return true;
}

bool parser::number(const std::string& name, const json::value& v, std::optional<double>& to) {
  to = dom::number_of(v);
  return to.has_value() || fail(name + " must be a number");
}

routes::error refusal(std::string why) {
  auto made = routes::make_error(routes::error_kind::bad_request, std::move(why));
  made.side = routes::error_side::downstream;
  return made;
}

}  // namespace

routes::result<chat::chat_request> parse_request(std::string_view body) {
  json::parse_options options;
  options.max_depth = max_depth;
  options.numbers = json::number_precision::precise;
  boost::system::error_code failed;
  const json::value root = json::parse({body.data(), body.size()}, failed, {}, options);
  if (failed) return refusal("the body is not valid JSON");
  const auto* object = root.if_object();
  if (!object) return refusal("the body must be a JSON object");
  parser walk;
  if (!walk.body(*object)) return refusal(std::move(walk.problem));
  return std::move(walk.out);
}

}  // namespace nearfar::providers::gemini
