# Shared by the scripts of this folder. Sourced, not run.

# UTF-8 whatever the caller has: answers are printed and cut by character.
export LC_ALL=C.UTF-8

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

say() { printf '%s\n' "$*"; }
fail() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# On a terminal one line that counts; elsewhere a line every tenth of the way.
progress() {
  local terminal=0
  [ -t 1 ] && terminal=1
  awk -v terminal="$terminal" '
    match($0, /^\[[0-9]+\/[0-9]+\]/) {
      split(substr($0, 2, RLENGTH - 2), n, "/")
      if (terminal) { printf "\r  %d of %d", n[1], n[2]; fflush() }
      else if (int(10 * n[1] / n[2]) > last) { last = int(10 * n[1] / n[2]); printf "  %d of %d\n", n[1], n[2]; fflush() }
    }
    END { if (terminal) printf "\r\033[K" }'
}

# logged LOG COMMAND...: output to the log, which is shown when the command fails.
logged() {
  local log=$1 began=$SECONDS
  shift
  if ! "$@" >"$log" 2>&1; then
    printf '\n' >&2
    tail -n 60 "$log" >&2
    fail "failed after $((SECONDS - began)) s: $* (all of it: $log)"
  fi
}

# build PRESET TARGETS [CMAKE OPTION]...: configures and builds; nothing to do costs a second.
build() {
  local preset=$1 targets=$2 folder=$root/build/$1 log began=$SECONDS
  shift 2
  mkdir -p "$folder"
  log=$folder/build.log
  say "building ($preset), log in build/$preset/build.log"
  logged "$folder/configure.log" cmake --preset "$preset" -S "$root" "$@"
  # shellcheck disable=SC2086  # targets are words
  if ! NINJA_STATUS='[%f/%t] ' ninja -C "$folder" $targets 2>&1 | tee "$log" | progress; then
    grep -nE 'error:|FAILED' "$log" | head -n 20 >&2
    tail -n 40 "$log" >&2
    fail "the build failed; all of it: build/$preset/build.log"
  fi
  say "  built in $((SECONDS - began)) s"
}
