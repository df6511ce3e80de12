// The facts of a request that is passed on as it comes: one walk over its top-level members. For the codecs'
// .cpp files: it includes simdjson. Sans-I/O.
#pragma once

#include "providers/dialects/json_walk.hpp"
#include "providers/dialects/request_view.hpp"

#include <string>
#include <string_view>

namespace nearfar::providers {

// What a dialect's own members say. False: `problem` says what is wrong.
class plain_members {
 public:
  virtual ~plain_members() = default;
  // A member other than model; `first` is the value's token. Members that are not looked at need no reading:
  // their JSON is checked by whoever walks.
  virtual bool member(std::string_view name, json_walk::od::value v, std::string_view first,
                      request_view& out, std::string& problem) = 0;
};

// As request_reader::read: model, members and spans are filled, facts as `of` sets them.
routes::result<void> read_plain(json_walk::od::parser& parser, std::string_view body, plain_members& of,
                                request_view& out);

// Quarters of tokens in a text, a list of texts, a list of tokens, or a list of such lists. False: none of
// them.
bool input_quarters(json_walk::od::value v, std::uint64_t& quarters);

}  // namespace nearfar::providers
