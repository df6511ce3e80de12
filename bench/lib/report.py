"""The table of results: medians, spreads, and ratios of the same round."""

import statistics

# Far above scheduling noise, far below the 40 ms of a delayed acknowledgement.
HELD_BOUND_MS = 10


def median(values):
    values = [value for value in values if value is not None]
    return statistics.median(values) if values else None


def plain(value):
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def spread(values):
    return f"{plain(min(values))}-{plain(max(values))}"


def field(rows, name, key):
    return [row[key] for row in rows.get(name, [])]


def ratios(rows, over, under, key):
    """Round by round: what disturbs a round disturbs both."""
    pairs = zip(field(rows, over, key), field(rows, under, key))
    return [a / b for a, b in pairs if b]


def ratio(rows, over, under, key):
    return median(ratios(rows, over, under, key))


def cell(values):
    return f"{plain(median(values))} ({spread(values)})" if values else "-"


def shown_ratio(value):
    return f"{value:.2f}" if value is not None else "-"


def table(header, lines):
    out = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return "\n".join(out + ["| " + " | ".join(line) + " |" for line in lines])


def verdict(values, bound):
    """One round on the other side of the bound, and nothing is decided."""
    if not values:
        return "not measured"
    if max(values) <= bound:
        return "met"
    return "missed" if min(values) > bound else "unclear"


def cost_lines(names, results):
    """(work, unit, scenario, key, subject, the one to beat, factor)"""
    wanted = [
        ("1 KB chat, answer 1 KB", "µs/request", "chat_1k", "haproxy", 1.0),
        ("the same, nearfar with keys, limits and ledger on", "µs/request", "billed_1k", "haproxy", 1.25),
        ("1 KB chat at 5,000 requests/s", "µs/request", "even_5k", "haproxy", 1.0),
        ("the same, nearfar with keys, limits and ledger on", "µs/request", "billed_5k", "haproxy", 1.25),
        ("the same at 40,000 requests/s", "µs/request", "billed_40k", "haproxy", 1.25),
        ("100 KB prompt", "µs/request", "prompt_100k", "haproxy", 1.0),
        ("5 MB image body", "µs/request", "image_5m", "haproxy", 1.0),
        ("SSE, equal chunk rate", "µs/chunk", "streams", "nginx", 1.0),
    ]
    lines = []
    for work, unit, scenario, rival, factor in wanted:
        rows = results.get(scenario)
        if not rows:
            continue
        values = ratios(rows, "nearfar", rival, "cpu_us")
        lines.append([f"{work}: CPU, {unit}", f"≤ {factor:g} × {rival}",
                      *[cell(field(rows, name, "cpu_us")) for name in names],
                      shown_ratio(ratio(rows, "nearfar", "haproxy", "cpu_us")),
                      shown_ratio(ratio(rows, "nearfar", "nginx", "cpu_us")), verdict(values, factor)])
    return lines


def added(rows, name, part):
    return [row["latency_us"][part] - base["latency_us"][part] for row, base in zip(rows[name], rows["direct"])]


def latency_line(names, rows, title, part, factor):
    sums = {name: added(rows, name, part) for name in names}
    quotients = {other: [a / b for a, b in zip(sums.get("nearfar", []), sums.get(other, [])) if b > 0]
                 for other in ("haproxy", "nginx")}
    return [f"{title}: {part}, µs", f"≤ {factor:g} × haproxy", *[cell(sums[name]) for name in names],
            shown_ratio(median(quotients["haproxy"])), shown_ratio(median(quotients["nginx"])),
            verdict(quotients["haproxy"], factor)]


def held(rows, name):
    return [median([row["held_us"][part] / 1e3 for row in rows.get(name, [])]) for part in ("p50", "p99", "max")]


def held_line(title, names, rows, bound=None):
    def text(name):
        return " / ".join(f"{value:.3g}" for value in held(rows, name)) if rows.get(name) else "-"

    mine = [row["held_us"]["p99"] / 1e3 for row in rows.get("nearfar", [])]
    return [f"{title}: p50 / p99 / max, ms", f"p99 ≤ {bound} ms" if bound else f"(direct {text('direct')})",
            *map(text, names), "", "", verdict(mine, bound) if bound else ""]


def plain_line(title, bound_text, bound, names, rows, key, scale=1.0):
    values = {name: [value / scale for value in field(rows, name, key)] for name in names}
    mine = median(values.get("nearfar", []))
    quotient = {other: mine / median(values[other]) if mine and values.get(other) and median(values[other]) else None
                for other in ("haproxy", "nginx")}
    return [title, bound_text, *[cell(values[name]) for name in names], shown_ratio(quotient["haproxy"]),
            shown_ratio(quotient["nginx"]), verdict(values.get("nearfar", []), bound)]


def rate_lines(names, results):
    lines = []
    for scenario in ("chat_1k", "billed_1k", "prompt_100k", "image_5m"):
        rows = results.get(scenario)
        if rows:
            lines.append([scenario, f"{median(field(rows, 'direct', 'rate')):,.0f}",
                          *[f"{median(field(rows, name, 'rate')):,.0f} ({median(field(rows, name, 'user_share')) * 100:.0f} %)"
                            for name in names]])
    return lines


def render(names, results):
    """Markdown. `names`: the proxies, in order; those of `results` in which they did not run show a dash."""
    lines = cost_lines(names, results)
    if "streams" in results:
        lines.append(held_line("the same: an event's way from upstream to client", names, results["streams"]))
        lines.append(plain_line("memory per open stream, KiB", "≤ 24 KiB", 24, names, results["streams"], "kib_per_stream"))
    if "few_streams" in results:
        lines.append(held_line("20 quiet streams: an event's way", names, results["few_streams"], HELD_BOUND_MS))
    if "latency_500" in results:
        lines.append(latency_line(names, results["latency_500"], "added latency at 500 requests/s", "p50", 1))
    if "billed_latency" in results:
        for part in ("p50", "p99"):
            lines.append(latency_line(names, results["billed_latency"],
                                      "added latency, nearfar with keys, limits and ledger on", part, 1.25))
    if "starts" in results:
        lines.append(plain_line("idle memory (RSS after the first query), MiB", "≤ 8 MiB", 8, names, results["starts"],
                                "rss_kib", 1024))
        lines.append(plain_line("start to first accepted query, ms", "≤ 20 ms", 20, names, results["starts"], "start_ms"))
    header = ["work", "budget", *names, "nearfar / HAProxy", "nearfar / nginx", "budget is"]
    text = table(header, lines)
    rates = rate_lines(names, results)
    if rates:
        text += "\n\nRequests a second in the closed loop (share of the proxy's CPU time spent outside the kernel):\n\n"
        text += table(["work", "direct", *names], rates)
    return text
