"""The gateway and the upstream doubles as child processes."""

import http.client
import json
import os
import pathlib
import ssl
import subprocess
import time
import urllib.parse

from .. import process

# A busy machine under a sanitizer takes its time.
START_SECONDS = 60


def _first_line(child, prefix):
    for line in child.popen.stdout:
        if line.startswith(prefix):
            return line[len(prefix):].strip()
    child.popen.wait()
    raise RuntimeError(f"{child.command[0]} ended with {child.popen.returncode} before it listened")


class Double:
    """A model server that fails as told: docs/upstream-double.md."""

    def __init__(self, binary, name, *more, machine=()):
        self.child = process.Child([*machine, binary, "--name", name, *map(str, more)], stdout=subprocess.PIPE)
        self.url = _first_line(self.child, "listening on ")
        parts = urllib.parse.urlsplit(self.url)
        self.host, self.port, self.secure = parts.hostname, parts.port, parts.scheme == "https"

    def _control(self, method, what, body=None):
        if self.secure:
            anyone = ssl.create_default_context()
            anyone.check_hostname, anyone.verify_mode = False, ssl.CERT_NONE
            link = http.client.HTTPSConnection(self.host, self.port, timeout=30, context=anyone)
        else:
            link = http.client.HTTPConnection(self.host, self.port, timeout=30)
        link.request(method, f"/_double/{what}", json.dumps(body) if body is not None else None)
        got = link.getresponse()
        text = got.read()
        link.close()
        if got.status != 200:
            raise RuntimeError(f"the double refused {body}: {text.decode()}")
        return json.loads(text)

    def behave(self, *behaviours):
        """The last one is for good, those before it for one request each."""
        self._control("PUT", "behaviour", {"default": behaviours[-1], "queue": list(behaviours[:-1])})

    def requests(self):
        return self._control("GET", "requests")["counters"]["requests"]

    def stop(self):
        self.child.stop()


class Gateway:
    def __init__(self, binary, folder, configuration, environment=None):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / "nearfar.yaml"
        file.write_text(configuration)
        self.log = self.folder / "log"
        with open(self.log, "wb") as log:
            self.child = process.Child([binary, "serve", "--config", str(file)], stdout=subprocess.PIPE, stderr=log,
                                       environment=environment)
        try:
            self.address = _first_line(self.child, "listening on http://")
            words = _first_line(self.child, "admin on http://").split(", token in ")
        except RuntimeError as trouble:
            said = self.log.read_text()
            raise RuntimeError(f"{trouble}\n{said[max(said.find('error['), 0):]}") from None
        self.admin, self.token = words[0], pathlib.Path(words[1]).read_text().strip()

    def get(self, path, method="GET", body=None):
        link = http.client.HTTPConnection(self.admin, timeout=30)
        link.request(method, path, body, {"Authorization": f"Bearer {self.token}"})
        text = link.getresponse().read().decode()
        link.close()
        return text

    def facts(self):
        return json.loads(self.get("/admin/facts"))

    def lines(self):
        """What the log says of queries, oldest first."""
        found = []
        for line in self.log.read_text(errors="replace").splitlines():
            if line.startswith("{") and '"query":' in line:
                found.append(json.loads(line))
        return found

    def line_of(self, answer, seconds=START_SECONDS):
        """The log's line of a query: it is written after the last byte."""
        name = answer.headers.get("x-nearfar-id")
        end = time.monotonic() + seconds
        while name and time.monotonic() < end:
            for line in reversed(self.lines()):
                if line["query"] == name:
                    return line
            time.sleep(0.01)
        return None

    def stop(self):
        """Raises when the gateway did not end as it should: a crash, or what a sanitizer found."""
        died = not self.child.alive()
        self.child.stop()
        code = self.child.popen.returncode
        if died or code != 0:
            tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-60:])
            raise RuntimeError(f"the gateway ended with {code}:\n{tail}")


def environment_with_path(folder):
    """For the gateway to find llama-server in `folder`; one on the PATH comes first."""
    return {**os.environ, "PATH": f"{os.environ.get('PATH', '')}:{folder}"}
