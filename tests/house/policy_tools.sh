#!/usr/bin/env bash
# policy_tools.sh NEARFAR: every `$ nearfar ...` of docs/policy-tools.md prints what the page shows, and
# wrong values of flags get their suggestions.
. "$(dirname "$0")/common.sh"
nearfar=$1
page=$PWD/docs/policy-tools.md
cd tests/cli

# One example at a time: its command line, then what follows up to the next command or the end of the block.
examples=0
command='' shown='' inside=0
check() {
  [ -n "$command" ] || return 0
  examples=$((examples + 1))
  local output
  output=$(TZ=UTC bash -c "nearfar() { '$nearfar' \"\$@\"; }; $command" 2>&1 </dev/null) || true
  complain "docs/policy-tools.md shows another output of: $command" \
    "$(diff <(printf '%s\n' "${shown%$'\n'}") <(printf '%s\n' "$output") || true)"
  command='' shown=''
}
while IFS= read -r line; do
  case $line in
    '```console') inside=1 ;;
    '```') [ "$inside" = 1 ] && check; inside=0 ;;
    '$ '*) [ "$inside" = 1 ] && check && command=${line#'$ '} ;;
    *) [ "$inside" = 1 ] && [ -n "$command" ] && shown+=$line$'\n' ;;
  esac
done <"$page"
[ "$examples" -ge 10 ] || complain "docs/policy-tools.md has lost its examples" "$examples left"

run() { # run CODE PATTERN ARGUMENT...: the exit code, and a line of the output
  local code=0 output wanted=$1 pattern=$2
  shift 2
  output=$("$nearfar" "$@" 2>&1 </dev/null) || code=$?
  [ "$code" = "$wanted" ] || complain "nearfar $* ended with $code, not $wanted" "${output:-nothing}"
  grep -qE -- "$pattern" <<<"$output" || complain "nearfar $*: no line like /$pattern/" "${output:-nothing}"
}
file=nearfar.yaml
run 0 '^2 passed, 0 failed' test "$file"
run 1 '^FAIL' test failing.yaml
run 1 '"passed":1,"failed":1' test failing.yaml --json
run 2 'no such file' test absent.yaml
run 0 '"target":"cloud/large"' explain "$file" --json
run 2 'did you mean .network' explain "$file" --fact netwrk=offline
run 2 'did you mean .offline' explain "$file" --fact network=offlin
run 2 'did you mean .voice' explain "$file" --tag voce
run 2 'did you mean .auto' explain "$file" --model aut
run 2 'did you mean .homelab' explain "$file" --down homlab
run 2 'did you mean .cloud/large' explain "$file" --why-not cloud/lrge
run 2 'needs a unit' explain "$file" --fact battery=12
run 2 'is no value of .metered' explain "$file" --fact metered=yes
run 2 'no point in time' explain "$file" --time yesterday
run 2 'gives no value' explain "$file" --fact network
run 2 'did you mean .worn' explain "$file" --fact wron=true
run 2 'gives no value' explain "$file" --header x-app
run 2 'is no value of .time' explain "$file" --fact time=25:00
run 2 'did you mean .network' table "$file" --by netwrk
run 2 'by is required' table "$file"
run 0 '"rows":\[\{"facts":\{"privacy":' table "$file" --by privacy --json
run 1 '^changed  rule save-battery' diff "$file" nearfar-new.yaml
run 1 '"same":false' diff "$file" nearfar-new.yaml --json
run 0 'no change' diff "$file" "$file"
run 2 'no such file' diff "$file" absent.yaml
log=decisions.jsonl
run 0 '^target   homelab/middle' explain "$file" --id nfq-0000000000000002 --log "$log"
run 0 'private-stays-home .* allows only others because privacy is private' \
  explain "$file" --id nfq-0000000000000002 --log "$log" --why-not cloud/large
run 0 '"is":"held_back"' explain "$file" --id nfq-0000000000000001 --log "$log" --why-not homelab/middle --json
run 2 'did you mean .cloud/large' explain "$file" --id nfq-0000000000000001 --log "$log" --why-not cloud/lrge
run 2 'decisions.jsonl has no query nfq-3' explain "$file" --id nfq-3 --log "$log"
run 0 '^2 queries, 0 moved' simulate --log "$log" --policy "$file" --fail-if 'moved>0'
run 0 '"fail_if":\[\{"limit":"refused>0","holds":false\}\]' \
  simulate --log "$log" --policy "$file" --fail-if 'refused>0' --json
# Judged before anything is read: neither file exists.
run 2 'fail-if .moved. is not of the form' simulate --log absent --policy absent.yaml --fail-if moved
run 2 'since .yesterday. is no moment' simulate --log absent --policy absent.yaml --since yesterday
# In one stream the verdict comes after the report it is about.
device=$(mktemp)
sed 's/prefer: \[remote, self_hosted\]/prefer: [device]/' "$file" >"$device"
both=$("$nearfar" simulate --log "$log" --policy "$device" --fail-if 'moved>0%' 2>&1) || true
rm "$device"
[ "$(tail -1 <<<"$both")" = 'nearfar: moved>0% holds' ] || complain "the verdict of simulate is not the last line" "$both"
finish
