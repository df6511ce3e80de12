#!/usr/bin/env bash
# docs/traps.md and the tests' tags say the same: every number has a tagged test, or a reason in its row why it
# cannot apply; every test that the document names is there, and at least one of a row bears its tag.
. "$(dirname "$0")/common.sh"
document=docs/traps.md
last=38

# NAME<tab>TAGS, a line each. A name may bear its tags itself.
cases=$(git ls-files -co --exclude-standard 'tests/*_test.cpp' | xargs cat | tr '\n' ' ' |
  grep -oE 'TEST_CASE\( *"[^"]*"(, *"[^"]*")?' |
  sed -E 's/^TEST_CASE\( *"//; s/"$//; s/", *"/\t/; s/ *((\[trap[0-9]+\] ?)+)(\t|$)/\t\1/')
[ "$(grep -c . <<<"$cases")" -gt 100 ] || complain "no tests found" "$(git rev-parse --show-toplevel)"

for ((n = 1; n <= last; n++)); do
  row=$(grep -E "^\| $n \|" "$document" || true)
  if [ "$(grep -c . <<<"$row")" -ne 1 ]; then
    complain "$document: not one row of this number" "$n"
    continue
  fi
  # The last column: "cannot apply: why", or names in back quotes.
  column=$(sed -E 's/ *\|$//; s/.*\| //' <<<"$row")
  [[ ! $column =~ ^"cannot apply: "[a-z] ]] || continue
  mapfile -t names < <(grep -oE '`[^`]+`' <<<"$column" | tr -d '`')
  tagged=
  for name in "${names[@]}"; do
    line=$(awk -F '\t' -v name="$name" '$1 == name' <<<"$cases")
    [ -n "$line" ] || complain "$document, $n: no such test" "$name"
    [[ $line != *"[trap$n]"* ]] || tagged=1
  done
  [ -n "$tagged" ] || complain "$document: of this row no test bears the tag" "[trap$n]"
done

numbers=$(grep -oE '\[trap[0-9]+\]' <<<"$cases" | tr -dc '0-9\n' | sort -nu)
complain "tags of no number" "$(awk -v last="$last" '$1 < 1 || $1 > last' <<<"$numbers")"
finish
