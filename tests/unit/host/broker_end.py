# SPDX-License-Identifier: Apache-2.0
"""The broker's end of a host's channel, for tests: starts a real rekam-host and speaks the packets of core/wire."""

import array
import json
import os
import select
import socket
import struct
import subprocess
import time

PREFIX = struct.Struct("=BBHIIHHQQQQQq")
TYPES = {
    "host_hello": 32, "host_ready": 33, "host_failed": 34, "host_progress": 35, "host_frame": 36, "host_final": 37,
    "host_health": 38, "host_changed": 39, "host_pong": 40, "enum_manifest": 41, "enum_device": 42, "enum_done": 43,
    "host_closed": 44, "host_identified": 52,
    "host_start": 64, "host_run": 65, "host_interrupt": 66, "host_check": 67, "host_taken": 68, "host_ping": 69,
    "host_stop": 70, "enum_start": 71, "host_identify": 79,
}
NAMES = {number: name for name, number in TYPES.items()}
LIMIT_S = 30


class Message:
    def __init__(self, kind, body, job, request, descriptors):
        self.kind, self.body, self.job, self.request, self.descriptors = kind, body, job, request, descriptors

    def __repr__(self):
        return f"{self.kind} job={self.job} {self.body}"


class BrokerEnd:
    """One child and the channel to it. Use as a context manager."""

    def __init__(self, environment=None):
        build = os.environ["REKAM_BUILD_DIR"]
        self.socket, child = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = [os.path.join(build, "bin", "rekam-host")]
        sanitizer = {k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")}
        self.process = subprocess.Popen(command, env={"PATH": "/usr/bin:/bin", **sanitizer, **(environment or {})},
                                        stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                        preexec_fn=lambda: os.dup2(child.fileno(), 3), pass_fds=(3,), close_fds=True)
        child.close()
        self._queue = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.output = self.process.communicate()[1].decode(errors="replace")
        self.socket.close()

    def send(self, kind, body=None, job=0, request=None, fence=0, deadline_ms=0):
        """`request` is the number of the device; by itself that of the first, or 0 where the process is meant."""
        if request is None:
            request = 1 if kind in ("host_run", "host_interrupt", "host_check", "host_taken") else 0
        text = b"" if body is None else json.dumps(body).encode()
        self.socket.send(PREFIX.pack(1, TYPES[kind], 0, len(text), 0, 0, 0, request, 0, job, fence, 7, deadline_ms) + text)

    def send_raw(self, data):
        self.socket.send(data)

    def receive(self, limit_s=LIMIT_S):
        """The next message; None at the end of the channel."""
        if not self._queue:
            if not select.select([self.socket], [], [], limit_s)[0]:
                raise TimeoutError("the host says nothing")
            try:
                data, ancillary, _, _ = self.socket.recvmsg(128 * 1024, socket.CMSG_SPACE(16 * 4))
            except ConnectionResetError:
                return None
            if not data:
                return None
            descriptors = array.array("i")
            for _, _, payload in ancillary:
                descriptors.frombytes(payload)
            self._take_apart(data, list(descriptors))
        return self._queue.pop(0)

    def _take_apart(self, data, descriptors):
        while data:
            head = PREFIX.unpack_from(data)
            kind, json_bytes, tail_bytes, count, request, job = NAMES[head[1]], head[3], head[4], head[5], head[7], head[9]
            text = data[PREFIX.size:PREFIX.size + json_bytes]
            data = data[PREFIX.size + json_bytes + tail_bytes:]
            self._queue.append(Message(kind, json.loads(text) if text else None, job, request, descriptors[:count]))
            descriptors = descriptors[count:]

    def until(self, *kinds, limit_s=LIMIT_S):
        """The next message of these kinds; progress in between is dropped, everything else is a failure."""
        end = time.monotonic() + limit_s
        while time.monotonic() < end:
            message = self.receive(limit_s)
            if message is None or message.kind in kinds:
                return message
            if message.kind != "host_progress":
                raise AssertionError(f"expected {kinds}, got {message}")
        raise TimeoutError(str(kinds))

    def start(self, plugin, device, open_ms_max=10_000):
        assert self.until("host_hello").kind == "host_hello"
        self.open(plugin, device, open_ms_max=open_ms_max)
        return self.until("host_ready", "host_failed")

    def open(self, plugin, device, number=1, shared=False, open_ms_max=10_000):
        body = {"path": plugin, "device": device, "open_ms_max": open_ms_max, "shared": shared}
        self.send("host_start", body, request=number)

    def run(self, job, function="camera", subject="face", params=None, parts=None, deadline_ms=0, fence=1, number=1):
        body = {"function": function, "subject": subject, "parts": parts or [subject],
                "accepted_mono_us": time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000,
                "params": {"slot": "photo", "subject": subject, **(params or {})}}
        self.send("host_run", body, job=job, request=number, fence=fence, deadline_ms=deadline_ms)

    def exit_code(self):
        return self.process.wait(LIMIT_S)


def plugin_path(name):
    return os.path.join(os.environ["REKAM_BUILD_DIR"], "plugins", f"rekam-{name}.so")
