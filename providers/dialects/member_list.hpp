// The members of a JSON object on the way into a body: names with JSON texts, in order. Sans-I/O.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nearfar::providers {

class member_list {
 public:
  // A JSON text under a name; one that is there is replaced in its place.
  void put(std::string_view name, std::string_view json);
  void put_text(std::string_view name, std::string_view text);  // as a JSON string
  void put_number(std::string_view name, double value);
  void drop(std::string_view name);
  void rename(std::string_view from, std::string_view to);
  const std::string* find(std::string_view name) const;
  bool empty() const { return members_.empty(); }
  // "{…}"
  void write(std::string& to) const;
  std::string text() const;

 private:
  std::vector<std::pair<std::string, std::string>> members_;
};

// What a writer tells of: each line once.
void note(std::vector<std::string>& notes, std::string_view line);

}  // namespace nearfar::providers
