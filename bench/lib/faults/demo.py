"""The cable is pulled in the middle of an answer: what scripts/demo-tunnel shows."""

import argparse
import contextlib
import pathlib
import shutil
import signal
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve()
sys.path.insert(0, str(HERE.parents[2]))
sys.dont_write_bytecode = True

from lib.faults import links, machines  # noqa: E402

CUT = 6          # words until the cable is pulled
WORD_MS = 250    # as fast as somebody speaks


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nearfar", required=True)
    parser.add_argument("--double", required=True)
    parser.add_argument("--llama-server", required=True)
    parser.add_argument("--fast", action="store_true", help="without the pauses between words")
    return parser.parse_args()


def say(text="", end="\n"):
    print(text, end=end, flush=True)


class Teller(links.Breaker):
    """Prints the words as they come, with a mark where the link died."""

    def __call__(self, text, count):
        if self.broke_at is not None and self.until_next is None:
            say("  ⚡ link down ⚡ ", end="")
        say(text, end="")
        super().__call__(text, count)


def legs(line):
    for number, attempt in enumerate(line["attempts"], 1):
        how = f", asked to go on ({attempt['continues']})" if "continues" in attempt else ""
        say(f"  leg {number}: {attempt['target']:<20} {attempt['outcome']:<10} {attempt['ms']:8.1f} ms{how}")


def show(world, fast):
    say("A gateway on one machine, its remote provider behind a cable on another, a small model on the device.")
    say("The remote speaks; in the middle of its answer the cable is pulled.\n")
    world.remote.behave(links.SPEAKS | {"token_delay_ms": 40 if fast else WORD_MS})
    teller = Teller(CUT, world.machines.link_down)
    say(f"> {links.QUESTION}\n")
    answer = world.ask(on_piece=teller)
    teller.join()
    say("\n")
    line = world.gateway.line_of(answer)
    if not answer.whole or line is None:
        raise links.Broken(f"no whole answer: status {answer.status}, {answer.error or 'no end signal'}")
    legs(line)
    say(f"  the client heard one answer, status {answer.status}, finish reason {answer.finish}")
    if teller.until_next is not None:
        say(f"  from pulling the cable to the device's first word: {teller.until_next * 1e3:.0f} ms")
    if not answer.text.startswith(teller.heard) or line["target"] != "phone/tiny-glasses":
        raise links.Broken(f"the answer did not go on from the device: {line}")


def come_back(world):
    say("\nThe cable is in again; nothing is restarted.\n")
    world.machines.link_up()
    world.until(lambda: world.network() in ("online", "degraded"), "the link that is up is a fact", 40)
    world.remote.behave(links.SPEAKS | {"token_delay_ms": 40})
    say(f"> {links.QUESTION}\n")
    answer = world.ask(on_piece=lambda text, _: say(text, end=""))
    say(f"\n\n  answered by {answer.headers.get('x-nearfar-target')}")
    if not answer.whole or answer.headers.get("x-nearfar-target") != "cloud/large":
        raise links.Broken("the next query did not go to the remote")


def stop_on(number, _):
    # So that what `finally` and atexit clean up is cleaned up.
    sys.exit(128 + number)


def main():
    chosen = arguments()
    why_not = machines.enter()
    if why_not:
        say(f"demo-tunnel: cannot be shown here, it makes network namespaces: {why_not}")
        return 77
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop_on)
    with contextlib.ExitStack() as at_end:
        folder = tempfile.mkdtemp(prefix="nearfar-demo-")
        at_end.callback(shutil.rmtree, folder, ignore_errors=True)
        world = links.World(chosen.nearfar, chosen.double, pathlib.Path(chosen.llama_server).resolve(), folder,
                            first_token="30s", stall="30s")
        at_end.callback(world.stop)
        if not world.ask("near").whole:
            raise links.Broken("the device's model does not answer")
        show(world, chosen.fast)
        come_back(world)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except RuntimeError as trouble:
        print(f"\ndemo-tunnel: {trouble}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
