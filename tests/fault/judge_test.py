"""The client and the judge of bench/faults on canned bytes: what would be half an answer dressed as a whole one
must be found out."""

import pathlib
import socket
import sys
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench"))
sys.dont_write_bytecode = True

from lib.faults import client, record  # noqa: E402

HEAD = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
WORD = '{"choices":[{"index":0,"delta":{"content":"%s"},"finish_reason":null}]}'
STOP = '{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}'
ERROR = '{"error":{"message":"broke off","type":"stream_broken"}}'


def chunks(*events, last="0\r\n\r\n"):
    out = HEAD
    for event in events:
        data = f"data: {event}\n\n"
        out += f"{len(data.encode()):x}\r\n{data}\r\n"
    return (out + last).encode()


def whole_json(body, length=None):
    return (f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length or len(body)}\r\n\r\n"
            f"{body}").encode()


def told(code, body):
    return (f"HTTP/1.1 {code} X\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            f"{body}").encode()


def heard(canned):
    """What the client makes of these bytes."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        def serve():
            link, _ = listening.accept()
            with link:
                # The whole request first: bytes that nobody has read turn the end into a reset.
                seen = b""
                while not seen.endswith(b"[]}"):
                    seen += link.recv(65536)
                link.sendall(canned)
        thread = threading.Thread(target=serve)
        thread.start()
        answer = client.ask(f"127.0.0.1:{listening.getsockname()[1]}", {"messages": []}, patience=20)
        thread.join()
        return answer


class Client(unittest.TestCase):
    def test_a_whole_stream_is_whole(self):
        answer = heard(chunks(WORD % "one ", WORD % "two", STOP, "[DONE]"))
        self.assertTrue(answer.whole)
        self.assertEqual(answer.text, "one two")
        self.assertEqual(len(answer.moments), 2)
        self.assertIsNotNone(answer.silence)

    def test_a_stream_is_not_whole_without_each_of_its_ends(self):
        for canned in (chunks(WORD % "one", STOP, "[DONE]", last=""),
                       chunks(WORD % "one", STOP, "[DONE]", last="5\r\ndat"),
                       chunks(WORD % "one", STOP),
                       chunks(WORD % "one", "[DONE]"),
                       chunks(WORD % "one", ERROR, STOP, "[DONE]"),
                       chunks(WORD % "one", STOP.replace("stop", "error"), "[DONE]")):
            self.assertFalse(heard(canned).whole, canned)

    def test_an_answer_shorter_than_declared_is_not_whole(self):
        body = '{"choices":[{"message":{"content":"one"},"finish_reason":"stop"}]}'
        self.assertTrue(heard(whole_json(body)).whole)
        self.assertFalse(heard(whole_json(body, len(body) + 9)).whole)


class Judge(unittest.TestCase):
    def test_whole_means_whole_and_to_the_letter(self):
        good = heard(chunks(WORD % "one", STOP, "[DONE]"))
        self.assertEqual(record.why_broken("whole", good, record.same_text("one")), "")
        self.assertIn("wrong text", record.why_broken("whole", good, record.same_text("oneone")))
        cut = heard(chunks(WORD % "one", last=""))
        self.assertIn("no whole answer", record.why_broken("whole", cut, record.same_text("one")))

    def test_what_the_device_adds_is_free_and_what_was_said_is_not(self):
        good = heard(chunks(WORD % "one two", STOP, "[DONE]"))
        self.assertEqual(record.why_broken("whole", good, record.goes_on(lambda: "one")), "")
        self.assertIn("lost", record.why_broken("whole", good, record.goes_on(lambda: "two")))

    def test_an_error_must_be_told_and_must_not_look_whole(self):
        check = record.same_text("")
        self.assertEqual(record.why_broken("error", heard(chunks(WORD % "one", ERROR, last="")), check), "")
        self.assertIn("no error told", record.why_broken("error", heard(chunks(WORD % "one", last="")), check))
        self.assertIn("dressed", record.why_broken("error", heard(chunks(WORD % "one", STOP, "[DONE]")), check))

    def test_a_status_is_the_clients_as_it_came(self):
        check = record.same_text("")
        self.assertEqual(record.why_broken("422", heard(told(422, ERROR)), check), "")
        self.assertIn("instead of 422", record.why_broken("422", heard(told(500, ERROR)), check))


if __name__ == "__main__":
    unittest.main()
