#!/usr/bin/env bash
# run.sh NEARFAR UPSTREAM_DOUBLE FILE...: tests of SDKs on the Node that was fetched with them. 77: not there.
set -euo pipefail
cd "$(dirname "$0")"
node=$(find node_modules/node-linux-*/bin/node 2>/dev/null | head -n 1 || true)
needed=(openai @anthropic-ai/sdk @google/genai @openrouter/ai-sdk-provider ai zod yaml-language-server)
for package in "${needed[@]}"; do
  [ -n "$node" ] && [ -d "node_modules/$package" ] && continue
  echo "skipped: the SDKs are not there (tests/conformance/install.sh fetches them)"
  exit 77
done
export NEARFAR=$1 UPSTREAM_DOUBLE=$2
shift 2
exec "$node" --test --test-concurrency=1 --test-timeout=60000 "$@"
