// Random chat requests as text, with all that a re-serialiser would spoil: odd numbers, escapes, key
// order, blanks, keys in any script.
#pragma once

#include <algorithm>
#include <array>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace nearfar::providers {

struct random_request {
  std::string before;  // up to the model's value
  std::string model;
  std::string after;
};

class random_json {
 public:
  explicit random_json(unsigned seed) : engine_(seed) {}

  std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>{0, n - 1}(engine_); }

  std::string blank() {
    static constexpr std::array texts = {"", "", "", " ", "\n", "\t ", "\r\n  "};
    return texts[below(texts.size())];
  }

  std::string number() {
    static constexpr std::array texts = {
        "0", "-0", "1.0", "1E5", "1e-7", "-12.50", "12345678901234567890123", "0.1e+2"};
    return texts[below(texts.size())];
  }

  std::string text() {
    static constexpr std::array pieces = {"a",
                                          "\\u00e9",
                                          "\\/",
                                          "\\\\",
                                          "\\\"",
                                          "\xc3\xa9",
                                          "\xe4\xbd\xa0",
                                          "\xf0\x9f\x98\x80",
                                          "\\ud83d\\ude00",
                                          "{",
                                          "]",
                                          ",",
                                          ":",
                                          "\\n",
                                          "model"};
    std::string out = "\"";
    for (std::size_t i = below(8); i > 0; --i) out += pieces[below(pieces.size())];
    return out + "\"";
  }

  std::string value(int depth) {
    switch (below(depth > 3 ? 4 : 6)) {
      case 0:
        return number();
      case 1:
        return text();
      case 2:
        return below(2) ? "true" : "false";
      case 3:
        return "null";
      case 4:
        return list(depth, [&] { return value(depth + 1); }, '[', ']');
      default: {
        int index = 0;
        return list(
            depth, [&] { return key(index++) + blank() + ":" + blank() + value(depth + 1); }, '{', '}');
      }
    }
  }

  std::string model_name() {
    static constexpr std::array names = {"m",           "provider/model", "a \"b\"", "\xe4\xbd\xa0",
                                         "back\\slash", "x:free"};
    return names[below(names.size())];
  }

  random_request request() {
    std::vector<std::string> members = {message_list(),
                                        "stream" + std::string{"\""} + blank() + ":" + blank() + "true"};
    static constexpr std::array known = {"temperature", "seed", "top_k", "logit_bias", "user", "metadata"};
    for (const std::string_view name : known) {
      if (below(3) == 0) members.push_back(std::string{name} + "\"" + blank() + ":" + blank() + value(0));
    }
    if (below(3) == 0) members.push_back(options());
    for (std::size_t i = below(4); i > 0; --i) {
      members.push_back(key(static_cast<int>(i)).substr(1) + blank() + ":" + blank() + value(0));
    }
    std::shuffle(members.begin(), members.end(), engine_);
    const std::size_t place = below(members.size() + 1);
    random_request out;
    out.before = blank() + "{" + blank();
    for (std::size_t i = 0; i < place; ++i) out.before += "\"" + members[i] + blank() + "," + blank();
    out.before += (below(4) ? "\"model\"" : "\"mod\\u0065l\"") + blank() + ":" + blank();
    out.model = below(2) ? "\"auto\"" : "\"a\\/\\u00e9\"";
    out.after = blank();
    for (std::size_t i = place; i < members.size(); ++i)
      out.after += "," + blank() + "\"" + members[i] + blank();
    out.after += "}" + blank();
    return out;
  }

 private:
  template <class Item>
  std::string list(int, Item item, char open, char close) {
    std::string out(1, open);
    for (std::size_t i = below(4), n = i; i > 0; --i)
      out += (i == n ? blank() : "," + blank()) + item() + blank();
    return out + close;
  }

  // Different for every index, so that no object has a key twice.
  std::string key(int index) {
    static constexpr std::array marks = {"", "\\u00e9", "\xe4\xbd\xa0", "\\/", " ", "\\\""};
    return "\"k" + std::to_string(index) + marks[below(marks.size())] + "\"";
  }

  std::string options() {
    static constexpr std::array texts = {"null",
                                         "{}",
                                         "{ }",
                                         "{\"include_usage\":false}",
                                         "{\"include_usage\" : true }",
                                         "{ \"include_obfuscation\":false }"};
    return "stream_options\"" + blank() + ":" + blank() + texts[below(texts.size())];
  }

  std::string message_list() {
    std::string out = "messages\"" + blank() + ":" + blank() + "[";
    for (std::size_t i = below(4), n = i; i > 0; --i) {
      const std::string content =
          below(2) ? text() : "[{\"type\":\"text\"" + blank() + ",\"text\":" + text() + "}]";
      out += (i == n ? "" : ",") + blank() + "{\"role\":\"user\"," + blank() + "\"content\":" + content +
             "}" + blank();
    }
    return out + "]";
  }

  std::mt19937 engine_;
};

}  // namespace nearfar::providers
