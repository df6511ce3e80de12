// The queries that a core is answering, by the secret of their id. Intrusive: to stand in it costs two
// pointer writes a query and no memory.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace nearfar::gateway {

struct query_state;

// One per core, used on that core's thread only.
class running_queries {
 public:
  // A query's membership, for as long as it lives. Does not move: the neighbours point at it.
  class place {
   public:
    place(running_queries& in, std::uint64_t secret, query_state& of);
    ~place();
    place(const place&) = delete;
    place& operator=(const place&) = delete;

   private:
    friend class running_queries;
    std::uint64_t secret_;
    query_state& of_;
    place* next_;
    place** from_;  // what points at this one
  };

  // Null: no such query runs here.
  query_state* find(std::uint64_t secret) const;

 private:
  // Secrets are random: their low bits are as good as a hash.
  static constexpr std::size_t buckets = 256;
  std::array<place*, buckets> heads_{};
};

}  // namespace nearfar::gateway
