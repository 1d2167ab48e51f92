#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""A station for the clients' tests: real sockets, scripted faults. In Python: FakeStation(directory). For other
languages: `fake_station.py DIRECTORY`, one JSON command per line on stdin, each answered by one line on stdout.

Commands: {"fault": F, "op": OP, "times": 1, ...} with F one of
    lose_request      it never arrives             lose_reply    it is done, its answers vanish
    duplicate         the final comes twice        stale         answers to foreign ids come before it
    delay {ms}        it is looked at later        error {error} it is refused so
    gate_dies {when: before|after, down_ms}        the gate dies as it arrives, or as its final is to be sent
and {"do": D, ...} with D one of restart_gate {down_ms} restart_station forget_sessions beats {on} set {name: value}
    event {stream, data, skip} lose_event {stream, data} add_lease {slots} subscribed {to} requests count {op}
    leases jobs card_state quit
"""
import json
import os
import queue
import sys
import threading
import time

import zmq

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fake_model import Model, Refused  # noqa: E402  pylint: disable=wrong-import-position


class FakeStation:
    def __init__(self, directory):
        self.directory = directory
        self.model = Model()
        self.requests = []  # every header that arrived
        self.results = []  # (op, result) of every answer
        self._faults = []
        self._later = []  # (when, function)
        self._beats = True
        self._next_beat = 0.0
        self._commands = queue.SimpleQueue()
        self._stop = False
        self._context = zmq.Context()
        self._up = False
        self._bind()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def command(self, **command):
        """Any thread; returns the answer once it is in force."""
        answer = queue.SimpleQueue()
        self._commands.put((command, answer))
        return answer.get(timeout=20)

    def fault(self, name, op, **more):
        return self.command(fault=name, op=op, **more)

    def close(self):
        self.command(do="quit")
        self._thread.join()

    # Its own thread from here on.

    def _bind(self):
        self._subscribed = set()
        self._router = self._context.socket(zmq.ROUTER)
        self._events = self._context.socket(zmq.XPUB)
        self._router.setsockopt(zmq.ROUTER_MANDATORY, 1)
        self._events.setsockopt(zmq.XPUB_WELCOME_MSG, b"$welcome" + json.dumps(self._envelope("$welcome")).encode())
        for zsocket, name in ((self._router, "requests"), (self._events, "events")):
            zsocket.setsockopt(zmq.LINGER, 0)
            zsocket.bind(f"ipc://{self.directory}/{name}")
        self._up = True

    def _unbind(self):
        self._up = False
        self._router.close(0)
        self._events.close(0)

    def _envelope(self, stream):
        return {"v": 1, "station": "S1", "station_epoch": self.model.station_epoch,
                "gate_epoch": self.model.gate_epoch, "stream": stream}

    def _run(self):
        while not self._stop:
            if self._up and self._router.poll(5):
                self._receive(self._router.recv_multipart())
            elif not self._up:
                time.sleep(0.005)
            if self._up:
                self._hear_subscriptions()
            now = time.monotonic()
            for entry in [entry for entry in self._later if entry[0] <= now]:
                self._later.remove(entry)
                entry[1]()
            self.model.tick(now)
            if self._up and self._beats and now >= self._next_beat:
                self._next_beat = now + 1.0
                self._publish("$beat", {"seq": dict(self.model.seqs)})
            while not self._commands.empty():
                command, answer = self._commands.get()
                answer.put(self._obey(command))
        self._unbind()
        self._context.term()

    def _hear_subscriptions(self):
        while self._events.poll(0):
            word = self._events.recv()
            if word[:1] == b"\1":
                self._subscribed.add(word[1:].decode())

    def _publish(self, stream, body):
        self._events.send_multipart([stream.encode(), json.dumps({**self._envelope(stream), **body}).encode()])

    def _receive(self, parts):
        empty = parts[1] == b""
        header = json.loads(parts[2 if empty else 1])
        self.requests.append(header)
        self._handle(parts[0], [b""] if empty else [], header)

    def _take_fault(self, op):
        for fault in self._faults:
            if fault["op"] == op:
                fault["times"] = fault.get("times", 1) - 1
                if fault["times"] <= 0:
                    self._faults.remove(fault)
                return fault
        return {"fault": ""}

    def _handle(self, route, prefix, header):
        fault = self._take_fault(header.get("op"))
        kind = fault["fault"]
        if kind == "lose_request":
            return
        if kind == "gate_dies" and fault.get("when", "before") == "before":
            self._restart_gate(fault.get("down_ms", 50))
        elif kind == "delay":
            self._later.append((time.monotonic() + fault["ms"] / 1000,
                                lambda: self._answer(route, prefix, header, fault)))
        else:
            self._answer(route, prefix, header, fault)

    def _answer(self, route, prefix, header, fault):
        router = self._router

        def reply(result, progress, error, parts):
            if router is not self._router or not self._up:
                return  # the gate that took the request is dead, and its answers with it
            self._reply(route, prefix, header, fault, (result, progress, error, parts))

        try:
            if fault["fault"] == "error":
                reply(None, None, fault["error"], [])
                return
            answer = self.model.do(time.monotonic(), header, reply)
            if answer is not None:
                reply(answer[0], None, None, answer[1])
        except Refused as refused:
            reply(None, None, refused.body, [])

    def _reply(self, route, prefix, header, fault, what):
        result, progress, error, parts = what
        kind = fault["fault"]
        if progress is not None:
            if header.get("progress") and kind != "lose_reply":
                self._send(route, prefix, {"v": 1, "id": header["id"], "more": True, "progress": progress}, parts)
            return
        if kind == "gate_dies":
            self._restart_gate(fault.get("down_ms", 50))
            return
        if kind == "lose_reply":
            return
        if error is None:
            self.results.append((header["op"], result))
        final = {"v": 1, "id": header["id"], "more": False, "ok": error is None}
        final.update({"result": result} if error is None else {"error": error})
        if kind == "stale":
            wrong = {"v": 1, "more": False, "ok": True, "result": {"lease": "L-666", "frames": [], "case": "C-666"}}
            self._send(route, prefix, {**wrong, "id": "someone-else-7"}, [])
            self._send(route, prefix, {"v": 1, "id": "gone", "more": True, "progress": {"job": "J-666"}}, [])
            self._send(route, prefix, {"v": 1, "more": False, "ok": True}, [])
        self._send(route, prefix, final, parts)
        if kind == "duplicate":
            self._send(route, prefix, final, parts)

    def _send(self, route, prefix, header, parts):
        try:
            self._router.send_multipart([route, *prefix, json.dumps(header).encode(), *parts])
        except zmq.ZMQError:
            pass  # gone: the client will ask

    def _restart_gate(self, down_ms):
        self._unbind()
        self.model.restart_gate()
        self._later.append((time.monotonic() + down_ms / 1000, self._bind))

    def _event(self, command):
        stream = command["stream"]
        self.model.seqs[stream] = self.model.seqs.get(stream, 0) + 1 + command.get("skip", 0)
        slot = self.model.slots.get(stream.partition(".")[2])
        if slot is not None:
            slot.update(command["data"])
        if command["do"] == "event":
            self._publish(stream, {"seq": self.model.seqs[stream], "data": {**(slot or {}), **command["data"],
                                                                            "seq": self.model.seqs[stream]}})

    def _obey(self, command):
        if "fault" in command:
            self._faults.append(command)
            return True
        what = command["do"]
        if what == "restart_gate":
            self._restart_gate(command.get("down_ms", 50))
        elif what == "restart_station":
            self._unbind()
            self.model.restart_station()
            self._later.append((time.monotonic() + 0.05, self._bind))
        elif what == "forget_sessions":
            self.model.sessions.clear()
            self.model.known_to_gate.clear()
            self.model.leases.clear()
        elif what == "beats":
            self._beats = command["on"]
        elif what in ("event", "lose_event"):
            self._event(command)
        elif what == "set":
            for name in command.keys() - {"do"}:
                setattr(self.model, name, command[name])
        elif what == "add_lease":
            self.model.leases["L-other"] = {"session": "other", "slots": command["slots"], "case": "C-x", "renewed": 0}
        elif what == "quit":
            self._stop = True
        return {"requests": self.requests, "leases": self.model.leases, "jobs": len(self.model.jobs),
                "subscribed": command.get("to") in self._subscribed,
                "card_state": next((job["state"] for job in self.model.jobs.values() if job["op"] == "print.start"), None),
                "count": sum(header["op"] == command.get("op") for header in self.requests)}.get(what, True)


def main():
    station = FakeStation(sys.argv[1])
    print(json.dumps(True), flush=True)
    for line in sys.stdin:
        command = json.loads(line)
        if command.get("do") == "quit":
            break
        print(json.dumps(station.command(**command)), flush=True)
    station.close()


if __name__ == "__main__":
    main()
