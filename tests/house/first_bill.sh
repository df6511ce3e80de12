#!/usr/bin/env bash
# first_bill.sh NEARFAR UPSTREAM_DOUBLE: as somebody new would do it: make a key, spend its budget, read why it
# was refused, raise it, be answered again, see the bill.
. "$(dirname "$0")/common.sh"
nearfar=$1 double=$2
work=$(mktemp -d)
children=()
trap 'kill "${children[@]}" 2>/dev/null || true; wait; rm -rf "$work"' EXIT
unset XDG_CONFIG_HOME
export HOME=$work

# said FILE PREFIX: the rest of the first line that begins so, once a child has printed it.
said() {
  for _ in $(seq 600); do
    if grep -q "^$2" "$1" 2>/dev/null; then
      sed -n "s#^$2##p" "$1" | head -1
      return
    fi
    sleep 0.1
  done
  complain "no line begins with: $2" "$(cat "$1")"
  finish
}

"$double" --name cloud --behaviour '{"usage":{"prompt_tokens":8,"completion_tokens":20}}' >"$work/double" &
children+=($!)
cat >"$work/nearfar.yaml" <<YAML
version: 1
server: {listen: 127.0.0.1:0, admin: 127.0.0.1:0, state: $work/state}
providers:
  cloud:
    tier: self_hosted
    preset: openai-compatible
    url: $(said "$work/double" 'listening on ')/v1
    models: {large: {context: 64k, price: {input: 0 USD/M, output: 1 USD/M}}}
models: {assistant: [cloud/large]}
rules: [{name: default, prefer: [self_hosted]}]
YAML
nf() { "$nearfar" "$@" --config "$work/nearfar.yaml"; }

# A budget for three answers of 20 tokens at 1 USD a million.
key=$(nf keys create anna --budget '0.00006 USD/day' 2>"$work/told") || complain "keys create" "$(cat "$work/told")"
grep -q 'not shown again' "$work/told" || complain "keys create does not tell that the key is shown once" "$(cat "$work/told")"
case $key in nf-*) ;; *) complain "keys create printed no key" "$key" ;; esac

"$nearfar" serve --config "$work/nearfar.yaml" >"$work/out" 2>"$work/log" &
children+=($!)
address=$(said "$work/out" 'listening on http://')

# ask WANTED NAME ARGUMENT...: a query; its head and body are in $work/head and $work/body.
ask() {
  local wanted=$1 name=$2 status
  shift 2
  status=$(curl -s -m 60 -o "$work/body" -D "$work/head" -w '%{http_code}' "$@" "http://$address/v1/chat/completions" \
    -d '{"model":"assistant","max_tokens":20,"messages":[{"role":"user","content":"How far is it?"}]}') || true
  [ "$status" = "$wanted" ] || complain "$name was answered with $status, not $wanted" "$(cat "$work/head" "$work/body")"
}
body_says() { # body_says WHAT PATTERN
  grep -qE -- "$2" "$work/body" || complain "the refusal does not tell $1 (/$2/)" "$(cat "$work/body")"
}

ask 401 "a query without a key"
for one in first second third; do ask 200 "the $one query" -H "authorization: Bearer $key"; done
ask 402 "the fourth query" -H "authorization: Bearer $key"
body_says "which limit it is" "the key's budget"
body_says "what was used and how much there is" '0\.00006.*0\.00006'
body_says "until when" '20[0-9]{2}-[0-9]{2}-[0-9]{2}'
grep -qi '^x-should-retry: false' "$work/head" || complain "an SDK would ask again" "$(cat "$work/head")"

nf keys change anna --budget '1 USD/day' >/dev/null 2>"$work/told" || complain "keys change" "$(cat "$work/told")"
for _ in $(seq 100); do # the running gateway reads the file by itself
  status=$(curl -s -m 60 -o "$work/body" -w '%{http_code}' -H "x-nearfar-key: $key" "http://$address/v1/chat/completions" \
    -d '{"model":"assistant","max_tokens":20,"messages":[{"role":"user","content":"And now?"}]}') || true
  [ "$status" = 402 ] || break
  sleep 0.1
done
[ "$status" = 200 ] || complain "after the budget was raised the answer was $status" "$(cat "$work/body")"

kill "${children[1]}" && wait "${children[1]}" || complain "the gateway did not end well" "$(tail -20 "$work/log")"
bill=$(nf usage --by key) || complain "usage" "$bill"
grep -qE 'anna.*0\.00008' <<<"$bill" || complain "the bill is not that of four answers" "$bill"
nf usage --by key --json | grep -q '"output_tokens":80' || complain "the bill has other tokens" "$(nf usage --by key --json)"
nf keys show anna | grep -q '1 USD/day' || complain "keys show has another budget" "$(nf keys show anna)"
nf keys show anna | grep -qE '^spent +0\.000080 USD in this day' || complain "keys show has another sum" "$(nf keys show anna)"
if nf keys change anna --budget '10000000000 USD/day' >"$work/told" 2>&1; then complain "a budget beyond money" "$(cat "$work/told")"; fi
grep -q 'than a budget can be' "$work/told" || complain "how much a budget can be" "$(cat "$work/told")"
if nf usage --from 2026-11-22 --to 2026-11-01 >"$work/told" 2>&1; then complain "from behind to" "$(cat "$work/told")"; fi
grep -q 'later than the last' "$work/told" || complain "that the first day is later than the last" "$(cat "$work/told")"
finish
