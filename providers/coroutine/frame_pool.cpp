#include "providers/coroutine/frame_pool.hpp"

#include <array>
#include <cstdint>
#include <new>

namespace nearfar::providers {

namespace {

// A kept frame would hide its use after the end from the sanitizers.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool keeps_frames = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool keeps_frames = false;
#else
constexpr bool keeps_frames = true;
#endif
#else
constexpr bool keeps_frames = true;
#endif

constexpr std::size_t step = 128;
constexpr std::size_t classes = 64;
constexpr std::size_t largest = step * classes;
// Of one size: enough for the queries that alternate on a core, and no thousand streams' worth after they
// ended.
constexpr std::uint32_t most_kept = 32;

struct kept_frame {
  kept_frame* next;
};

struct size_class {
  kept_frame* first = nullptr;
  std::uint32_t count = 0;
};

struct kept_frames {
  std::array<size_class, classes> of{};
  bool armed = false;  // to be cleared when the thread ends
  bool closed = false;
};

// Trivially destructible: what ends after the thread's other objects may still give frames back.
constinit thread_local kept_frames kept;

struct clear_at_exit {
  ~clear_at_exit() {
    kept.closed = true;
    for (auto& one : kept.of) {
      while (one.first != nullptr) {
        auto* gone = one.first;
        one.first = gone->next;
        ::operator delete(gone);
      }
      one.count = 0;
    }
  }
  void arm() const { kept.armed = true; }
};
thread_local const clear_at_exit at_exit;

}  // namespace

void* take_frame(std::size_t size) {
  if (!keeps_frames || size > largest || size == 0) return ::operator new(size);
  const auto at = (size - 1) / step;
  auto& from = kept.of[at];
  if (from.first == nullptr) return ::operator new((at + 1) * step);
  auto* frame = from.first;
  from.first = frame->next;
  --from.count;
  return frame;
}

void give_frame(void* frame, std::size_t size) noexcept {
  if (!keeps_frames || size > largest || size == 0) return ::operator delete(frame);
  auto& to = kept.of[(size - 1) / step];
  if (to.count >= most_kept || kept.closed) return ::operator delete(frame);
  if (!kept.armed) at_exit.arm();
  to.first = ::new (frame) kept_frame{to.first};
  ++to.count;
}

}  // namespace nearfar::providers
