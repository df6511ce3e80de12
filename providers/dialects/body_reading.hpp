// The walk over a request's body that all request readers share: members in their order with trimmed spans,
// none twice, and the first thing wrong. For the codecs' .cpp files: it includes simdjson. Sans-I/O.
#pragma once

#include "providers/dialects/json_walk.hpp"
#include "providers/dialects/request_view.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace nearfar::providers {

// One read of one body. A dialect says what its members mean; functions that return false have called fail(),
// or leave it to the walk to say that the JSON is malformed.
class body_reading {
 public:
  body_reading(std::string_view body, request_view& out) : body_(body), out_(out) {}
  virtual ~body_reading() = default;
  body_reading(const body_reading&) = delete;
  body_reading& operator=(const body_reading&) = delete;

  // As request_reader::read. `parser` is given back where the body has made it large.
  routes::result<void> read(json_walk::od::parser& parser);

 protected:
  // A member other than model; `first` is its value's token. Whoever does not look into the value calls
  // opaque().
  virtual bool visit(std::string_view name, json_walk::od::value v, std::string_view first) = 0;
  // Behind the last member: what is missing, and the facts.
  virtual bool finish() = 0;
  // Whether two keys are the same member.
  virtual bool same(std::string_view a, std::string_view b) const { return a == b; }

  bool fail(std::string text);
  bool model(json_walk::od::value v, std::string_view first);
  bool boolean(std::string_view name, std::string_view first, bool& to);
  // A string as it stands, without quotes; null is none.
  bool text(std::string_view name, std::string_view first, std::string_view& to);
  // Walks a value that nobody looks into, so that its JSON is known to be right.
  bool opaque(std::string_view name, json_walk::od::value v);
  // The same, weighed as text.
  bool weighed(std::string_view name, json_walk::od::value v, std::string_view first);
  // A list of tools: weighed, and a fact.
  bool tools(std::string_view name, json_walk::od::value v, std::string_view first);
  std::size_t members() const { return count_; }
  std::uint64_t quarters() const { return quarters_; }
  void add_quarters(std::uint64_t more) { quarters_ += more; }
  std::string_view body() const { return body_; }
  request_view& out() { return out_; }

 private:
  bool object(json_walk::od::document& doc);
  bool member_of_body(json_walk::od::field& field);
  bool add_member(std::string_view name);
  bool broken(json_walk::od::document& doc);
  void clear();
  std::size_t offset(const char* at) const { return static_cast<std::size_t>(at - body_.data()); }

  std::string_view body_;
  request_view& out_;
  std::string problem_;
  std::size_t count_ = 0;
  std::uint64_t quarters_ = 0;  // of tokens
};

}  // namespace nearfar::providers
