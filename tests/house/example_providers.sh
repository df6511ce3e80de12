#!/usr/bin/env bash
# example_providers.sh NEARFAR: every provider of examples/providers passes `nearfar check` without a warning, on a
# machine without any vendor's key and without a state folder of its own; what comes later is refused by name.
. "$(dirname "$0")/common.sh"
nearfar=$1
unset ${!OPENAI_*} ${!ANTHROPIC_*} ${!GEMINI_*}

home=$(mktemp -d)
trap 'rm -r "$home"' EXIT
providers=0
for file in examples/providers/*.yaml; do
  [ -f "$file" ] || continue
  providers=$((providers + 1))
  output=$(HOME=$home "$nearfar" check "$file" 2>&1) || complain "nearfar check $file" "${output:-no output}"
done
[ "$providers" -ge 28 ] || complain "examples/providers has lost providers" "$providers left"

for later in bedrock vertex azure; do
  printf 'version: 1\nproviders: {p: {tier: remote, preset: %s, key: {env: K}, models: [m]}}\n' "$later" >"$home/f.yaml"
  output=$(HOME=$home "$nearfar" check "$home/f.yaml" 2>&1) && complain "preset $later passes" "$output"
  grep -q "preset \`$later\` in provider \`p\` comes later" <<<"$output" || complain "preset $later" "$output"
done
finish
