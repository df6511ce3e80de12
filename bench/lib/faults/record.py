"""What came of a scenario, over its runs, and whether it kept its promise."""

import dataclasses
import statistics


@dataclasses.dataclass
class Row:
    name: str
    promise: str                 # "whole", "error" or the status that goes to the client as it came
    answers: list = dataclasses.field(default_factory=list)
    lines: list = dataclasses.field(default_factory=list)   # the gateway's own log line of each
    broken: list = dataclasses.field(default_factory=list)  # how the promise was broken
    seams: list = dataclasses.field(default_factory=list)   # seconds from the break to the next word
    skipped: str = ""

    def take(self, answer, line, why_broken):
        self.answers.append(answer)
        self.lines.append(line)
        if why_broken:
            self.broken.append(why_broken)


def same_text(expected):
    """The text is to the letter this one, whoever said which part."""
    def check(answer):
        if answer.text == expected:
            return ""
        return f"wrong text: {answer.text!r}"
    return check


def goes_on(beginning):
    """Another model's words follow, so nobody knows them; what the first has said is kept."""
    def check(answer):
        return "" if answer.text.startswith(beginning()) else f"the text so far was lost: {answer.text!r}"
    return check


def why_broken(promise, answer, check_text):
    """Empty: the promise was kept."""
    if promise == "whole":
        if not answer.whole:
            return f"no whole answer: status {answer.status}, finish {answer.finish!r}, error {answer.error!r}"
        return check_text(answer)
    if answer.whole:
        return f"half an answer dressed as a whole one: {answer.text!r}"
    if not answer.error:
        return f"no error told: status {answer.status}"
    if promise == "error":
        return ""
    return "" if answer.status == int(promise) else f"status {answer.status} instead of {promise}"


def _ms(values):
    values = sorted(value * 1e3 for value in values if value is not None)
    if not values:
        return "-"
    middle = f"{statistics.median(values):.0f}"
    return middle if len(values) == 1 else f"{middle} ({values[-1]:.0f})"


def _span(values):
    if not values:
        return "-"
    return f"{min(values)}" if min(values) == max(values) else f"{min(values)}-{max(values)}"


def _money(lines):
    costs = [line["cost_usd_estimate"] for line in lines if line and "cost_usd_estimate" in line]
    return f"{statistics.median(costs):.6f}" if costs else "-"


def _counted(part, of):
    return f"{part}/{of}" if of > 1 else ("yes" if part else "no")


def _cells(row):
    if row.skipped:
        return [row.name, row.promise, "-", "-", "-", "-", "-", "-", f"skipped: {row.skipped}"]
    runs = len(row.answers)
    answered = sum(1 for answer in row.answers if answer.status == 200 and answer.moments)
    attempts = [len(line["attempts"]) for line in row.lines if line]
    verdict = f"BROKEN {len(row.broken)}" if row.broken else "kept"
    return [row.name, {"whole": "whole", "error": "an error"}.get(row.promise, f"its {row.promise}"),
            _counted(answered, runs), _counted(sum(1 for answer in row.answers if answer.whole), runs),
            _ms([answer.first_token for answer in row.answers]), _ms([answer.silence for answer in row.answers]),
            _span(attempts), _money(row.lines), verdict]


HEADER = ["scenario", "promised", "answered", "whole", "first token, ms", "longest silence, ms", "attempts",
          "USD (estimate)", "promise"]


def table(rows):
    """Markdown; times as median (largest)."""
    out = ["| " + " | ".join(HEADER) + " |", "|" + "---|" * len(HEADER)]
    out += ["| " + " | ".join(_cells(row)) + " |" for row in rows]
    if any(row.seams for row in rows):
        out.append("\nFrom the break to the next word, ms: "
                   + "; ".join(f"{row.name} {_ms(row.seams)}" for row in rows if row.seams))
    for row in rows:
        out += [f"\nBROKEN {row.name}: {why}" for why in row.broken[:5]]
    return "\n".join(out)
