#!/usr/bin/env bash
# example_policies.sh NEARFAR: every policy of examples/policies passes `nearfar check` without a warning, and its own
# tests, on a machine without any vendor's key.
. "$(dirname "$0")/common.sh"
nearfar=$1
unset OPENAI_API_KEY OPENROUTER_API_KEY DEEPSEEK_API_KEY

policies=0
for file in examples/policies/*.yaml; do
  [ -f "$file" ] || continue
  policies=$((policies + 1))
  output=$("$nearfar" check "$file" 2>&1) || complain "nearfar check $file" "${output:-no output}"
  output=$("$nearfar" test "$file" 2>&1) || complain "nearfar test $file" "${output:-no output}"
  grep -q '^[1-9][0-9]* passed, 0 failed$' <<<"$output" || complain "$file has no test that passes" "${output:-nothing}"
  [ "$(head -1 "$file")" = '# yaml-language-server: $schema=../../config/nearfar.schema.json' ] ||
    complain "$file: no modeline for editors" "$(head -1 "$file")"
done
# The longest example there is, on a machine that has its model.
home=$(mktemp -d)
trap 'rm -r "$home"' EXIT
mkdir "$home/models" && touch "$home/models/qwen3-0.6b-q4_k_m.gguf"
whole=tests/unit/config/fixtures/design.yaml
output=$(HOME=$home "$nearfar" check "$whole" 2>&1) || complain "nearfar check $whole" "${output:-no output}"

[ "$policies" -ge 6 ] || complain "examples/policies has lost policies" "$policies left"
finish
