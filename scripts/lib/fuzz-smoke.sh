#!/usr/bin/env bash
# fuzz-smoke.sh BUILD_FOLDER SECONDS: every fuzz target for so long, beginning with its committed corpus.
set -euo pipefail
. "$(dirname "$0")/common.sh"
folder=$root/$1
found=$(find "$folder/tests/fuzz" -maxdepth 1 -type f -executable -name 'fuzz_*' | sort)
[ -n "$found" ] || fail "no fuzz targets in $1"
for target in $found; do
  name=$(basename "$target")
  work=$folder/fuzz/${name#fuzz_}
  corpus=$root/tests/fuzz/corpus/${name#fuzz_}
  mkdir -p "$work"
  seeds=()
  [ ! -d "$corpus" ] || seeds=("$corpus")
  say "$name, $2 s"
  logged "$work.log" "$target" -max_total_time="$2" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="$work-" "$work" ${seeds[@]+"${seeds[@]}"}
  awk '/stat::number_of_executed_units/ { print "  " $2 " inputs" }' "$work.log"
done
