"""What links do on a way through a city, to a gateway that must not be restarted for it.

The gateway and the client are on the near machine, the remote (behind the default route, with TLS) on the far
one. The device tier is a real llama-server, warm, where one is found. After each scenario everything is
healed, and the next query must go to the remote again, with nothing restarted in between.
"""

import dataclasses
import pathlib
import shutil
import subprocess
import sys
import threading
import time

from .. import process
from . import client, machines, programs, record

# The device's phrase book knows this answer as well, so that what it goes on with makes sense.
QUESTION = "What can you do?"
# White space goes before a word, as in the tokens of nearly every model.
WORDS = ["I", " can", " translate", " short", " phrases,", " convert", " units,", " set", " timers", " and", " draft",
         " short", " messages."]
TEXT = "".join(WORDS)
SPEAKS = {"script": WORDS, "token_delay_ms": 40}
PATIENCE = 60
# What must happen "at once" is milliseconds on an idle machine; nothing that a clock of the policy ends.
SOON = 20.0
MODEL = pathlib.Path(__file__).resolve().parents[3] / "models" / "tiny-glasses.gguf"


def find_llama_server(named, root):
    """Where the device tier's server is; None: nowhere."""
    for path in (named, root / "build" / "device" / "llama-server", shutil.which("llama-server")):
        if path and pathlib.Path(path).is_file():
            return pathlib.Path(path).resolve()
    if named:
        raise RuntimeError(f"no llama-server at {named}")
    return None


def certificate(folder, name, subject_alternative_name):
    """(certificate, key), self-signed."""
    made = [f"{folder}/{name}.pem", f"{folder}/{name}.key"]
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-days", "2", "-subj", f"/CN={name}", "-addext", f"subjectAltName={subject_alternative_name}",
                    "-keyout", made[1], "-out", made[0]], check=True, capture_output=True)
    return made


CONFIGURATION = """version: 1
server: {{listen: 127.0.0.1:0, admin: 127.0.0.1:0, state: state, threads: 2}}
providers:
  phone:
    tier: device
{device}
  cloud:
    tier: remote
    preset: openai-compatible
    url: https://{remote}:{port}/v1
    key: {{env: NEARFAR_DEMO_KEY}}
    tls: {{ca_file: {trusted}}}
    models: {{large: {{context: 64k, price: {{input: 3 USD/M, output: 15 USD/M}}}}}}
models:
  auto: [cloud/large, phone/tiny-glasses]
  near: [phone/tiny-glasses]
rules:
  - {{name: default, order: listed}}
attempts:
  - {{name: default, connect: 3s, first_token: {first_token}, stall: {stall}}}
"""
SUPERVISED = """    runtime: {{kind: llama-server, binary: {binary}, keep: 30m}}
    models: {{tiny-glasses: {{file: {model}, context: 1Ki}}}}"""
DOUBLED = """    preset: openai-compatible
    url: {url}/v1
    continuation: {{kind: restart}}
    models: {{tiny-glasses: {{context: 64k}}}}"""


class World:
    """Both machines and the programs on them."""

    def __init__(self, nearfar, double, llama_server, folder, first_token="3s", stall="2s"):
        self.double, self.folder = double, folder
        self.machines = machines.Machines()
        self.good = certificate(folder, "cloud", f"IP:{machines.REMOTE}")
        self.hotel = certificate(folder, "hotel", "DNS:login.hotel.example")
        trusted = pathlib.Path(folder) / "trusted.pem"
        # The hotel's certificate is in order; it is only somebody else's.
        trusted.write_text("".join(pathlib.Path(pair[0]).read_text() for pair in (self.good, self.hotel)))
        self.remote = self._remote(self.good)
        self.portal = None
        self.device = None
        if llama_server:
            tier = SUPERVISED.format(binary=llama_server, model=MODEL)
        else:
            self.device = programs.Double(double, "phone")
            self.device.behave(SPEAKS | {"token_delay_ms": 2})
            tier = DOUBLED.format(url=self.device.url)
        environment = programs.environment_with_path("") | {"NEARFAR_DEMO_KEY": "sk-demo"}
        self.gateway = programs.Gateway(nearfar, f"{folder}/links", CONFIGURATION.format(
            device=tier, remote=machines.REMOTE, port=self.remote.port, trusted=trusted, first_token=first_token,
            stall=stall), environment)

    def _remote(self, pair, port=0):
        return programs.Double(self.double, "cloud", "--host", machines.REMOTE, "--port", port, "--certificate",
                               pair[0], "--private-key", pair[1], machine=self.machines.far)

    def hotel_takes_over(self):
        port = self.remote.port
        self.remote.stop()
        self.remote = self._remote(self.hotel, port)
        self.portal = process.Child([*self.machines.far, sys.executable, str(pathlib.Path(__file__).parent / "portal.py"),
                                     machines.REMOTE], stdout=subprocess.PIPE)
        self.portal.popen.stdout.readline()

    def hotel_lets_through(self):
        port = self.remote.port
        self.portal.stop()
        self.portal = None
        self.remote.stop()
        self.remote = self._remote(self.good, port)

    def ask(self, model="auto", on_piece=None, stream=True, prompt=QUESTION):
        return client.ask(self.gateway.address, {
            "model": model, "stream": stream, "temperature": 0, "max_tokens": 60,
            "messages": [{"role": "user", "content": prompt}]}, on_piece=on_piece, patience=PATIENCE)

    def until(self, holds, what, seconds=SOON):
        end = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > end:
                raise Broken(f"{what}: not within {seconds:.0f} s; facts: {self.gateway.facts()}")
            time.sleep(0.02)

    def network(self):
        facts = self.gateway.facts()
        return facts.get("inferred", facts).get("network")

    def stop(self):
        self.gateway.stop()
        for child in (self.remote, self.portal, self.device):
            if child:
                child.stop()


class Broken(RuntimeError):
    """A promise that was not kept."""


class Breaker:
    """Breaks the way once so many words were heard; the client goes on listening meanwhile."""

    def __init__(self, after, what):
        self.after, self.what = after, what
        self.heard = ""           # until the way began to break
        self.thread = None
        self.trouble = None
        self.broke_at = None
        self.until_next = None    # seconds from there to the next word

    def __call__(self, text, count):
        if self.broke_at is not None and self.until_next is None:
            self.until_next = time.monotonic() - self.broke_at
        if self.thread is None:
            self.heard += text
            if count >= self.after:
                self.thread = threading.Thread(target=self._run)
                self.thread.start()

    def _run(self):
        # Before the command: what it breaks may be noticed before it has returned.
        self.broke_at = time.monotonic()
        try:
            self.what()
        except RuntimeError as trouble:
            self.trouble = trouble

    def join(self):
        if self.thread is None:
            raise Broken("the answer ended before the way was broken")
        self.thread.join()
        if self.trouble:
            raise self.trouble


@dataclasses.dataclass
class Scenario:
    name: str
    run: object        # function of (bench, row, rng)
    promise: str = "whole"


# A busy machine may take longer to break the way than the remote to finish: then it is done again.
TRIES = 5


def _break_once(world, rng, breaking):
    world.remote.behave(SPEAKS)
    breaker = Breaker(rng.randrange(1, len(WORDS) - 3), lambda: breaking(world))
    answer = world.ask(on_piece=breaker)
    breaker.join()
    return answer, breaker, world.gateway.line_of(answer)


def _mid_answer(breaking, by_device=True):
    """The way breaks after some words; `breaking` gets the world."""
    def run(bench, row, rng):
        for _ in range(TRIES):
            answer, breaker, line = _break_once(bench.world, rng, breaking)
            if not line or len(line["attempts"]) > 1 or not answer.whole or not by_device:
                break
            bench.heal()
        bench.take(row, answer, record.goes_on(lambda: breaker.heard))
        if breaker.until_next is not None:
            row.seams.append(breaker.until_next)
        bench.same_words += answer.text == TEXT
        bench.continued += 1
        if by_device and line and line["target"] != "phone/tiny-glasses":
            row.broken.append(f"answered by {line['target']}, not by the device")
    return run


def _before_first_token(breaking):
    def run(bench, row, rng):
        world = bench.world
        world.remote.behave(SPEAKS | {"first_token_delay_ms": 60_000})
        timer = threading.Timer(rng.uniform(0.1, 0.5), lambda: breaking(world))
        timer.start()
        answer = world.ask()
        timer.join()
        bench.take(row, answer)
        if answer.took > SOON:
            row.broken.append(f"it took {answer.took:.1f} s to find out")
    return run


def _link_already_down(bench, row, rng):
    world = bench.world
    world.machines.link_down()
    world.until(lambda: world.network() == "offline", "the link that is down is a fact")
    bench.take(row, world.ask())
    line = row.lines[-1]
    if line and len(line["attempts"]) != 1:
        row.broken.append(f"the remote was tried without a link: {line['attempts']}")


def _lossy(tenths):
    def run(bench, row, rng):
        world = bench.world
        world.remote.behave(SPEAKS)
        world.machines.lose(tenths)
        bench.take(row, world.ask())
    return run


def _slow(rate):
    def run(bench, row, rng):
        world = bench.world
        world.remote.behave(SPEAKS | {"token_delay_ms": 5})
        world.machines.slow(rate)
        bench.take(row, world.ask(prompt=QUESTION + " " * 4000))
    return run


def _flapping(bench, row, rng):
    """Up and down under a row of queries."""
    world = bench.world
    world.remote.behave(SPEAKS)
    over = threading.Event()

    def flap():
        while not over.wait(rng.uniform(0.05, 0.4)):
            world.machines.link_down()
            over.wait(rng.uniform(0.05, 0.4))
            world.machines.link_up()
    thread = threading.Thread(target=flap)
    thread.start()
    try:
        for _ in range(5):
            bench.take(row, world.ask())
    finally:
        over.set()
        thread.join()


def _portal(bench, row, rng):
    world = bench.world
    world.hotel_takes_over()
    # As a new Wi-Fi does: the old connections are gone.
    world.machines.link_down()
    world.machines.link_up()
    bench.take(row, world.ask())
    world.until(lambda: world.network() == "portal", "a portal becomes a fact")
    if '"open"' in world.gateway.get("/admin/targets"):
        row.broken.append("a portal opened a provider's breaker")
    world.hotel_lets_through()
    # Asked every 30 s at the latest.
    world.until(lambda: world.network() == "online", "leaving the portal is noticed without a query", 75)
    bench.take(row, world.ask())


def _silent(world):
    world.machines.lose(10)


SCENARIOS = [
    Scenario("link down mid-answer", _mid_answer(lambda world: world.machines.link_down())),
    Scenario("carrier lost on the other side mid-answer", _mid_answer(lambda world: world.machines.carrier_lost())),
    Scenario("address changed mid-answer",
             _mid_answer(lambda world: world.machines.move(machines.NEAR, machines.NEAR_ELSEWHERE), by_device=False)),
    Scenario("default route lost mid-answer", _mid_answer(lambda world: world.machines.route_lost())),
    Scenario("every packet lost mid-answer, the link stays up", _mid_answer(_silent)),
    Scenario("link down before the first token", _before_first_token(lambda world: world.machines.link_down())),
    Scenario("link down before the query", _link_already_down),
    Scenario("link up and down under five queries", _flapping),
    Scenario("3 of 10 packets lost", _lossy(3)),
    Scenario("32 kbit/s, prompt of 4 kB", _slow("32kbit")),
    Scenario("a portal, then through it", _portal),
]


class Bench:
    def __init__(self, nearfar, double, llama_server, folder):
        self.world = World(nearfar, double, llama_server, folder)
        self.continued = self.same_words = 0
        warm = self.world.ask("near")
        if not warm.whole:
            raise RuntimeError(f"the device tier does not answer: {warm.error}")

    def take(self, row, answer, check_text=lambda answer: ""):
        """Records an answer; every one of these promises to be whole."""
        row.take(answer, self.world.gateway.line_of(answer), record.why_broken("whole", answer, check_text))

    def run(self, scenario, row, rng):
        try:
            scenario.run(self, row, rng)
            self.heal()
            self._returns(row)
        except Broken as why:
            row.broken.append(str(why))
            self.heal()

    def heal(self):
        self.world.machines.heal()
        if self.world.portal:
            self.world.hotel_lets_through()
        self.world.until(lambda: self.world.network() in ("online", "degraded"), "the link that is up is a fact", 40)

    def _returns(self, row):
        """Link up again: the next query goes to the remote."""
        self.world.remote.behave(SPEAKS | {"token_delay_ms": 0})
        answer = self.world.ask()
        why = record.why_broken("whole", answer, record.same_text(TEXT))
        if not why and answer.headers.get("x-nearfar-target") != "cloud/large":
            why = f"answered by {answer.headers.get('x-nearfar-target')}"
        if why:
            row.broken.append(f"the query after it did not go to the remote: {why}")

    def stop(self):
        self.world.stop()
