// A coroutine of the project: begun when it is awaited, or by spawn().
//
// Asio has one of its own (awaitable), whose frames come from the allocator and whose every call goes through
// a queue of frames; this one passes control straight from frame to frame (symmetric transfer) and keeps
// frames for the next. It awaits other tasks, Asio's operations by `use_result`, and the executor.
//
// Lifetime: a task owns its frame; a spawned one is owned by what it waits for. An operation that is thrown
// away without an answer (a loop that ends) destroys the spawned coroutine and all that it awaits, and their
// locals with them. Everything happens on the thread that runs the executor; an operation must answer there.
// Exceptions pass to whoever awaits, and at the end to spawn()'s handler.
#pragma once

#include "providers/coroutine/frame_pool.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <coroutine>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

namespace nearfar::providers {

namespace asio = boost::asio;

using executor = asio::io_context::executor_type;

template <class T>
class task;

namespace task_parts {

// A spawned coroutine, the owner of all it awaits; in its frame.
struct chain {
  std::coroutine_handle<> root;
  const executor* on = nullptr;
  bool waited = false;  // for an operation, at least once: spawn() has returned
};

// Waits for one operation of Asio's.
template <class Result, class Operation>
class operation_awaiter {
 public:
  operation_awaiter(Operation&& what, chain& of) : what_(std::move(what)), of_(of) {}
  operation_awaiter(operation_awaiter&&) = delete;

  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiting) {
    waiting_ = waiting;
    std::move(what_)(completion(this));
    // Not before: what an initiation that throws destroys has to leave the frame alone.
    started_ = true;
  }
  Result await_resume() { return std::move(*result_); }

 private:
  class completion {
   public:
    explicit completion(operation_awaiter* to) noexcept : to_(to) {}
    completion(completion&& other) noexcept : to_(std::exchange(other.to_, nullptr)) {}
    completion& operator=(completion&&) = delete;
    ~completion() {
      if (to_ != nullptr && to_->started_) to_->of_.root.destroy();
    }
    template <class... Values>
    void operator()(Values&&... values) {
      auto& to = *std::exchange(to_, nullptr);
      to.result_.emplace(std::forward<Values>(values)...);
      to.of_.waited = true;
      to.waiting_.resume();
    }

   private:
    operation_awaiter* to_;
  };

  Operation what_;
  chain& of_;
  std::coroutine_handle<> waiting_;
  std::optional<Result> result_;
  bool started_ = false;
};

struct executor_awaiter {
  const executor* on;
  bool await_ready() const noexcept { return true; }
  void await_suspend(std::coroutine_handle<>) const noexcept {}
  executor await_resume() const noexcept { return *on; }
};

struct ask_whether_waited {};
struct has_waited {
  const chain* of;
  bool await_ready() const noexcept { return true; }
  void await_suspend(std::coroutine_handle<>) const noexcept {}
  bool await_resume() const noexcept { return of->waited; }
};

struct promise_base {
  chain* of = nullptr;

  static void* operator new(std::size_t size) { return take_frame(size); }
  static void operator delete(void* frame, std::size_t size) noexcept { give_frame(frame, size); }

  std::suspend_always initial_suspend() const noexcept { return {}; }

  template <class T>
  auto await_transform(task<T>&& other) const noexcept {
    return std::move(other).awaited_by(of);
  }
  // Results are `Value` of the operation's `void(Value)`: the tuple, with use_result.
  template <class Value, class Initiation, class... Arguments>
  auto await_transform(
      asio::deferred_async_operation<void(Value), Initiation, Arguments...>&& operation) const {
    using kind = asio::deferred_async_operation<void(Value), Initiation, Arguments...>;
    return operation_awaiter<std::decay_t<Value>, kind>(std::move(operation), *of);
  }
  executor_awaiter await_transform(asio::this_coro::executor_t) const noexcept { return {of->on}; }
};

struct back_to_waiting {
  bool await_ready() const noexcept { return false; }
  template <class Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> ended) const noexcept {
    return ended.promise().waiting;
  }
  void await_resume() const noexcept {}
};

struct task_promise_base : promise_base {
  std::coroutine_handle<> waiting;
  std::exception_ptr failure;

  back_to_waiting final_suspend() const noexcept { return {}; }
  void unhandled_exception() noexcept { failure = std::current_exception(); }
  void rethrow() {
    if (failure) [[unlikely]]
      std::rethrow_exception(std::move(failure));
  }
};

template <class T>
struct task_promise : task_promise_base {
  std::optional<T> value;

  task<T> get_return_object() noexcept;
  template <class Value>
  void return_value(Value&& with) {
    value.emplace(std::forward<Value>(with));
  }
  T take() {
    rethrow();
    return std::move(*value);
  }
};

template <>
struct task_promise<void> : task_promise_base {
  task<void> get_return_object() noexcept;
  void return_void() const noexcept {}
  void take() { rethrow(); }
};

}  // namespace task_parts

// Move-only. Awaited once, as a temporary or by std::move.
template <class T = void>
class [[nodiscard]] task {
 public:
  using promise_type = task_parts::task_promise<T>;

  task(task&& other) noexcept : frame_(std::exchange(other.frame_, {})) {}
  task& operator=(task&& other) noexcept {
    std::swap(frame_, other.frame_);
    return *this;
  }
  ~task() {
    if (frame_) frame_.destroy();
  }

 private:
  friend promise_type;
  friend task_parts::promise_base;

  using frame = std::coroutine_handle<promise_type>;

  struct awaiter {
    // Owned here: it ends with the expression that awaits it.
    task of;
    bool await_ready() const noexcept { return false; }
    frame await_suspend(std::coroutine_handle<> waiting) const noexcept {
      of.frame_.promise().waiting = waiting;
      return of.frame_;
    }
    T await_resume() { return of.frame_.promise().take(); }
  };

  explicit task(frame of) noexcept : frame_(of) {}
  awaiter awaited_by(task_parts::chain* by) && noexcept {
    frame_.promise().of = by;
    return {std::move(*this)};
  }

  frame frame_;
};

namespace task_parts {

template <class T>
task<T> task_promise<T>::get_return_object() noexcept {
  return task<T>(std::coroutine_handle<task_promise>::from_promise(*this));
}

inline task<void> task_promise<void>::get_return_object() noexcept {
  return task<void>(std::coroutine_handle<task_promise>::from_promise(*this));
}

// The root of a chain: frees itself at its end.
struct spawned {
  struct promise_type : promise_base {
    chain all;

    // The frame's own copy of the first argument.
    promise_type(const executor& on, const auto&...) noexcept {
      all = {std::coroutine_handle<promise_type>::from_promise(*this), &on};
      of = &all;
    }
    spawned get_return_object() noexcept {
      return {std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    std::suspend_never final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    // Of spawn()'s handler: out of the loop with it.
    void unhandled_exception() const { throw; }
    using promise_base::await_transform;
    has_waited await_transform(ask_whether_waited) const noexcept { return {&all}; }
  };
  std::coroutine_handle<promise_type> frame;
};

template <class Ended>
spawned run_to_end(executor on, task<void> work, Ended ended) {
  std::exception_ptr failure;
  try {
    co_await std::move(work);
  } catch (...) {
    failure = std::current_exception();
  }
  if (co_await ask_whether_waited{}) {
    ended(failure);
  } else {
    // Never inside spawn() itself.
    asio::post(on, [ended = std::move(ended), failure]() mutable { ended(failure); });
  }
}

// Begins a chain; one that is thrown away unbegun destroys it.
class beginning {
 public:
  explicit beginning(std::coroutine_handle<> what) noexcept : what_(what) {}
  beginning(beginning&& other) noexcept : what_(std::exchange(other.what_, {})) {}
  beginning& operator=(beginning&&) = delete;
  ~beginning() {
    if (what_) what_.destroy();
  }
  void operator()() { std::exchange(what_, {}).resume(); }

 private:
  std::coroutine_handle<> what_;
};

}  // namespace task_parts

// Runs `work` on `on`: at once where that is the running loop, else as soon as it runs. `ended` is called
// there at its end, never before spawn() returns, with the exception that escaped it or null. Thread safe.
template <class Ended>
void spawn(executor on, task<void> work, Ended ended) {
  auto begun = task_parts::run_to_end(on, std::move(work), std::move(ended));
  asio::dispatch(on, task_parts::beginning(begun.frame));
}

template <class Ended>
void spawn(asio::io_context& on, task<void> work, Ended ended) {
  spawn(on.get_executor(), std::move(work), std::move(ended));
}

// What escapes `work` is dropped.
inline void spawn(executor on, task<void> work) {
  spawn(on, std::move(work), [](const std::exception_ptr&) {});
}

inline void spawn(asio::io_context& on, task<void> work) {
  spawn(on.get_executor(), std::move(work));
}

}  // namespace nearfar::providers
