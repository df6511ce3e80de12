#!/usr/bin/env python3
"""Kills a gateway under load, again and again, and looks at what its ledger still knows.

After every kill -9: the file is whole; no sum in it is below what stood there before the kill; a query that the
client had whole answered is missing only if it ended within the stated interval before the kill; and the gateway
that starts next counts at least what the file says. Exit 0: all of it held; 1: something did not; 2: something
needed is missing.
"""

import argparse
import json
import os
import pathlib
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))
sys.dont_write_bytecode = True

from lib.faults import client, programs  # noqa: E402

# gateway/ledger/ledger.hpp: rows are gathered so long before they are written.
GATHER_SECONDS = 0.2
# A machine that holds up a client's answer so long holds up the writer, too.
SLACK_SECONDS = 0.3
ENOUGH = 10**9  # tokens: never reached, so that what is left tells what was counted
TOKENS = 10     # of every answer
CLIENTS = 6

CONFIGURATION = f"""version: 1
server: {{listen: 127.0.0.1:0, admin: 127.0.0.1:0, state: state, threads: 2}}
providers:
  cloud:
    tier: self_hosted
    preset: openai-compatible
    url: URL/v1
    models: {{large: {{context: 64k, price: {{input: 1 USD/M, output: 2 USD/M}}}}}}
models: {{auto: [cloud/large]}}
rules: [{{name: default, prefer: [self_hosted]}}]
limits:
  - {{name: tokens, of: tokens, max: {ENOUGH}, per: month, by: key}}
  - {{name: money, of: cost, max: 100000 USD, per: month, by: key}}
"""


class Broken(RuntimeError):
    """What was promised did not hold."""


def insist(holds, why):
    if not holds:
        raise Broken(why)


class Ledger:
    """The file, read by somebody else."""

    def __init__(self, path):
        self.path = path

    def ask(self, sql):
        with sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=30) as file:
            return file.execute(sql).fetchall()

    def rows_of(self, sql):
        """None where it was killed before there was a file, or before its tables were made."""
        if not self.path.exists():
            return None
        try:
            return self.ask(sql)
        except sqlite3.OperationalError as trouble:
            if "no such table" not in str(trouble):
                raise
            return None

    def sums(self, table="attempts"):
        rows = "count(*)" if table == "attempts" else "coalesce(sum(attempts), 0)"
        found = self.rows_of(f"SELECT {rows}, coalesce(sum(input + output), 0), coalesce(sum(cost), 0) FROM {table}")
        return dict(zip(("rows", "tokens", "cost"), found[0] if found else (0, 0, 0)))

    def queries(self):
        return {name for (name,) in self.rows_of("SELECT query FROM attempts") or []}


class Load:
    """Clients that ask one query after another and note whose answer was whole, and when."""

    def __init__(self, gateway, key, seed):
        self.gateway, self.key = gateway, key
        self.answered = {}  # query: moment
        self.slowest = 0.0
        self.wrong = []
        self.lock = threading.Lock()
        self.over = False
        self.threads = [threading.Thread(target=self._ask, args=(random.Random(f"{seed}/{number}"),))
                        for number in range(CLIENTS)]
        for thread in self.threads:
            thread.start()

    def _ask(self, rng):
        while not self.over:
            try:
                answer = ask(self.gateway, self.key, rng.random() < 0.5)
            except OSError:
                continue  # killed
            now = time.monotonic()
            with self.lock:
                if answer.status == 200 and answer.framed and answer.done:
                    self.answered[answer.headers["x-nearfar-id"]] = now
                    self.slowest = max(self.slowest, answer.took)
                elif answer.status not in (0, 200):
                    self.wrong.append(f"{answer.status} {answer.body.decode(errors='replace')}")

    def stop(self):
        self.over = True
        for thread in self.threads:
            thread.join()


def ask(gateway, key, stream):
    query = {"model": "auto", "stream": stream, "max_tokens": TOKENS, "messages": [{"role": "user", "content": "How far?"}]}
    return client.ask(gateway.address, query, [("x-nearfar-key", key)], patience=30)


def counted(answer):
    """Tokens that the gateway holds against the limit, this query's claim with them."""
    left = answer.headers.get("x-ratelimit-remaining-tokens")
    insist(left is not None, f"an answer does not tell what is left of the limit: {answer.headers}")
    return ENOUGH - int(left)


def check_file(ledger, before):
    insist(ledger.rows_of("PRAGMA integrity_check") in (None, [("ok",)]), "the file is damaged")
    now = ledger.sums()
    for name, value in before.items():
        insist(now[name] >= value, f"{name} went backwards: {value} before the kill, {now[name]} after it")
    insist(ledger.sums("days") == now, f"the sums of the days are others: {ledger.sums('days')}, rows: {now}")
    twice = ledger.rows_of("SELECT query, attempt FROM attempts GROUP BY query, attempt HAVING count(*) > 1")
    insist(not twice, f"rows that stand there twice: {twice}")
    return now


def check_lost(ledger, load, killed_at):
    known = ledger.queries()
    lost = {name: killed_at - at for name, at in load.answered.items() if name not in known}
    allowed = GATHER_SECONDS + SLACK_SECONDS + 2 * load.slowest
    late = {name: age for name, age in lost.items() if age > allowed}
    insist(not late, f"lost although they had ended more than {allowed:.2f} s before the kill: {late}")
    return len(lost), max(lost.values(), default=0.0)


class Trial:
    def __init__(self, nearfar, double, folder):
        self.nearfar, self.folder = nearfar, folder
        self.double = programs.Double(double, "cloud", "--tokens", TOKENS, "--token-delay-ms", 2, "--keep-requests", 0)
        self.configuration = CONFIGURATION.replace("URL", self.double.url)
        (folder / "nearfar.yaml").write_text(self.configuration)
        self.key = self.run("keys", "create", "load").strip()
        self.ledger = Ledger(folder / "state" / "ledger.db")
        self.answered = self.lost = 0
        self.oldest = 0.0

    def run(self, *words):
        done = subprocess.run([self.nearfar, *words, "--config", str(self.folder / "nearfar.yaml")], capture_output=True,
                              text=True, check=False)
        insist(done.returncode == 0, f"nearfar {' '.join(words)}: {done.stderr}")
        return done.stdout

    def start(self):
        """A gateway that has counted what the file says."""
        said = self.ledger.sums()
        gateway = programs.Gateway(self.nearfar, self.folder, self.configuration)
        first = ask(gateway, self.key, False)
        insist(first.status == 200, f"the first query after a start: {first.status} {first.body}")
        insist(counted(first) >= said["tokens"],
               f"after a start {counted(first)} tokens are counted, the file has {said['tokens']}")
        return gateway

    def kill_once(self, number, rng):
        gateway = self.start()
        load = Load(gateway, self.key, number)
        time.sleep(rng.uniform(0.05, 1.0))
        before = self.ledger.sums()
        gateway.child.popen.kill()
        killed_at = time.monotonic()
        gateway.child.popen.wait()
        load.stop()
        gateway.child.stop()
        insist(not load.wrong, f"answers that are none: {load.wrong[:3]}")
        check_file(self.ledger, before)
        lost, oldest = check_lost(self.ledger, load, killed_at)
        self.answered += len(load.answered)
        self.lost += lost
        self.oldest = max(self.oldest, oldest)

    def end_well(self):
        """Who is asked to end loses nothing, and the bill is the one that `usage` shows."""
        gateway = self.start()
        load = Load(gateway, self.key, "last")
        time.sleep(0.5)
        load.stop()
        gateway.stop()
        lost = set(load.answered) - self.ledger.queries()
        insist(load.answered and not lost, f"lost at an ordinary end: {lost}")
        total = json.loads(self.run("usage", "--json"))["total"]
        sums = self.ledger.sums()
        insist(total["attempts"] == sums["rows"], f"`nearfar usage` shows {total}, the file has {sums}")

    def stop(self):
        self.double.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nearfar", required=True)
    parser.add_argument("--double", required=True)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1, help="when it is killed")
    chosen = parser.parse_args()
    for program in (chosen.nearfar, chosen.double):
        if not os.access(program, os.X_OK):
            print(f"ledger_kill: {program} is missing", file=sys.stderr)
            return 2
    folder = pathlib.Path(tempfile.mkdtemp(prefix="nearfar-kill-"))
    trial = None
    rng = random.Random(chosen.seed)
    number = 0
    try:
        trial = Trial(os.path.abspath(chosen.nearfar), os.path.abspath(chosen.double), folder)
        for number in range(chosen.kills):
            trial.kill_once(number, rng)
        trial.end_well()
    except (Broken, RuntimeError) as trouble:
        print(f"ledger_kill: kill {number + 1} of {chosen.kills}, seed {chosen.seed}: {trouble}", file=sys.stderr)
        return 1
    finally:
        if trial:
            trial.stop()
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{chosen.kills} kills; {trial.answered} whole answers, {trial.lost} of them not in the ledger; the oldest of these "
          f"had ended {trial.oldest * 1e3:.0f} ms before its kill")
    return 0


if __name__ == "__main__":
    sys.exit(main())
