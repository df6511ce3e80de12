"""What is compared: no proxy, nginx, HAProxy, nearfar, nearfar with a bill to keep. One worker each, the same sockets for all."""

import os
import re
import shutil
import subprocess
import tempfile

from . import process

NGINX = """
daemon off;
{user}
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log crit;
worker_rlimit_nofile 20000;
events {{ worker_connections 9000; }}
http {{
  access_log off;
  client_max_body_size 64m;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  keepalive_requests 100000000;
  keepalive_timeout 300s;
  tcp_nodelay on;
  upstream canned {{
    server 127.0.0.1:{upstream};
    keepalive 2048;
    keepalive_requests 100000000;
    keepalive_timeout 300s;
  }}
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location / {{
      proxy_pass http://canned;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
      proxy_request_buffering off;
      proxy_read_timeout 300s;
    }}
  }}
}}
"""

HAPROXY = """
global
  nbthread 1
  maxconn 9000
defaults
  mode http
  option http-keep-alive
  option http-no-delay
  http-reuse always
  timeout connect 5s
  timeout client 300s
  timeout server 300s
  timeout http-keep-alive 300s
frontend front
  bind 127.0.0.1:{port} backlog 4096
  default_backend canned
backend canned
  server one 127.0.0.1:{upstream} pool-max-conn -1
"""


# Limits of both kinds that no run fills, one account each: what is measured is the keeping, not the refusing.
LIMITS = """
limits:
  - {name: spend, of: cost, max: 1000000 USD, per: day, by: key}
  - {name: bursts, of: requests, max: 1000000000, per: minute, by: key}
"""
FREE, PRICED = "price: free", "price: {input: 0.2 USD/M, output: 0.8 USD/M}"


class System:
    """One way from the load generator to the upstream. `start` gives the port to ask."""

    name = ""
    place = "/tmp"
    headers = ()  # fields that every request needs

    def __init__(self, cores):
        self.cores = cores
        self.child = None
        self.folder = None
        self.port = 0

    def start(self, upstream):
        self.folder = tempfile.mkdtemp(prefix=f"nearfar-bench-{self.name}-", dir=self.place)
        self.port = process.free_port()
        self.launch(upstream)
        if not process.wait_until_answering(self.port, headers=self.headers):
            raise RuntimeError(f"{self.name} does not answer; files in {self.folder}, command {self.child.command}")

    def launch(self, upstream):
        raise NotImplementedError

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w") as file:
            file.write(text)
        return path

    def pid(self):
        """The process that does the work."""
        return self.child.popen.pid

    def stop(self):
        if self.child:
            self.child.stop()
            self.child = None
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder = None

    def version(self):
        return ""


class Direct(System):
    name = "direct"

    def start(self, upstream):
        self.port = upstream

    def pid(self):
        return None


class Nginx(System):
    name = "nginx"
    binary = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")

    def launch(self, upstream):
        user = "user root;" if os.geteuid() == 0 else ""
        file = self.write("nginx.conf", NGINX.format(folder=self.folder, port=self.port, upstream=upstream, user=user))
        self.child = process.Child([self.binary, "-c", file, "-p", self.folder, "-e", f"{self.folder}/nginx.log"], self.cores)

    def pid(self):
        workers = process.children_of(self.child.popen.pid)
        return workers[0] if workers else self.child.popen.pid

    def version(self):
        text = subprocess.run([self.binary, "-v"], capture_output=True, text=True, check=False).stderr
        return text.strip().rsplit("/", 1)[-1]


class Haproxy(System):
    name = "haproxy"
    binary = shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin")

    def launch(self, upstream):
        file = self.write("haproxy.cfg", HAPROXY.format(port=self.port, upstream=upstream))
        self.child = process.Child([self.binary, "-db", "-q", "-f", file], self.cores)

    def version(self):
        text = subprocess.run([self.binary, "-v"], capture_output=True, text=True, check=False).stdout
        found = re.search(r"version (\S+)", text)
        return found.group(1) if found else ""


class Nearfar(System):
    name = "nearfar"

    def __init__(self, cores, binary, configuration, name="nearfar", arguments=()):
        super().__init__(cores)
        self.binary = os.path.abspath(binary)
        self.configuration = configuration
        self.name = name
        self.arguments = list(arguments)

    def launch(self, upstream):
        self.launch_with(self.text(), upstream)

    def text(self):
        with open(self.configuration) as file:
            return file.read()

    def launch_with(self, text, upstream):
        # The file is usable as it stands: its upstream address is the one thing that differs here.
        text, count = re.subn(r"(url: http://127\.0\.0\.1:)\d+", rf"\g<1>{upstream}", text)
        if count != 1:
            raise RuntimeError(f"{self.configuration}: want one provider with a url on 127.0.0.1")
        file = self.write("nearfar.yaml", text)
        self.prepare(file)
        # The line per query is written, as in service; where it goes costs nobody else.
        self.child = process.Child([self.binary, "serve", "--config", file, "--threads", "1", "--listen",
                                    f"127.0.0.1:{self.port}", "--admin", f"127.0.0.1:{process.free_port()}",
                                    *self.arguments], self.cores, folder=self.folder, stderr=subprocess.DEVNULL)

    def prepare(self, file):
        """Before the start."""

    def version(self):
        text = subprocess.run([self.binary, "--version"], capture_output=True, text=True, check=False).stdout
        return text.split()[-1] if text else ""


class BilledNearfar(Nearfar):
    """The same policy with a price, a limit of cost and one of requests; every query comes with a key, and the
    ledger goes to a disk."""

    def __init__(self, cores, binary, configuration, place):
        super().__init__(cores, binary, configuration)
        os.makedirs(place, exist_ok=True)
        self.place = os.path.abspath(place)

    def text(self):
        text = super().text()
        if text.count(FREE) != 1:
            raise RuntimeError(f"{self.configuration}: want one target with `{FREE}`")
        return text.replace(FREE, PRICED) + LIMITS

    def prepare(self, file):
        made = subprocess.run([self.binary, "keys", "create", "bench", "--config", file], capture_output=True, text=True,
                              check=False, cwd=self.folder)
        if made.returncode != 0:
            raise RuntimeError(f"no key: {made.stderr.strip()}")
        self.headers = (f"x-nearfar-key: {made.stdout.strip()}",)
