"""What is measured, and how: each function gives {system name: [one row per round]}."""

import dataclasses
import json
import subprocess
import time

from . import process

WARM_SECONDS = 0.5


@dataclasses.dataclass
class Bench:
    load: str        # program
    upstream: str    # program
    systems: list
    rounds: int
    seconds: float   # of one measurement
    side_cores: set  # where load generator and upstream run
    billed: list     # in the place of `systems` where a bill is kept
    say: object      # progress: function of one string


class Trouble(RuntimeError):
    pass


class Upstream:
    def __init__(self, bench, *arguments):
        self.child = process.Child([bench.upstream, "--listen", "127.0.0.1:0", *map(str, arguments)],
                                   bench.side_cores, stdout=subprocess.PIPE)
        self.port = int(self.child.popen.stdout.readline().strip().rsplit(":", 1)[1])

    def stop(self):
        text = self.child.stop()
        counts = json.loads(text) if text else {"bad": -1, "cut": -1}
        if counts["bad"] or counts["cut"]:
            raise Trouble(f"the upstream saw broken requests: {counts}")
        return counts


def run_load(bench, system, arguments, watch=None):
    """Runs the generator to its end; CPU time of the system under test meanwhile."""
    pid = system.pid()
    before = process.cpu_ns(pid) if pid else 0
    split = process.user_share(pid) if pid else (0, 0)
    fields = [word for field in system.headers for word in ("--header", field)]
    child = process.Child([bench.load, "--to", f"127.0.0.1:{system.port}", *fields, *map(str, arguments)],
                          bench.side_cores, stdout=subprocess.PIPE)
    peak = 0
    while watch and child.alive():
        peak = max(peak, process.rss_kib(pid) if pid else 0)
        time.sleep(watch)
    text = child.popen.stdout.read()
    child.stop()
    if not text:
        raise Trouble(f"{system.name}: the load generator gave no result")
    row = json.loads(text)
    if row["errors"] or not row["good"]:
        raise Trouble(f"{system.name}: not every answer was right: {row}")
    row["cpu_ns"] = process.cpu_ns(pid) - before if pid else 0
    row["rss_kib"] = process.rss_kib(pid) if pid else 0
    row["peak_rss_kib"] = max(peak, row["rss_kib"])
    after = process.user_share(pid) if pid else (0, 0)
    used = after[0] - split[0] + after[1] - split[1]
    row["user_share"] = (after[0] - split[0]) / used if used else 0
    return row


def interleaved(bench, upstream_arguments, load_arguments, title):
    """All systems stay up; each round asks every one of them, in turning order."""
    rows = {system.name: [] for system in bench.systems}
    upstream = Upstream(bench, *upstream_arguments)
    try:
        for system in bench.systems:
            system.start(upstream.port)
            run_load(bench, system, [*load_arguments, "--duration", WARM_SECONDS])
        for number in range(bench.rounds):
            bench.say(f"{title}: round {number + 1} of {bench.rounds}")
            turn = number % len(bench.systems)
            for system in bench.systems[turn:] + bench.systems[:turn]:
                row = run_load(bench, system, [*load_arguments, "--duration", bench.seconds])
                row["cpu_us"] = row["cpu_ns"] / row["good"] / 1e3
                rows[system.name].append(row)
    finally:
        for system in bench.systems:
            system.stop()
        upstream.stop()
    return rows


def closed_loop(bench, title, connections, body, *more):
    load = ["--connections", connections, "--body-bytes", body, "--answer-bytes", 1024, *more]
    return interleaved(bench, ["--answer-bytes", 1024], load, title)


def chat_1k(bench):
    return closed_loop(bench, "1 KB chat", 16, 1024)


def prompt_100k(bench):
    return closed_loop(bench, "100 KB prompt", 8, 100 * 1024)


def image_5m(bench):
    return closed_loop(bench, "5 MB image", 4, 5 * 1000 * 1000, "--image")


def latency_500(bench):
    load = ["--connections", 64, "--body-bytes", 1024, "--answer-bytes", 1024, "--rate", 500]
    return interleaved(bench, ["--answer-bytes", 1024], load, "500 requests/s")


def even(bench, rate):
    """The same rate for all: what a message costs the kernel depends on whether its reader sleeps, and in the closed
    loop the faster proxy finds it awake more often."""
    load = ["--connections", 64, "--body-bytes", 1024, "--answer-bytes", 1024, "--rate", rate]
    return interleaved(bench, ["--answer-bytes", 1024], load, f"{rate:,} requests/s")


def even_5k(bench):
    return even(bench, 5000)


def billed_1k(bench):
    """nearfar with keys, limits and ledger on; the others as ever."""
    return chat_1k(dataclasses.replace(bench, systems=bench.billed))


def billed_5k(bench):
    return even(dataclasses.replace(bench, systems=bench.billed), 5000)


def billed_40k(bench):
    return even(dataclasses.replace(bench, systems=bench.billed), 40000)


def billed_latency(bench):
    return latency_500(dataclasses.replace(bench, systems=bench.billed))


def streams(bench, count, interval_ms, seconds):
    """Every round with a fresh process, so that memory per stream does not see an earlier round's heap."""
    chunks = max(1, int(seconds * 1000 / interval_ms))
    rows = {system.name: [] for system in bench.systems}
    load = ["--stream", "--chunks", chunks, "--connections", count, "--requests", count, "--spread", 1, "--duration",
            2, "--grace", seconds + 30, "--body-bytes", 1024]
    upstream = Upstream(bench, "--chunks", chunks, "--interval-ms", interval_ms)
    try:
        for number in range(bench.rounds):
            bench.say(f"{count} streams: round {number + 1} of {bench.rounds}")
            turn = number % len(bench.systems)
            for system in bench.systems[turn:] + bench.systems[:turn]:
                system.start(upstream.port)
                idle = process.rss_kib(system.pid()) if system.pid() else 0
                row = run_load(bench, system, load, watch=0.1)
                system.stop()
                row["cpu_us"] = row["cpu_ns"] / row["events"] / 1e3
                row["kib_per_stream"] = (row["peak_rss_kib"] - idle) / row["most_open"]
                rows[system.name].append(row)
    finally:
        for system in bench.systems:
            system.stop()
        counts = upstream.stop()
    if counts["late_events"]:
        bench.say(f"{count} streams: the upstream itself was late for {counts['late_events']} of {counts['events']} events")
    return rows


def few_streams(bench):
    """Few enough that nothing waits for a processor: what is late here was held back."""
    return streams(dataclasses.replace(bench, rounds=min(bench.rounds, 3)), 20, 50, bench.seconds)


def starts(bench):
    """Process start to the first answered query, and memory then."""
    rows = {system.name: [] for system in bench.systems if system.name != "direct"}
    upstream = Upstream(bench, "--answer-bytes", 1024)
    try:
        for number in range(bench.rounds * 2):
            bench.say(f"start: round {number + 1} of {bench.rounds * 2}")
            for system in bench.systems:
                if system.name == "direct":
                    continue
                begin = time.monotonic()
                system.start(upstream.port)
                took = time.monotonic() - begin
                rows[system.name].append({"start_ms": took * 1e3, "rss_kib": process.rss_kib(system.pid())})
                system.stop()
    finally:
        upstream.stop()
    return rows
