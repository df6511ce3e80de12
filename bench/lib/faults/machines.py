"""Two machines on one: network namespaces joined by a veth pair, whose links really go down.

The caller itself moves into the near one, the far one is held by a child. Nothing is named or mounted, so
nothing is left behind, however the caller ends. Needs root or unprivileged user namespaces, iproute2 and
nftables.
"""

import os
import shutil
import subprocess
import sys
import time

from .. import process

INSIDE = "NEARFAR_FAULTS_INSIDE"
TRIAL = ("ip link set lo up && ip link add name va type veth peer name vb && ip link set va up && "
         "nft add table inet trial")
NEAR, NEAR_ELSEWHERE, FAR, REMOTE = "10.77.0.1", "10.77.0.3", "10.77.0.2", "10.99.0.2"


def _way():
    """(words before a command that put it into a namespace of its own, why not)"""
    # Debian keeps the tools out of an ordinary user's path.
    os.environ["PATH"] = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    for tool in ("unshare", "nsenter", "ip", "nft", "tc"):
        if shutil.which(tool) is None:
            return None, f"`{tool}` is missing (packages util-linux, iproute2 and nftables)"
    said = ""
    for way in (["unshare", "--net"], ["unshare", "--user", "--map-root-user", "--net"]):
        trial = subprocess.run([*way, "sh", "-c", TRIAL], capture_output=True, text=True)
        if trial.returncode == 0:
            return way, ""
        said = trial.stderr.strip().splitlines()[-1] if trial.stderr.strip() else "refused"
    return None, f"needs root or unprivileged user namespaces: {said}"


def inside():
    return INSIDE in os.environ


def enter():
    """Starts this program again in a namespace of its own. Returns only where that is refused: the reason."""
    if inside():
        run("ip link set lo up")
        return ""
    way, why_not = _way()
    if way is None:
        return why_not
    os.environ[INSIDE] = "1"
    sys.stdout.flush()
    os.execvp(way[0], [*way, sys.executable, *sys.argv])


def run(command, machine=()):
    """A shell command here, or on the far machine. Raises with what it said."""
    done = subprocess.run([*machine, "sh", "-c", command], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{command}: {done.stderr.strip()}")


class Machines:
    """Near: 10.77.0.1 on `va`, its default route through 10.77.0.2, which is far, on `vb`. Far has 10.99.0.2,
    too, behind that route."""

    def __init__(self):
        self.keeper = process.Child(["unshare", "--net", "sleep", "infinity"])
        own = os.readlink("/proc/self/ns/net")
        self.place = f"/proc/{self.keeper.popen.pid}/ns/net"
        end = time.monotonic() + 10
        while os.readlink(self.place) == own:
            if time.monotonic() > end or not self.keeper.alive():
                raise RuntimeError("no second network namespace")
            time.sleep(0.005)
        self.far = ["nsenter", f"--net={self.place}", "--"]
        run(f"ip link add name va type veth peer name vb netns {self.keeper.popen.pid}")
        # Without IPv6 there is no address detection whose end would be news.
        run("sysctl -q -w net.ipv6.conf.va.disable_ipv6=1 2>/dev/null || true")
        run(f"ip link set lo up && ip address add {FAR}/24 dev vb && ip address add {REMOTE}/32 dev lo && "
            "ip link set vb up", self.far)
        run(f"ip address add {NEAR}/24 dev va && ip link set va up && ip route add default via {FAR}")

    def link_down(self):
        run("ip link set va down")

    def link_up(self):
        # The kernel forgets IPv4 routes with the link and does not bring them back.
        run(f"ip link set va up && ip route replace default via {FAR}")

    def carrier_lost(self):
        run("ip link set vb down", self.far)

    def carrier_back(self):
        run("ip link set vb up", self.far)

    def route_lost(self):
        run("ip route del default")

    def route_back(self):
        run(f"ip route replace default via {FAR}")

    def move(self, old, new):
        """Another address, as after a new lease."""
        run(f"ip address del {old}/24 dev va && ip address add {new}/24 dev va && ip route replace default via {FAR}")

    def lose(self, tenths):
        """So many of ten packets that reach this machine are thrown away."""
        heads = ", ".join(str(number) for number in range(tenths))
        which = f"numgen random mod 10 {{ {heads} }} " if tenths < 10 else ""
        run("nft 'add table inet faults; flush table inet faults; "
            "add chain inet faults heard { type filter hook input priority 0; }; "
            f"add rule inet faults heard iifname \"va\" {which}drop'")

    def lose_nothing(self):
        run("nft 'add table inet faults; delete table inet faults'")

    def slow(self, rate):
        """Both ways, `rate` as tc takes it."""
        run(f"tc qdisc replace dev va root tbf rate {rate} burst 4kb latency 2s")
        run(f"tc qdisc replace dev vb root tbf rate {rate} burst 4kb latency 2s", self.far)

    def fast(self):
        run("tc qdisc del dev va root 2>/dev/null || true")
        run("tc qdisc del dev vb root 2>/dev/null || true", self.far)

    def heal(self):
        """As at the beginning, whatever was done."""
        self.lose_nothing()
        self.fast()
        self.carrier_back()
        run(f"ip address del {NEAR_ELSEWHERE}/24 dev va 2>/dev/null || true")
        run(f"ip address replace {NEAR}/24 dev va")
        self.link_up()
