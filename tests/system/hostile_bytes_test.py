# SPDX-License-Identifier: Apache-2.0
"""Clients below ZeroMQ that mean harm, against a whole station: whatever they write, another client goes on capturing, and
no process of the station is another one afterwards. Every load is bounded."""
import random
import socket
import struct
import unittest

from checked import Background, StationTest

MIB = 1 << 20
GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32)


def frame(body, more=False, command=False):
    """One frame of ZMTP 3."""
    flags = (1 if more else 0) | (4 if command else 0)
    if len(body) > 255:
        return bytes([flags | 2]) + struct.pack(">Q", len(body)) + body
    return bytes([flags, len(body)]) + body


READY = frame(b"\x05READY\x0bSocket-Type" + struct.pack(">I", 6) + b"DEALER", command=True)
HEADER = b'{"v":1,"id":"1","op":"station.get","session":"' + b"0" * 32 + b'"}'


class HostileBytes(StationTest):
    options = {"settings": "[limits]\nconnections = 64\n"}

    def setUp(self):
        super().setUp()
        self.ready("document", "photo", "spare", "fingers")  # the processes that list devices have ended
        self.before = set(self.station.children())

    def captures(self, count=10):
        """Another client's work, which nobody may disturb."""
        def work():
            with self.client.case("test") as case, case.lease("photo") as lease:
                return [len(lease.capture("photo", subject="face").frames) for _ in range(count)]
        return Background(work)

    def raw(self, name="requests"):
        made = socket.socket(socket.AF_UNIX)
        self.addCleanup(made.close)
        # Blocking, with the kernel's own limit: Python's timeout would end at once where the listener's queue is full.
        for option in (socket.SO_SNDTIMEO, socket.SO_RCVTIMEO):
            made.setsockopt(socket.SOL_SOCKET, option, struct.pack("@ll", 60, 0))
        made.connect(str(self.station.runtime / name))
        return made

    def greeted(self):
        """A connection after its handshake."""
        made = self.raw()
        made.sendall(GREETING + READY)
        read = b""
        while len(read) < 66 or len(read) < 66 + read[65]:
            got = made.recv(512)
            self.assertTrue(got, "the handshake is answered")
            read += got
        return made

    def write(self, made, data):
        """False when the gate has closed the connection."""
        try:
            made.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            return False
        return True

    def served(self, other, count=10):
        self.assertEqual(other.result(), [1] * count)
        self.assertTrue(self.connect().info()["station"], "and a new client is served")
        self.assertEqual(set(self.station.children()), self.before, "by the same processes as before")
        self.assertEqual(self.client.info()["counters"]["gate_restarts"], 0)

    def gate_kib(self):
        with open(f"/proc/{self.station.pid_of('rekam-gate')}/status", encoding="ascii") as status:
            return int(next(line.split()[1] for line in status if line.startswith("VmRSS")))

    def test_random_bytes_before_and_after_a_good_beginning(self):
        other, noise = self.captures(), random.Random(11)
        for count in range(300):
            made = self.raw("requests" if count % 2 else "events")
            self.write(made, (b"", GREETING, GREETING + READY)[count % 3] + noise.randbytes(noise.randrange(1, 4_000)))
            made.close()
        self.served(other)

    def test_random_messages_are_answered_or_ignored(self):
        other, noise, made = self.captures(), random.Random(12), self.greeted()
        for _ in range(300):
            spoiled = bytearray(HEADER)
            for _ in range(noise.randrange(1, 4)):
                spoiled[noise.randrange(len(spoiled))] = noise.randrange(256)
            made.sendall(frame(bytes(spoiled)))
            self.assertTrue(made.recv(65_536), "every one has an answer")
        self.served(other)

    def test_half_messages_hold_nobody_up(self):
        other = self.captures()
        whole = GREETING + READY
        for cut in (1, 10, 63, len(GREETING), len(whole) - 1):
            self.raw().sendall(whole[:cut])
        last = frame(HEADER)
        for cut in (1, 2, len(last) - 1):
            self.greeted().sendall(frame(b"", more=True) + last[:cut])
        self.served(other)  # while all of them are still open

    def test_ten_thousand_reconnects(self):
        other = self.captures(30)
        for count in range(10_000):
            with self.raw() as made:
                if count % 2:
                    self.write(made, GREETING)
        self.served(other, 30)
        self.assertLess(self.gate_kib(), 300 * 1024)

    def test_a_descriptor_flood_is_turned_away(self):
        other = self.captures()
        flood = [self.raw("requests" if count % 2 else "events") for count in range(300)]
        closed = 0
        for made in flood[64:]:  # whoever is let in hears the greeting
            try:
                closed += made.recv(64) == b""
            except ConnectionResetError:
                closed += 1
        self.assertGreater(closed, 200, "beyond limits.connections they are closed")
        self.assertEqual(other.result(), [1] * 10)
        for made in flood:
            made.close()
        self.served(self.captures())

    def test_endless_parts_are_cut_off(self):
        for size in (0, 300, 64 * 1024):
            other, made = self.captures(5), self.greeted()
            block = frame(b"x" * size, more=True)
            block *= max(1, MIB // len(block))
            sent = 0
            while self.write(made, block) and sent < 400:
                sent += 1
            self.assertLess(sent, 400, f"parts of {size} bytes have an end")
            self.served(other, 5)
        self.assertLess(self.gate_kib(), 500 * 1024)


if __name__ == "__main__":
    unittest.main()
