#include "gateway/provider_places.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace nearfar::gateway;

namespace {

struct query {
  std::shared_ptr<queue_waiter> waiter = std::make_shared<queue_waiter>();
  int woken = 0;
  query() {
    waiter->wake = [this] { ++woken; };
  }
  query(const query&) = delete;
};

}  // namespace

TEST_CASE("a place that falls free goes to the head of the line, not to a newcomer") {
  provider_places lab;
  lab.take();
  query first;
  query second;
  lab.enlist(first.waiter, 1);
  lab.enlist(second.waiter, 1);
  CHECK(lab.waiting() == 2);
  lab.leave();
  CHECK(first.woken == 1);
  CHECK(first.waiter->granted == &lab);
  CHECK(second.woken == 0);
  CHECK(lab.in_flight() == 1);  // full for everybody else
  lab.leave();
  CHECK(second.waiter->granted == &lab);
  lab.leave();
  CHECK(lab.in_flight() == 0);
  CHECK(lab.waiting() == 0);
}

TEST_CASE("who comes when a place is free does not wait") {
  provider_places lab;
  query one;
  lab.enlist(one.waiter, 1);
  CHECK(one.woken == 1);
  CHECK(one.waiter->granted == &lab);
  CHECK(lab.waiting() == 0);
}

TEST_CASE("a query in two lines gets one place and leaves the other line") {
  provider_places lab;
  provider_places attic;
  lab.take();
  attic.take();
  query both;
  query after;
  lab.enlist(both.waiter, 1);
  attic.enlist(both.waiter, 1);
  attic.enlist(after.waiter, 1);
  attic.leave();
  CHECK(both.waiter->granted == &attic);
  CHECK(lab.waiting() == 0);
  lab.leave();
  CHECK(both.woken == 1);
  CHECK(lab.in_flight() == 0);
  CHECK(attic.waiting() == 1);
  CHECK(after.woken == 0);
}

TEST_CASE("who gave up waiting gets nothing") {
  provider_places lab;
  lab.take();
  query gone;
  query next;
  lab.enlist(gone.waiter, 1);
  lab.enlist(next.waiter, 1);
  provider_places::withdraw(*gone.waiter);
  lab.leave();
  CHECK(gone.woken == 0);
  CHECK(next.waiter->granted == &lab);
}

TEST_CASE("a smaller limit after a reload lets the surplus go first") {
  provider_places lab;
  lab.take();
  lab.take();
  query one;
  lab.enlist(one.waiter, 1);
  lab.leave();
  CHECK(one.woken == 0);
  lab.leave();
  CHECK(one.woken == 1);
}
