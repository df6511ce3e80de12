"""Every way in which an upstream fails, and what the client must get then.

One gateway for all of them: each scenario has a provider of its own at the same double, so that a breaker
that one opens is not the next one's business. Whoever answers says the same words, so that the text is
known to the letter, and goes on with a broken answer by starting over (its repetition is not heard).
"""

import dataclasses
import socket

from . import client, programs, record

WORDS = ["The ", "tower ", "is ", "very ", "very ", "high, ", "你好", "世界", " and ", "👩‍👩‍👧", " the ", "view ", "is ",
         "very ", "good: ", "é", "à", " la ", "carte, ", "as ", "they ", "say."]
TEXT = "".join(WORDS)
WELL = {"script": WORDS, "token_delay_ms": 2}
PATIENCE = 45


@dataclasses.dataclass
class Scenario:
    name: str
    behaviours: list                # of the first target, one request each, the last for good
    promise: str = "whole"
    stream: bool = True
    query: dict = dataclasses.field(default_factory=dict)   # more fields of the request
    entry: str = ""                 # more keys of its `attempts` entry
    url: str = ""                   # of the first target, where it is not the double's
    targets: tuple = ("first", "second")
    before: int = 0                 # queries that go before the one that is looked at, and must be whole
    asked: int = 0                  # how many requests the first target may have seen; 0: not looked at
    attempts: int = 0               # how many the log must tell; 0: not looked at
    second: dict = None             # behaviour of the second target, where it fails, too
    outcome: str = ""               # an attempt must have ended so


def failing(**fields):
    return {**WELL, **fields}


def status(code, **fields):
    return {"status": code, **fields}


def told(code, message, kind="invalid_request_error", name=""):
    return status(code, error={"message": message, "type": kind, "code": name})


def breaks(how, after):
    return failing(break_with=how, break_at="after_tokens", after=after)


def _before_the_first_token(rng):
    yield Scenario("stale connection", [failing(close="silent"), WELL], before=1, attempts=1)
    yield Scenario("connection refused", [WELL], url="refused", attempts=2)
    yield Scenario("name without an address", [WELL], url="https://nobody.invalid:9/v1")
    yield Scenario("no TLS where TLS was expected", [WELL], url="secure", attempts=2)
    yield Scenario("reset before the head, once", [failing(break_with="reset", break_at="before_head"), WELL])
    for how in ("cut", "reset"):
        yield Scenario(f"{how} before the head", [failing(break_with=how, break_at="before_head")])
        yield Scenario(f"{how} before the first token",
                       [failing(break_with=how, break_at="before_first_token")])
    yield Scenario("no head in time", [failing(break_with="stall", break_at="before_head")], attempts=2)
    yield Scenario("no token in time, comments come",
                   [failing(break_with="stall", break_at="before_first_token", comment_every_ms=50)], attempts=2)
    yield Scenario("500, once", [status(500), WELL])
    yield Scenario("another 5xx, again and again", [status(rng.choice([500, 502, 504, 520, 524]))])
    yield Scenario("503", [status(503)])
    yield Scenario("529", [status(529)])
    yield Scenario("\"overloaded\" in a 200", [{"error_in_200": True,
                                               "error": {"message": "overloaded", "type": "overloaded_error"}}])
    yield Scenario("429, Retry-After: 1, nobody else", [status(429, retry_after="1"), WELL], targets=("first",),
                   attempts=2)
    yield Scenario("429, Retry-After: 3600: parked", [status(429, retry_after="3600")], before=1, asked=1)
    yield Scenario("401: parked", [told(401, "Incorrect API key provided", name="invalid_api_key")], before=1, asked=1)
    yield Scenario("402: parked", [told(402, "Insufficient credits")], before=1, asked=1)
    yield Scenario("quota used up", [told(429, "You exceeded your current quota", "insufficient_quota",
                                          "insufficient_quota")], before=1, asked=1)
    yield Scenario("model unknown", [told(404, "The model `x` does not exist", name="model_not_found")])
    yield Scenario("context too long", [told(400, "This model's maximum context length is 4096 tokens",
                                             name="context_length_exceeded")])
    yield Scenario("refused by content policy", [told(400, "Your request was rejected as a result of our safety "
                                                      "system", name="content_policy_violation")], "400", attempts=1)
    yield Scenario("any other 4xx", [told(422, "messages: too few")], "422", attempts=1)
    yield Scenario("error event before the first token", [failing(break_with="error_event",
                                                                  break_at="before_first_token")])
    yield Scenario("empty answer", [{"empty_answer": True}])


def _after_the_first_token(rng):
    for how in ("cut", "reset", "stall", "error_event"):
        yield Scenario(f"{how} in the middle", [breaks(how, rng.randrange(1, len(WORDS)))])
    yield Scenario("end without the end signal", [failing(end="no_finish")])
    yield Scenario("one malformed event", [failing(garbage_after=rng.randrange(1, len(WORDS)))], attempts=1)
    yield Scenario("three malformed events in a row", [failing(garbage_after=rng.randrange(1, len(WORDS)),
                                                               garbage_count=3)])
    yield Scenario("finish reason, then no [DONE]", [failing(end="no_done")], attempts=1)
    yield Scenario("finish reason, then silence", [failing(end="open")], attempts=1)
    first = rng.randrange(1, len(WORDS) - 1)
    yield Scenario("the second leg breaks, too", [breaks("cut", first)], targets=("first", "second", "third"),
                   second=breaks("reset", rng.randrange(first + 1, len(WORDS))), attempts=3)
    yield Scenario("nobody left to go on", [breaks("cut", rng.randrange(1, len(WORDS)))], "error",
                   targets=("first",))
    yield Scenario("`continue: never`", [breaks("reset", rng.randrange(1, len(WORDS)))], "error",
                   entry="continue: never")
    call = {"id": "call_1", "name": "weather", "arguments": "{\"city\": \"Zürich\"}"}
    yield Scenario("broken in a tool call", [{"tool_calls": [call], "break_with": "cut", "after": 1}], "error")
    yield Scenario("broken in reasoning", [failing(reasoning="let me think of towers", break_with="cut", after=2)],
                   "error")
    yield Scenario("broken, by JSON schema", [breaks("cut", 4)], "error", query={
        "response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": {}}}})
    yield Scenario("broken, of two answers", [breaks("cut", 4)], "error", query={"n": 2})


def _whole_answers(rng):
    yield Scenario("not streamed: cut in the middle", [breaks("cut", rng.randrange(1, len(WORDS)))], stream=False)
    yield Scenario("not streamed: shorter than declared", [failing(content_length_delta=40)], stream=False)
    yield Scenario("not streamed: silence in the middle", [breaks("stall", 3)], stream=False)


def scenarios(rng):
    # Second attempts beside a silent first one come out of the retry budget: before those who spend it.
    yield Scenario("race: slow first token", [failing(first_token_delay_ms=30_000)], attempts=2,
                   entry="race: {after: 150ms, with: device}, first_token: 40s", outcome="lost_race")
    yield from _before_the_first_token(rng)
    yield from _after_the_first_token(rng)
    yield from _whole_answers(rng)
    yield Scenario("everybody fails", [status(500)], "502", targets=("first", "second"), second=status(500))


def _unused_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _url(scenario, double):
    if scenario.url == "refused":
        return f"http://127.0.0.1:{_unused_port()}/v1"
    if scenario.url == "secure":
        return f"https://127.0.0.1:{double.port}/v1"
    return scenario.url or f"{double.url}/v1"


_PROVIDER = ("  {name}:\n    tier: {tier}\n    preset: openai-compatible\n    url: {url}\n"
             "    continuation: {{kind: restart}}\n"
             "    models: {{{name}-m: {{context: {context}, price: {price}, can: {{tools: true, json: true}}}}}}\n")
_REMOTE_PRICE = "{input: 3 USD/M, output: 15 USD/M}"


def configuration(chosen, doubles):
    providers, models, entries = "", "", ""
    tiers = {"first": ("remote", "32k", _REMOTE_PRICE), "second": ("device", "128k", "free"),
             "third": ("self_hosted", "128k", "free")}
    for number, scenario in enumerate(chosen):
        listed = []
        for which in scenario.targets:
            tier, context, price = tiers[which]
            url = _url(scenario, doubles["first"]) if which == "first" else f"{doubles[which].url}/v1"
            providers += _PROVIDER.format(name=f"{which}{number}", tier=tier, url=url, context=context, price=price)
            listed.append(f"{which}{number}/{which}{number}-m")
        models += f"  s{number}: [{', '.join(listed)}]\n"
        if scenario.entry:
            entries += f"  - {{name: e{number}, when: {{model: s{number}}}, {scenario.entry}}}\n"
    return ("version: 1\nserver: {listen: 127.0.0.1:0, admin: 127.0.0.1:0, state: state, threads: 2}\n"
            f"providers:\n{providers}models:\n{models}rules:\n  - {{name: default, order: listed}}\n"
            f"attempts:\n{entries}"
            "  - {name: default, same_target: 2, connect: 3s, first_token: 2s, stall: 2s, "
            "answer: {device: 20s, self_hosted: 20s, remote: 2s}}\n")


class Bench:
    def __init__(self, nearfar, double, folder):
        self.nearfar, self.folder = nearfar, folder
        self.doubles = {name: programs.Double(double, name) for name in ("first", "second", "third")}

    def run_once(self, chosen, rows, number, progress):
        gateway = programs.Gateway(self.nearfar, f"{self.folder}/upstream{number}",
                                   configuration(chosen, self.doubles))
        for index, (scenario, row) in enumerate(zip(chosen, rows)):
            progress(scenario.name)
            self._one(gateway, index, scenario, row)
        gateway.stop()

    def _one(self, gateway, index, scenario, row):
        first = self.doubles["first"]
        first.behave(*scenario.behaviours)
        self.doubles["second"].behave(scenario.second or WELL)
        self.doubles["third"].behave(WELL)
        query = {"model": f"s{index}", "messages": [{"role": "user", "content": "How high is it?"}],
                 "stream": scenario.stream, **scenario.query}
        seen = first.requests()
        for _ in range(scenario.before):
            if why := record.why_broken("whole", client.ask(gateway.address, query, patience=PATIENCE),
                                        record.same_text(TEXT)):
                row.broken.append(f"the query before: {why}")
        answer = client.ask(gateway.address, query, patience=PATIENCE)
        line = gateway.line_of(answer)
        row.take(answer, line, record.why_broken(scenario.promise, answer, record.same_text(TEXT))
                 or self._beside(scenario, line, first.requests() - seen))

    @staticmethod
    def _beside(scenario, line, asked):
        """What must hold beside the client's answer."""
        if line is None:
            return "no line in the log"
        if scenario.asked and asked != scenario.asked:
            return f"the first target was asked {asked} times instead of {scenario.asked}"
        attempts = line["attempts"]
        if scenario.attempts and len(attempts) != scenario.attempts:
            return f"{len(attempts)} attempts instead of {scenario.attempts}: {attempts}"
        if scenario.outcome and scenario.outcome not in [attempt["outcome"] for attempt in attempts]:
            return f"no attempt ended as {scenario.outcome}: {attempts}"
        return ""

    def stop(self):
        for double in self.doubles.values():
            double.stop()
