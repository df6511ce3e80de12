"""A client that streams an answer and notes when each word came. A bare socket: what ends the body, and
whether its framing says that it is whole, must not be hidden by a library."""

import dataclasses
import json
import socket
import time


@dataclasses.dataclass
class Answer:
    status: int = 0
    headers: dict = dataclasses.field(default_factory=dict)
    body: bytes = b""
    framed: bool = False       # the framing says that the body is whole
    done: bool = False         # the dialect's end signal came
    finish: str = ""           # the last choice's finish reason
    error: str = ""            # of an error event or an error body
    text: str = ""
    other_parts: int = 0       # tool-call and reasoning deltas
    moments: list = dataclasses.field(default_factory=list)  # seconds since the request, of each piece of text
    took: float = 0.0

    @property
    def whole(self):
        """What an SDK takes for a whole answer."""
        return self.status == 200 and self.framed and self.done and not self.error and self.finish not in ("", "error")

    @property
    def first_token(self):
        return self.moments[0] if self.moments else None

    @property
    def silence(self):
        """The longest time without a word, once the first was heard."""
        gaps = [after - before for before, after in zip(self.moments, self.moments[1:])]
        return max(gaps) if gaps else None


class _Reader:
    def __init__(self, link):
        self.link = link
        self.held = b""

    def more(self):
        part = self.link.recv(65536)
        self.held += part
        return bool(part)

    def line(self):
        while b"\r\n" not in self.held:
            if not self.more():
                return None
        line, self.held = self.held.split(b"\r\n", 1)
        return line

    def exactly(self, size):
        while len(self.held) < size:
            if not self.more():
                return None
        part, self.held = self.held[:size], self.held[size:]
        return part


def _pieces(reader, answer):
    """The body as it comes; sets `framed`."""
    headers = answer.headers
    if headers.get("transfer-encoding", "").lower() == "chunked":
        while (head := reader.line()) is not None:
            size = int(head.split(b";")[0], 16)
            if size == 0:
                answer.framed = reader.line() is not None
                return
            part = reader.exactly(size)
            if part is None or reader.line() is None:
                return
            yield part
        return
    body = reader.exactly(int(headers.get("content-length", 0)))
    answer.framed = body is not None
    yield body or b""


def _take_choice(choice, answer, now, on_piece):
    part = choice.get("delta") or choice.get("message") or {}
    if part.get("tool_calls") or part.get("reasoning_content"):
        answer.other_parts += 1
    if part.get("content"):
        answer.text += part["content"]
        answer.moments.append(now)
        if on_piece:
            on_piece(part["content"], len(answer.moments))
    answer.finish = choice.get("finish_reason") or answer.finish


def _take(document, answer, now, on_piece):
    if not isinstance(document, dict):
        return
    if document.get("error"):
        found = document["error"]
        answer.error = found.get("message", "") if isinstance(found, dict) else str(found)
        answer.error = answer.error or "an error without a message"
    for choice in document.get("choices") or []:
        _take_choice(choice, answer, now, on_piece)


def _take_events(waiting, answer, now, on_piece):
    """Takes the whole events of `waiting`; gives back what is left of it."""
    *events, rest = waiting.split(b"\n\n")
    for event in events:
        if not event.startswith(b"data: "):
            continue
        if event[6:] == b"[DONE]":
            answer.done = True
        else:
            _take(json.loads(event[6:]), answer, now, on_piece)
    return rest


def ask(address, query, headers=(), on_piece=None, patience=60):
    """One query on a connection of its own. `on_piece(text, how many so far)` is called as words come.
    `patience`: seconds of silence after which the client gives up with an error."""
    host, port = address.rsplit(":", 1)
    body = json.dumps(query).encode()
    fields = "".join(f"{name}: {value}\r\n" for name, value in headers)
    head = (f"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{fields}"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n")
    answer = Answer()
    with socket.create_connection((host, int(port)), timeout=patience) as link:
        began = time.monotonic()
        link.sendall(head.encode() + body)
        try:
            _read(_Reader(link), answer, began, on_piece)
        except TimeoutError:
            answer.error = f"nothing came for {patience} s"
        except ConnectionResetError:
            pass  # `framed` stays false
        answer.took = time.monotonic() - began
    return answer


def _read(reader, answer, began, on_piece):
    answer.status = int((reader.line() or b"HTTP/1.1 0 ").split()[1])
    while line := reader.line():
        name, value = line.decode().split(":", 1)
        answer.headers[name.lower()] = value.strip()
    streams = answer.headers.get("content-type", "").startswith("text/event-stream")
    waiting = b""
    for part in _pieces(reader, answer):
        answer.body += part
        if streams:
            waiting = _take_events(waiting + part, answer, time.monotonic() - began, on_piece)
    if not streams:
        try:
            _take(json.loads(answer.body), answer, time.monotonic() - began, on_piece)
            answer.done = answer.framed
        except ValueError:
            answer.error = answer.error or f"no JSON in the body of a {answer.status}"
