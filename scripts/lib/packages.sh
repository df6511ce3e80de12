# What the project needs from the distribution. Sourced, not run.
# NAME or NAME>=VERSION. On Debian 12 the names of `from_backports` come from bookworm-backports.

packages_run=(
  clang-19 lld-19 cmake ninja-build pkg-config
  libboost1.83-dev libboost-container1.83-dev libboost-json1.83-dev libboost-system1.83-dev libboost-url1.83-dev
  libyaml-cpp-dev libsimdjson-dev libfmt-dev libcli11-dev libssl-dev libsqlite3-dev libhowardhinnant-date-dev
  ca-certificates curl
)

# scripts/demo-tunnel: a second machine, and the upstream double, which is built with the tests.
packages_demo=("${packages_run[@]}" 'catch2>=3' libbenchmark-dev iproute2 nftables openssl python3 util-linux)

packages_test=(
  "${packages_run[@]}"
  ccache llvm-19 libclang-rt-19-dev clang-format-19 clang-tidy-19
  'catch2>=3' libbenchmark-dev libvalijson-dev
  openssl git iproute2 nftables procps python3 nginx-light haproxy
)

from_backports='^(libboost.*1\.83.*|catch2)$'
