#!/usr/bin/env bash
# run.sh NEARFAR UPSTREAM_DOUBLE: the SDKs' tests on the Node that was fetched with them. 77: not there.
set -euo pipefail
cd "$(dirname "$0")"
node=$(find node_modules/node-linux-*/bin/node 2>/dev/null | head -n 1 || true)
if [ -z "$node" ] || [ ! -d node_modules/openai ] || [ ! -d node_modules/yaml-language-server ]; then
  echo "skipped: the SDKs are not there (tests/conformance/install.sh fetches them)"
  exit 77
fi
export NEARFAR=$1 UPSTREAM_DOUBLE=$2
exec "$node" --test --test-concurrency=1 --test-timeout=60000 ./*.test.mjs
