#!/usr/bin/env bash
# demo_tunnel.sh ARGUMENTS OF scripts/demo-tunnel: it shows what it promises, and leaves nothing behind, also
# when it is interrupted. 77: it cannot run here.
set -euo pipefail
cd "$(dirname "$0")/../.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/tmp"
export TMPDIR=$work/tmp

fail() {
  printf '%s\n' "$@"
  cat "$work/out"
  exit 1
}
# Every program of the demo but the namespace's keeper has its folder on its command line.
nothing_left() {
  for _ in $(seq 100); do
    [ -n "$(ls -A "$TMPDIR")" ] || [ -n "$(pgrep -f "$TMPDIR" || true)" ] || return 0
    sleep 0.1
  done
  fail "$1: left behind" "$(ls -A "$TMPDIR")" "$(pgrep -af "$TMPDIR" || true)"
}

code=0
scripts/demo-tunnel --fast "$@" >"$work/out" 2>&1 || code=$?
[ "$code" != 77 ] || { cat "$work/out" && exit 77; }
[ "$code" = 0 ] || fail "exit $code"
for wanted in 'link down' 'leg 1: cloud/large *broken' 'leg 2: phone/tiny-glasses *answered' 'answered by cloud/large'; do
  grep -q "$wanted" "$work/out" || fail "not in what it printed: $wanted"
done
nothing_left "after its end"

for signal in INT TERM; do
  # A job in the background ignores SIGINT unless told otherwise.
  env --default-signal=INT scripts/demo-tunnel "$@" >"$work/out" 2>&1 &
  demo=$!
  for _ in $(seq 600); do
    ! grep -q 'translate' "$work/out" || break
    kill -0 "$demo" 2>/dev/null || fail "it ended before it was interrupted"
    sleep 0.05
  done
  kill -s "$signal" "$demo"
  ! wait "$demo" || fail "$signal was ignored"
  nothing_left "after SIG$signal"
done
