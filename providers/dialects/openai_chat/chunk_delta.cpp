#include "providers/dialects/openai_chat/chunk_delta.hpp"

#include "providers/dialects/json_text.hpp"
#include "providers/dialects/signature.hpp"

namespace nearfar::providers::openai_chat {

namespace od = json_walk::od;
using json_walk::token;

namespace {

// What signs, by where it stands: OpenRouter's details, Gemini's extra_content.
thought_signature signed_by(std::string_view text, std::string_view otherwise, bool redacted) {
  const auto issued = chat::take_issuer(text);
  return {issued.signature, issued.issuer.empty() ? otherwise : issued.issuer, redacted};
}

// False: malformed. Not an object: nothing.
template <class F>
bool each_member(od::value v, F&& f) {
  od::object object;
  simdjson::error_code error = simdjson::SUCCESS;
  if (token(v).empty()) return false;
  if (token(v).front() != '{') return true;
  if (v.get_object().get(object)) return false;
  return json_walk::each_field(object, error, [&](od::field& field) {
    const od::raw_json_string key = field.key();
    return f(key, field.value());
  });
}

template <class F>
bool each_entry(od::value v, F&& f) {
  od::array array;
  simdjson::error_code error = simdjson::SUCCESS;
  if (token(v).empty()) return false;
  if (token(v).front() != '[') return true;
  if (v.get_array().get(array)) return false;
  return json_walk::each_element(array, error, f);
}

class reading {
 public:
  reading(std::string_view whole, text_store& store, chunk_delta& out)
      : whole_(whole), store_(store), out_(out) {}

  bool delta(od::value v) {
    return each_member(v, [&](od::raw_json_string key, od::value each) { return member(key, each); });
  }

 private:
  bool member(od::raw_json_string key, od::value v);
  bool content(od::value v);
  bool part(od::value v);
  bool thinking_list(od::value v);
  bool details(od::value v);
  bool calls(od::value v);
  bool call(od::value v);
  bool called(od::value v, call_piece& piece);
  bool extra_content(od::value v, std::string_view& signature);
  bool images(od::value v);
  std::string_view text(od::value& v) { return text_of(v, store_); }

  std::string_view whole_;
  text_store& store_;
  chunk_delta& out_;
};

bool reading::member(od::raw_json_string key, od::value v) {
  if (key == "content") return content(v);
  if (key == "reasoning_content" || key == "reasoning") {
    const auto said = text(v);
    if (out_.thinking.empty()) out_.thinking = said;
    return true;
  }
  if (key == "reasoning_details" || key == "thinking_blocks") {
    return each_entry(v, [&](od::value& each) { return details(each); });
  }
  if (key == "refusal") {
    out_.refusal = text(v);
  } else if (key == "tool_calls") {
    return calls(v);
  } else if (key == "function_call") {
    if (token(v).empty() || token(v).front() != '{') return true;
    call_piece& piece = out_.calls.emplace_back();
    return called(v, piece);
  } else if (key == "annotations") {
    return each_entry(v, [&](od::value& each) {
      const auto raw = raw_of(each, whole_, store_);
      if (!raw.empty()) out_.annotations.push_back(raw);
      return !raw.empty();
    });
  } else if (key == "images") {
    return images(v);
  } else if (key == "audio") {
    return each_member(v, [&](od::raw_json_string name, od::value each) {
      if (name == "data") out_.audio = text(each);
      if (name == "transcript") out_.transcript = text(each);
      return true;
    });
  } else if (key == "extra_content") {
    return extra_content(v, out_.call_signature);
  }
  return true;
}

bool reading::content(od::value v) {
  const std::string_view first = token(v);
  if (!first.empty() && first.front() == '[') {
    return each_entry(v, [&](od::value& each) { return part(each); });
  }
  if (const auto said = text(v); !said.empty()) out_.texts.push_back(said);
  return true;
}

// Mistral's thinking and text parts. The type may come behind the text: the member tells.
bool reading::part(od::value v) {
  if (json_walk::is_string(token(v))) {
    out_.texts.push_back(text(v));
    return true;
  }
  return each_member(v, [&](od::raw_json_string key, od::value each) {
    if (key == "thinking") return thinking_list(each);
    if (key == "text") {
      if (const auto said = text(each); !said.empty()) out_.texts.push_back(said);
    } else if (key == "image_url") {
      if (json_walk::is_string(token(each))) {
        out_.images.push_back(text(each));
        return true;
      }
      return each_member(each, [&](od::raw_json_string name, od::value url) {
        if (name == "url") out_.images.push_back(text(url));
        return true;
      });
    }
    return true;
  });
}

bool reading::thinking_list(od::value v) {
  if (json_walk::is_string(token(v))) {
    if (const auto said = text(v); !said.empty()) out_.thoughts.push_back(said);
    return true;
  }
  return each_entry(v, [&](od::value& each) {
    return each_member(each, [&](od::raw_json_string key, od::value said) {
      if (key != "text") return true;
      if (const auto piece = text(said); !piece.empty()) out_.thoughts.push_back(piece);
      return true;
    });
  });
}

bool reading::details(od::value v) {
  std::string_view signature;
  std::string_view id;
  bool redacted = false;
  const bool fine = each_member(v, [&](od::raw_json_string key, od::value each) {
    if (key == "text" || key == "summary" || key == "thinking") {
      if (const auto said = text(each); !said.empty()) out_.details.push_back(said);
    } else if (key == "signature" || key == "data") {
      if (const auto said = text(each); !said.empty()) {
        signature = said;
        redacted = key == "data";
      }
    } else if (key == "id") {
      id = text(each);
    }
    return true;
  });
  if (!fine || signature.empty()) return fine;
  // A marked one with an id is of a call, which says it itself in extra_content.
  const bool of_call = redacted && !id.empty() && !chat::take_issuer(signature).issuer.empty();
  if (!of_call)
    out_.signatures.push_back(signed_by(signature, chat::issuer_of(config::dialect::openai_chat), redacted));
  return true;
}

bool reading::calls(od::value v) {
  return each_entry(v, [&](od::value& each) { return call(each); });
}

bool reading::call(od::value v) {
  if (token(v).empty() || token(v).front() != '{') return false;
  call_piece& piece = out_.calls.emplace_back();
  return each_member(v, [&](od::raw_json_string key, od::value each) {
    if (key == "index") {
      std::uint64_t index = 0;
      if (json_walk::read_count(token(each), index)) piece.index = index;
    } else if (key == "id") {
      piece.id = text(each);
    } else if (key == "function") {
      return called(each, piece);
    } else if (key == "custom") {
      if (token(each).starts_with('{')) piece.form = chat::call_form::custom;
      return called(each, piece);
    } else if (key == "extra_content") {
      return extra_content(each, piece.signature);
    }
    return true;
  });
}

bool reading::called(od::value v, call_piece& piece) {
  return each_member(v, [&](od::raw_json_string key, od::value each) {
    if (key == "name") {
      piece.name = text(each);
    } else if (key == "arguments" || key == "input") {
      const std::string_view first = token(each);
      piece.arguments = json_walk::is_container(first) ? raw_of(each, whole_, store_) : text(each);
    }
    return true;
  });
}

bool reading::extra_content(od::value v, std::string_view& signature) {
  return each_member(v, [&](od::raw_json_string, od::value vendor) {
    return each_member(vendor, [&](od::raw_json_string key, od::value each) {
      if (key == "thought_signature") signature = text(each);
      return true;
    });
  });
}

bool reading::images(od::value v) {
  return each_entry(v, [&](od::value& each) { return part(each); });
}

}  // namespace

void chunk_delta::clear() {
  thinking = refusal = audio = transcript = call_signature = {};
  details.clear();
  signatures.clear();
  thoughts.clear();
  texts.clear();
  calls.clear();
  annotations.clear();
  images.clear();
}

bool read_chunk_delta(od::value v, std::string_view whole, text_store& store, chunk_delta& out) {
  const std::string_view first = token(v);
  if (first.empty() || first.front() != '{') return first == "null";
  return reading{whole, store, out}.delta(v);
}

std::string_view text_of(od::value& v, text_store& store) {
  const std::string_view first = token(v);
  if (!json_walk::is_filled_string(first)) return {};
  std::string_view text;
  if (!v.get_string().get(text)) return store.keep(text);
  return store.keep(unescape(json_walk::raw_text(first)));
}

std::string_view raw_of(od::value& v, std::string_view whole, text_store& store) {
  const std::string_view first = token(v);
  if (!json_walk::is_container(first))
    return json_walk::is_scalar(first) ? store.keep(first) : std::string_view{};
  if (json_walk::check(v, 1) != json_walk::walked::fine) return {};
  const auto text = json_walk::up_to_here(first.data(), v, whole);
  if (!text) return {};
  std::string_view trimmed = json_walk::trim_end(*text);
  if (trimmed.ends_with(',')) trimmed = json_walk::trim_end(trimmed.substr(0, trimmed.size() - 1));
  return store.keep(trimmed);
}

}  // namespace nearfar::providers::openai_chat
