// Everything that evaluate reads of one query, made up instead of seen: by the `tests:` of a file, by
// explain, by tables and by diffs.
#pragma once

#include "routes/evaluate.hpp"
#include "routes/fact_table.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nearfar::routes {

// Monostate: unknown where the fact is sensed, not given where it is not.
using given_value = declared_value;

// A value that can be copied and changed fact by fact; owns what query and facts only view.
class situation {
 public:
  // As `tests:` begin: link online, the default privacy, other sensed facts as their `if_unsensed` says or
  // unknown, Monday noon in every zone, nothing measured, nothing down. The policy must live as long.
  explicit situation(const policy& rules);

  enum class outcome : std::uint8_t { taken, unfit, unknown_fact };

  // `fact`: one of known_facts(), a declared fact, or `header:NAME`. Numbers in base units, `time` as
  // "23:30", `weekday` as "sat", `header` as "x-app: glasses". A bucket is searched for (a millisecond).
  // `reached`: limits that have no room left, "daily-spend,bursts"; those unknown here are left out and
  // unfit.
  outcome give(std::string_view fact, const given_value& value);

  // A provider or a target taken as out of reach. False: there is none of that name.
  bool take_down(std::string_view provider_or_target);
  bool take_down(target_index target);

  // The facts that a codec read from a body, except what the head says (privacy, tag, key, deadlines).
  void read_from_body(const query& asked);

  // All of another input, recorded or live, as the point to change facts from. It was made for the policy of
  // this object.
  void begin_at(const evaluation_input& in);

  // A real moment. Offsets in the order of policy::zones(). A given `time` or `weekday` still counts.
  void set_clock(std::int64_t unix_seconds, std::vector<std::int32_t> zone_offsets,
                 std::int32_t machine_offset);

  const std::string& model() const { return model_; }
  // What `reached` was given; "none".
  std::string reached_text() const;
  const policy& rules() const { return *rules_; }

  // Views into this object: good until it is changed or goes away.
  evaluation_input input();

 private:
  bool give_known(const fact_info& row, const given_value& value);
  bool give_sensed(const fact_info& row, const given_value& value);
  bool give_asked(const fact_info& row, const given_value& value);
  bool give_header(std::string_view name, const given_value& value);
  bool give_time(const given_value& value);
  bool give_weekday(const given_value& value);
  bool give_reached(const given_value& value);
  void refresh_clock();
  void refresh_limits();

  const policy* rules_;
  query asked_;
  facts now_true_;
  std::string model_;
  std::string tag_;
  std::string key_;
  std::string team_;
  std::vector<std::pair<std::string, std::string>> sent_;
  std::vector<declared_value> declared_;
  std::vector<target_snapshot> targets_;
  std::vector<std::uint16_t> over_;     // by target: the limit that keeps it out, as it was begun at
  std::vector<std::uint16_t> reached_;  // rising
  std::vector<header_view> headers_;
  std::vector<std::int32_t> zone_offsets_;
  std::int32_t machine_offset_ = 0;
  std::optional<std::int64_t> second_of_day_;
  std::optional<std::int64_t> weekday_;  // 0 is Monday
  std::vector<std::int32_t> offsets_;
  instant now_{};
  std::uint64_t seed_ = 0;
  sticky_hit sticky_;
};

// What evaluate answers, without the trace: the targets in the order in which they would be tried now, and
// the rows that chose. Two of them are equal when the same would happen.
struct answer {
  std::vector<target_index> order;
  std::uint16_t rule = none_index;
  std::uint16_t attempts = 0;
  bool held_back = false;  // the plan has targets, but none within reach
  friend bool operator==(const answer&, const answer&) = default;
};

answer answer_of(const plan& p, const trace& why);

}  // namespace nearfar::routes
