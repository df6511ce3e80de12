// A list of a few elements without a heap: only those that are there are made, which an array of the most
// there may be is not.
#pragma once

#include <cstddef>
#include <memory>
#include <type_traits>

namespace nearfar::routes {

template <class T, std::size_t most>
class fixed_list {
  static_assert(std::is_trivially_destructible_v<T>);

 public:
  fixed_list() {}  // NOLINT(modernize-use-equals-default): of a union with members that have constructors
  fixed_list(const fixed_list&) = delete;
  fixed_list& operator=(const fixed_list&) = delete;

  // At most `most` of them.
  void add(const T& one) { std::construct_at(&items_[size_++], one); }

  std::size_t size() const { return size_; }
  T* begin() { return items_; }
  T* end() { return items_ + size_; }
  const T* begin() const { return items_; }
  const T* end() const { return items_ + size_; }
  T& operator[](std::size_t i) { return items_[i]; }
  const T& operator[](std::size_t i) const { return items_[i]; }

 private:
  union {
    T items_[most];
  };
  std::size_t size_ = 0;
};

}  // namespace nearfar::routes
