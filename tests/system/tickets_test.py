# SPDX-License-Identifier: Apache-2.0
"""Frames and previews by descriptor, through the whole path with real processes, and programs that do not mean well."""
import json
import os
import signal
import socket
import subprocess
import sys
import unittest

import rekam
from checked import StationTest
from preview_test import jpeg_size
from station import SOURCE

CAM_1 = "id.rekam.mock.camera/cam-1"
# A viewer of its own: it says what it sees, line by line, and may stop doing anything after so many pictures.
VIEWER = """
import json, os, sys, time
import rekam
with rekam.PreviewViewer(sys.argv[1], sys.argv[2]) as viewer:
    print(json.dumps({"preview": viewer.preview}), flush=True)
    for count, frame in enumerate(viewer, 1):
        print(json.dumps({"seq": frame.seq, "bytes": len(frame.data), "uid": os.getuid()}), flush=True)
        while count == int(sys.argv[3]):
            time.sleep(60)
print(json.dumps({"end": True}), flush=True)
"""


class Tickets(StationTest):
    def setUp(self):
        super().setUp()
        self.ready("photo", "spare")
        self.case = self.client.case("test")
        self.lease = self.case.lease("photo")
        self.gate = self.station.pid_of("rekam-gate")

    def tearDown(self):
        self.assertEqual(self.station.pid_of("rekam-gate"), self.gate, "the gate did not live through it")
        super().tearDown()

    def viewer(self, preview, ticket, stall_after=0, **popen):
        process = subprocess.Popen([sys.executable, "-c", VIEWER, preview.socket, ticket, str(stall_after)], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(SOURCE / "sdk/client/python")},
                                   **popen)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    @staticmethod
    def said(process):
        line = process.stdout.readline()
        assert line, process.stderr.read()
        return json.loads(line)

    def captured(self):
        return self.lease.capture("photo", subject="face", formats=["image/png"]).frames[0]

    def connection(self):
        made = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        made.settimeout(60)
        made.connect(self.client.data_socket)
        self.addCleanup(made.close)
        return made

    def refused(self, made):
        said = json.loads(made.recv(65536))
        self.assertIs(said["ok"], False)
        self.assertEqual(made.recv(65536), b"", "and it is disconnected")
        return said["error"]["code"]


class Frames(Tickets):
    def test_the_bytes_are_the_same_either_way(self):
        frame = self.captured()
        self.assertGreater(frame.bytes, 64 * 1024, "small ones come along with the answer")
        self.assertEqual(frame.data, frame._checked(frame._fetch_pieces()))
        self.assertEqual(os.stat(self.client.data_socket).st_mode & 0o777, 0o660)

    def test_a_ticket_is_good_once_and_for_its_own_user(self):
        frame = self.captured()
        granted = self.client.call("frame.get", {"frame": frame.frame, "as": "ticket"})
        self.assertEqual((granted.bytes, granted.hash), (frame.bytes, frame.hash))
        if os.geteuid() == 0:
            os.chmod(self.client.data_socket, 0o666)
            for folder in (self.station.runtime, self.station.place):
                os.chmod(folder, 0o755)
            script = ("import json, socket, sys\n"
                      "made = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET); made.connect(sys.argv[1])\n"
                      "made.send(json.dumps({'ticket': sys.argv[2]}).encode())\n"
                      "data, fds, _, _ = socket.recv_fds(made, 65536, 16)\n"
                      "print(json.loads(data)['error']['code'], len(fds))")
            foreign = subprocess.run([sys.executable, "-c", script, granted.socket, granted.ticket], user=4711, group=4711,
                                     extra_groups=[], capture_output=True, text=True, check=False, cwd="/")
            self.assertEqual(foreign.stdout, "denied 0\n", foreign.stderr)
        self.assertEqual(rekam.data.fetch(granted.socket, granted.ticket), frame.data)
        with self.assertRaises(rekam.Error) as raised:
            rekam.data.fetch(granted.socket, granted.ticket)
        self.assertEqual(raised.exception.code, "denied")

    def test_of_another_session_there_is_none(self):
        frame = self.captured()
        self.fails("result-expired", self.connect().call, "frame.get", {"frame": frame.frame, "as": "ticket"})

    def test_crowds_and_garbage_cost_nobody_anything(self):
        crowd = []
        for _ in range(400):
            made = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            made.settimeout(60)
            try:
                made.connect(self.client.data_socket)
                made.send(b"\0" * 2000)
            except OSError:
                pass  # it was turned away
            crowd.append(made)
        frame = self.captured()
        self.assertEqual(len(frame.data), frame.bytes)
        for made in crowd:
            made.close()
        for text in (b"{", b'{"next":true}', b'{"ticket":"' + b"0" * 32 + b'"}', b'{"ticket":1}', b'{"x":1}'):
            made = self.connection()
            made.send(text)
            self.refused(made)


class Previews(Tickets):
    def test_pictures_come_through_shared_memory(self):
        with self.lease.preview("photo", rate_hz=20) as preview:
            seen = [preview.next(timeout_s=60) for _ in range(4)]
            self.assertIsNotNone(preview._viewer, "by its own ticket")
        for frame in seen:
            self.assertEqual((jpeg_size(frame.data), len(frame.data), frame.part), ((320, 240), frame.bytes, None))
        self.assertEqual([frame.seq for frame in seen], sorted({frame.seq for frame in seen}))

    def test_raw_pixels(self):
        with self.lease.preview("photo", formats=["image/x-rekam-raw"]) as preview:
            frame = preview.next(timeout_s=60)
        self.assertEqual((frame.format, frame.bits, frame.channels, frame.stride_bytes), ("image/x-rekam-raw", 8, 3, 960))
        self.assertEqual(len(frame.data), 960 * 240)

    def test_another_process_watches_with_a_ticket_of_the_holder(self):
        with self.lease.preview("photo", rate_hz=20, viewers=2) as preview:
            preview.begun()
            watcher = self.viewer(preview, preview.tickets[0])
            self.assertEqual(self.said(watcher), {"preview": preview.id})
            seqs = [self.said(watcher)["seq"] for _ in range(4)]
            self.assertEqual(seqs, sorted(set(seqs)))
            self.assertIsNotNone(preview.next(timeout_s=60), "and so does the holder")
            self.assertTrue(preview.overlay.guide, "what is drawn over it comes to the holder")
        while "end" not in (last := self.said(watcher)):
            self.assertIn("seq", last)
        self.assertEqual(watcher.wait(60), 0)

    def test_viewers_that_stall_or_die_cost_the_others_nothing(self):
        with self.lease.preview("photo", rate_hz=30, viewers=3) as preview:
            preview.begun()
            stalled, killed, unused = (self.viewer(preview, ticket, stall) for ticket, stall in zip(preview.tickets, (1, 2, 0)))
            for process, pictures in ((stalled, 1), (killed, 2)):
                for _ in range(1 + pictures):
                    self.said(process)
            killed.kill()
            killed.wait()
            unused.kill()
            unused.wait()
            first = preview.next(timeout_s=60).seq
            for _ in range(20):
                last = preview.next(timeout_s=60).seq
            self.assertGreaterEqual(last, first + 20)
        self.assertEqual(self.client.device(CAM_1).failures, 0)

    def test_the_end_of_the_lease_is_the_end_for_every_viewer(self):
        preview = self.lease.preview("photo", viewers=1).begun()
        with rekam.PreviewViewer(preview.socket, preview.tickets[0]) as viewer:
            self.assertIsNotNone(viewer.next(60))
            self.lease.release()
            for _ in range(3):
                if viewer.next(60) is None:
                    break
            self.assertTrue(viewer.ended)
        self.assertIn("lease ended", self.fails("cancelled", preview.result, 60).message)
        with self.assertRaises(rekam.Error) as raised:
            rekam.PreviewViewer(preview.socket, preview.tickets[0])
        self.assertEqual(raised.exception.code, "denied")

    def test_a_viewer_that_breaks_the_rules_is_disconnected(self):
        with self.lease.preview("photo", viewers=3) as preview:
            preview.begun()
            for ticket, word in zip(preview.tickets, ({"back": {"pool": 1, "buffer": 0, "generation": 1}}, {"ticket": "0" * 32}, {"next": 1})):
                made = self.connection()
                made.send(json.dumps({"ticket": ticket}).encode())
                self.assertIs(json.loads(made.recv(65536))["ok"], True)
                made.send(json.dumps(word).encode())
                said = json.loads(made.recv(65536))
                while "buffers" in said:
                    said = json.loads(made.recv(65536))
                self.assertIs(said["ok"], False)
            self.assertIsNotNone(preview.next(timeout_s=60))

    def test_a_plugin_that_crashes_in_the_middle(self):
        preview = self.lease.preview("photo", viewers=1).begun()
        with rekam.PreviewViewer(preview.socket, preview.tickets[0]) as viewer:
            picture = viewer.next(60)
            self.station.faults("cam-1 preview crash SEGV\n")
            while viewer.next(60) is not None:
                pass
            self.assertEqual(jpeg_size(picture.data), (320, 240))
        self.fails("plugin-crashed", preview.result, 60)


class Gates(StationTest):
    def test_with_the_gate_its_viewers_end(self):
        self.ready("photo")
        with self.client.case("test") as case, case.lease("photo") as lease:
            preview = lease.preview("photo", viewers=1).begun()
            with rekam.PreviewViewer(preview.socket, preview.tickets[0]) as viewer:
                self.assertIsNotNone(viewer.next(60))
                os.kill(self.station.pid_of("rekam-gate"), signal.SIGKILL)
                with self.assertRaises(rekam.Error) as raised:
                    while viewer.next(60) is not None:
                        pass
                self.assertEqual(raised.exception.code, "no-answer")
            self.fails("no-answer", preview.result, 60)
            frame = lease.capture("photo", subject="face", formats=["image/png"]).frames[0]
            self.assertEqual(len(frame.data), frame.bytes)
            with lease.preview("photo") as again:
                self.assertIsNotNone(again.next(timeout_s=60))
                self.assertIsNotNone(again._viewer)

    def test_where_the_socket_is_not_to_be_reached_parts_come(self):
        self.ready("photo")
        with self.client.case("test") as case, case.lease("photo") as lease:
            os.rename(self.client.data_socket, self.client.data_socket + ".hidden")
            with lease.preview("photo") as preview:
                frame = preview.next(timeout_s=60)
                self.assertEqual((jpeg_size(frame.data), frame.part), ((320, 240), 0))
            picture = lease.capture("photo", subject="face", formats=["image/png"]).frames[0]
            self.assertEqual(len(picture.data), picture.bytes)


if __name__ == "__main__":
    unittest.main()
