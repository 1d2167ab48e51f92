# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Events: snapshot first, then changes, and no gap that is not mended."""
import threading
import unittest

from peer import PATIENCE_S, PeerCase, rekam
from rekam.events import Follower


class Stream(PeerCase):
    def follow(self, station, *streams):
        """Until the station knows of the subscription, a change is heard of by the next beat only, as a refresh."""
        events = station.events(*streams)
        for stream in streams:
            self.wait_for(lambda: self.fake.command(do="subscribed", to=stream), stream)  # pylint: disable=W0640
        return events

    def take(self, events, count=1):
        taken = []
        for _ in range(count):
            event = events.next(PATIENCE_S * 1000)
            self.assertIsNotNone(event, f"no event after {taken}")
            taken.append((event.stream, event.kind, event.seq))
        return taken

    def test_snapshot_then_changes(self):
        events = self.follow(self.connect(), "slot.")
        self.assertEqual(self.take(events, 2), [("slot.document", "snapshot", 5), ("slot.photo", "snapshot", 9)])
        self.fake.command(do="event", stream="slot.photo", data={"state": "busy"})
        event = events.next(PATIENCE_S * 1000)
        self.assertEqual((event.stream, event.kind, event.seq, event.data.state), ("slot.photo", "change", 10, "busy"))

    def test_all_kinds(self):
        events = self.connect().events()
        kinds = {stream.partition(".")[0] for stream, _, _ in self.take(events, 5)}
        self.assertEqual(kinds, {"station", "slot", "device", "plugin"})

    def test_a_gap_is_mended(self):
        events = self.follow(self.connect(), "slot.photo")
        self.take(events)
        self.fake.command(do="event", stream="slot.photo", data={"state": "busy"}, skip=3)
        self.assertEqual(self.take(events), [("slot.photo", "refresh", 13)])

    def test_a_lost_tail_is_found_by_the_beat(self):
        events = self.follow(self.connect(), "slot.photo")
        self.take(events)
        self.fake.command(do="lose_event", stream="slot.photo", data={"state": "down"})
        event = events.next(PATIENCE_S * 1000)
        self.assertEqual((event.kind, event.seq, event.data.state), ("refresh", 10, "down"))

    def test_what_happened_while_the_gate_was_dead(self):
        station = self.connect()
        events = self.follow(station, "slot.photo")
        self.take(events)
        self.fake.command(do="restart_gate", down_ms=300)
        self.fake.model.seqs["slot.photo"] = 30
        self.assertEqual(self.take(events), [("slot.photo", "refresh", 30)])

    def test_a_new_station_counts_anew(self):
        events = self.follow(self.connect(), "slot.photo")
        self.take(events)
        self.fake.model.seqs["slot.photo"] = 1
        self.fake.command(do="restart_station")
        self.assertEqual(self.take(events), [("slot.photo", "refresh", 1)])

    def test_other_streams_are_not_heard(self):
        events = self.follow(self.connect(), "slot.photo")
        self.take(events)
        self.fake.command(do="event", stream="slot.document", data={})
        self.fake.command(do="event", stream="slot.photo", data={})
        self.assertEqual(self.take(events), [("slot.photo", "change", 10)])

    def test_close_ends_the_loop(self):
        events = self.follow(self.connect(), "slot.photo")
        threading.Timer(0.2, events.close).start()
        self.assertEqual([event.kind for event in events], ["snapshot"])

    def test_closing_the_station_ends_the_loop(self):
        station = self.connect()
        events = self.follow(station, "slot.photo")
        threading.Timer(0.2, station.close).start()
        self.assertEqual([event.kind for event in events], ["snapshot"])
        events.close()

    def test_a_failed_fetch_is_told_and_tried_again(self):
        events = self.follow(self.connect(), "slot.photo")
        self.fake.fault("error", "slot.list", error={"code": "busy", "class": "system", "retry": "later",
                                                     "effect": "none", "message": "m"})
        with self.assertRaises(rekam.Error):
            events.next(PATIENCE_S * 1000)
        self.assertEqual(self.take(events), [("slot.photo", "snapshot", 9)])


def header(stream, seq, epochs=(1, 1), **more):
    return {"stream": stream, "seq": seq, "station_epoch": epochs[0], "gate_epoch": epochs[1], "data": {}, **more}


class PureFollower(unittest.TestCase):
    def setUp(self):
        self.follower = Follower(["slot."])
        self.follower.missing.clear()
        self.follower.record("slot.a", 5, {}, "snapshot")

    def test_older_than_the_snapshot(self):
        self.assertIsNone(self.follower.header("slot.a", header("slot.a", 5)))
        self.assertEqual(self.follower.header("slot.a", header("slot.a", 6)).seq, 6)

    def test_a_new_stream_needs_no_snapshot(self):
        self.assertEqual(self.follower.header("slot.new", header("slot.new", 40)).kind, "change")
        self.assertEqual(self.follower.missing, set())

    def test_a_beat_of_a_dead_gate_is_ignored(self):
        self.follower.header("$welcome", header("$welcome", 0, (1, 2)))
        self.follower.missing.clear()
        self.follower.header("$beat", header("$beat", {"slot.a": 9}, (1, 1)))
        self.assertEqual(self.follower.missing, set())

    def test_a_new_gate_means_everything_anew(self):
        self.follower.header("$welcome", header("$welcome", 0, (1, 1)))
        self.assertEqual(self.follower.missing, set())
        self.follower.header("$welcome", header("$welcome", 0, (1, 2)))
        self.assertEqual(self.follower.missing, {"slot."})

    def test_gone(self):
        self.follower.record("slot.b", 7, {}, "snapshot")
        gone = list(self.follower.gone("slot.", {"slot.a"}))
        self.assertEqual([(event.stream, event.kind) for event in gone], [("slot.b", "gone")])

    def test_an_exact_name_is_no_prefix(self):
        follower = Follower(["slot.a"])
        self.assertTrue(follower.wants("slot.a"))
        self.assertFalse(follower.wants("slot.ab"))


if __name__ == "__main__":
    unittest.main()
