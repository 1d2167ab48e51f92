# SPDX-License-Identifier: Apache-2.0 OR MIT
"""The shell around SessionCore: one thread that owns the sockets. Everything else talks to it by `post`."""
import collections
import json
import os
import socket
import threading
import time

import zmq
from zmq.utils.monitor import recv_monitor_message

from .errors import local_error
from .session import READY, REFUSED, SessionCore

_POLL_MAX_S = 1.0
_STOPPED = "the connection was closed by this program"


class Channel:
    def __init__(self, endpoints, hello, resume=None):
        self.core = SessionCore(hello, os.urandom(6).hex(), resume)
        self._endpoints = endpoints
        self._commands = collections.deque()
        self._wake_read, self._wake_write = socket.socketpair()
        for end in (self._wake_read, self._wake_write):
            end.setblocking(False)
        self._followers = []
        self._stop = False
        self._settled = threading.Event()  # READY or REFUSED for the first time
        self._thread = threading.Thread(target=self._run, name="rekam-client", daemon=True)
        self._context = zmq.Context()
        self._open()
        self._thread.start()

    # Any thread.

    def post(self, function, *args):
        """Runs function(now, *args) on the I/O thread, soon."""
        self._commands.append((function, args))
        try:
            self._wake_write.send(b"x")
        except BlockingIOError:
            pass  # it is awake already
        except OSError as error:
            raise local_error("no-answer", _STOPPED, class_="caller", retry="never") from error

    def wait_settled(self, timeout_s):
        return self._settled.wait(timeout_s)

    def follow(self, prefixes, deliver):
        """From now on deliver(kind, header) gets events, beats, welcomes; kind is the stream's name for events."""
        self.post(self._follow, prefixes, deliver)

    def unfollow(self, deliver):
        self.post(self._unfollow, deliver)

    def close(self):
        """Ends the thread and all that waits on it. Safe to call twice, and from a callback."""
        if not self._stop:
            self._stop = True
            try:
                self._wake_write.send(b"x")
            except OSError:
                pass
        if self._thread is not threading.current_thread():
            self._thread.join()

    # The I/O thread.

    def _open(self):
        self._requests = self._socket(zmq.DEALER)
        self._requests.setsockopt(zmq.IMMEDIATE, 1)  # nothing waits in a queue for a gate that is not there
        self._monitor = self._requests.get_monitor_socket(zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_DISCONNECTED)
        self._events = self._socket(zmq.SUB)
        for topic in (b"$beat", b"$welcome"):
            self._events.setsockopt(zmq.SUBSCRIBE, topic)
        self._requests.connect(self._endpoints.requests)
        self._events.connect(self._endpoints.events)

    def _socket(self, kind):
        made = self._context.socket(kind)
        for option, value in ((zmq.LINGER, 0), (zmq.RECONNECT_IVL, 10),
                              (zmq.HEARTBEAT_IVL, 1000), (zmq.HEARTBEAT_TIMEOUT, 5000)):
            made.setsockopt(option, value)
        return made

    def _run(self):
        poller = zmq.Poller()
        for readable in (self._requests, self._monitor, self._events, self._wake_read.fileno()):
            poller.register(readable, zmq.POLLIN)
        try:
            while not self._stop:
                self._turn(poller)
        finally:
            self._shut()

    def _turn(self, poller):
        wanted = self.core.next_timer(time.monotonic())
        wait_s = _POLL_MAX_S if wanted is None else min(_POLL_MAX_S, max(0.0, wanted - time.monotonic()))
        # Rounded up, or the last millisecond before a timer would be spent spinning.
        poller.modify(self._requests, zmq.POLLIN | (zmq.POLLOUT if self.core.outbox else 0))
        poller.poll(0 if self._commands else int(wait_s * 1000) + 1)
        self._drain_wake()
        self._drain_replies()  # before the monitor: what came before a disconnect still counts
        self._drain_monitor()
        self._drain_events()
        while self._commands:
            function, args = self._commands.popleft()
            function(time.monotonic(), *args)
        self.core.tick(time.monotonic())
        self._flush()
        if self.core.state in (READY, REFUSED):
            self._settled.set()

    def _drain_wake(self):
        try:
            while self._wake_read.recv(4096):
                pass
        except BlockingIOError:
            pass

    def _drain_replies(self):
        for parts in _messages(self._requests):
            header = _json(parts[0])
            try:
                if header is not None:
                    self.core.message(time.monotonic(), header, parts[1:])
            except (AttributeError, KeyError, TypeError, ValueError):
                self.core.stale += 1  # not what the protocol says; the request that it was for ends by its time limit

    def _drain_monitor(self):
        while self._monitor.poll(0):
            event = recv_monitor_message(self._monitor)["event"]
            if event == zmq.EVENT_HANDSHAKE_SUCCEEDED:
                self.core.connected(time.monotonic())
            elif event == zmq.EVENT_DISCONNECTED:
                self.core.disconnected(time.monotonic())

    def _drain_events(self):
        for parts in _messages(self._events):
            # The welcome message is one part (libzmq keeps it so): its topic and its JSON stand in it together.
            topic, brace, rest = parts[0].partition(b"{")
            header = _json(parts[1] if len(parts) > 1 else brace + rest)
            if header is None:
                continue
            stream = topic.decode("utf-8", "replace").strip("\0 \n")
            if stream.startswith("$"):
                self.core.beat(time.monotonic(), header.get("station_epoch", 0), header.get("gate_epoch", 0))
            for _, deliver in self._followers:
                deliver(stream, header)

    def _flush(self):
        while self.core.outbox:
            data = json.dumps(self.core.outbox[0], ensure_ascii=False, separators=(",", ":")).encode()
            try:
                parts = self.core.attachments.get(self.core.outbox[0]["id"], ())
                self._requests.send_multipart([data, *parts], zmq.NOBLOCK)
            except zmq.Again:
                return
            self.core.attachments.pop(self.core.outbox.pop(0)["id"], None)

    def _follow(self, _now, prefixes, deliver):
        self._followers.append((prefixes, deliver))
        for prefix in prefixes:
            self._events.setsockopt(zmq.SUBSCRIBE, prefix.encode())

    def _unfollow(self, _now, deliver):
        for entry in [entry for entry in self._followers if entry[1] == deliver]:
            self._followers.remove(entry)
            for prefix in entry[0]:  # libzmq counts equal subscriptions
                self._events.setsockopt(zmq.UNSUBSCRIBE, prefix.encode())

    def _shut(self):
        self._stop = True
        self._wake_write.close()
        self._wake_read.close()
        while self._commands:  # a request that nobody will send still gets its end
            function, args = self._commands.popleft()
            function(time.monotonic(), *args)
        self.core.end_all(local_error("no-answer", _STOPPED, class_="caller", retry="never", effect="unknown"))
        self._requests.disable_monitor()
        self._monitor.close(0)
        self._requests.close(0)
        self._events.close(0)
        self._context.term()
        for _, deliver in self._followers:
            deliver("$closed", {})


def _messages(zsocket):
    while True:
        try:
            yield zsocket.recv_multipart(zmq.NOBLOCK)
        except zmq.Again:
            return


def _json(data):
    try:
        value = json.loads(data)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
