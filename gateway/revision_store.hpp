// The last policies that were in force, as files that people can read too: `state`/revisions, 0600.
//
// `00000007-3f9c01ab22de.yaml`: a number that grows, and the revision. One thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nearfar::gateway {

class revision_store {
 public:
  // Makes the folder where it is missing. `keep`: so many are kept, the oldest go first.
  explicit revision_store(std::string folder, std::size_t keep = 50);

  struct entry {
    std::uint64_t number = 0;
    std::string revision;
    std::int64_t at = 0;  // Unix seconds of its first coming into force
    std::size_t bytes = 0;
    bool current = false;
  };
  std::vector<entry> all() const;  // oldest first

  // The policy that came into force becomes the current one. No file is added where it was that already.
  // Empty on success, else the reason.
  std::string enter(std::string_view revision, std::string_view text);

  // What an undo goes to: the newest before the current one.
  std::optional<entry> before_current() const;
  std::optional<entry> find(std::string_view revision) const;
  std::optional<std::string> text(const entry& of, std::string& why) const;
  // An undo walks the list without adding to it.
  void go_to(const entry& to) { current_ = to.number; }

 private:
  std::string path_of(const entry& of) const;

  std::string folder_;
  std::size_t keep_;
  std::uint64_t current_ = 0;
};

}  // namespace nearfar::gateway
