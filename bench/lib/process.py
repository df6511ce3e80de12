"""Children of the bench: started on a chosen core, measured through /proc, ended for certain."""

import atexit
import ctypes
import os
import signal
import socket
import subprocess
import time

PR_SET_PDEATHSIG = 1
STOP_SECONDS = 15

_libc = ctypes.CDLL(None)
_children = []


def _prepare(cores):
    def run():
        # Whatever ends the bench, SIGKILL too, ends its children.
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if cores:
            os.sched_setaffinity(0, cores)

    return run


class Child:
    def __init__(self, command, cores=None, folder=None, stdout=subprocess.DEVNULL, stderr=None, environment=None):
        self.command = command
        self.popen = subprocess.Popen(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=stdout,
                                      stderr=stderr, preexec_fn=_prepare(cores), text=True)
        _children.append(self)

    def alive(self):
        return self.popen.poll() is None

    def stop(self):
        if self in _children:
            _children.remove(self)
        if self.alive():
            self.popen.send_signal(signal.SIGTERM)
        try:
            return self.popen.communicate(timeout=STOP_SECONDS)[0]
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.communicate()
            return None


@atexit.register
def _stop_all():
    for child in list(_children):
        child.stop()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def children_of(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            return [int(word) for word in file.read().split()]
    except OSError:
        return []


def cpu_ns(pid):
    """Time on a processor, of all threads, in nanoseconds."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{task}/schedstat") as file:
                total += int(file.read().split()[0])
        except FileNotFoundError:
            pass
    return total


def user_share(pid):
    """(user, system) seconds so far; in clock ticks, so only good for a share over seconds."""
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    tick = os.sysconf("SC_CLK_TCK")
    return int(fields[11]) / tick, int(fields[12]) / tick


def rss_kib(pid):
    with open(f"/proc/{pid}/status") as file:
        for line in file:
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
    return 0


def ask_once(port, path="/v1/chat/completions", model="bench", headers=()):
    """One small query on a fresh connection; True when it was answered with 200."""
    body = '{"model":"%s","messages":[{"role":"user","content":"hello"}]}' % model
    request = (f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
               f"{''.join(f'{field}{chr(13)}{chr(10)}' for field in headers)}"
               f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}")
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as link:
            link.sendall(request.encode())
            return link.recv(4096).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


def wait_until_answering(port, seconds=10, pause=0.0002, headers=()):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if ask_once(port, headers=headers):
            return True
        time.sleep(pause)
    return False
