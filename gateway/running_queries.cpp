#include "gateway/running_queries.hpp"

namespace nearfar::gateway {

running_queries::place::place(running_queries& in, std::uint64_t secret, query_state& of)
    : secret_(secret), of_(of), next_(in.heads_[secret % buckets]), from_(&in.heads_[secret % buckets]) {
  *from_ = this;
  if (next_ != nullptr) next_->from_ = &next_;
}

running_queries::place::~place() {
  *from_ = next_;
  if (next_ != nullptr) next_->from_ = from_;
}

query_state* running_queries::find(std::uint64_t secret) const {
  for (const auto* one = heads_[secret % buckets]; one != nullptr; one = one->next_) {
    if (one->secret_ == secret) return &one->of_;
  }
  return nullptr;
}

}  // namespace nearfar::gateway
