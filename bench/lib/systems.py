"""What is compared: no proxy, nginx, HAProxy, nearfar. One worker each, the same sockets for all."""

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


class System:
    """One way from the load generator to the upstream. `start` gives the port to ask."""

    name = ""

    def __init__(self, cores):
        self.cores = cores
        self.child = None
        self.folder = None
        self.port = 0

    def start(self, upstream):
        self.folder = tempfile.mkdtemp(prefix=f"nearfar-bench-{self.name}-", dir="/tmp")
        self.port = process.free_port()
        self.launch(upstream)
        if not process.wait_until_answering(self.port):
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
        with open(self.configuration) as file:
            text = file.read()
        # The file is usable as it stands: its upstream address is the one thing that differs here.
        text, count = re.subn(r"(url: http://127\.0\.0\.1:)\d+", rf"\g<1>{upstream}", text)
        if count != 1:
            raise RuntimeError(f"{self.configuration}: want one provider with a url on 127.0.0.1")
        file = self.write("nearfar.yaml", text)
        # The line per query is written, as in service; where it goes costs nobody else.
        self.child = process.Child([self.binary, "serve", "--config", file, "--threads", "1", "--listen",
                                    f"127.0.0.1:{self.port}", "--admin", f"127.0.0.1:{process.free_port()}",
                                    *self.arguments], self.cores, folder=self.folder, stderr=subprocess.DEVNULL)

    def version(self):
        text = subprocess.run([self.binary, "--version"], capture_output=True, text=True, check=False).stdout
        return text.split()[-1] if text else ""
