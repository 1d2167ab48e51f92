# SPDX-License-Identifier: Apache-2.0
"""The judge of the proof of the kills is no use unless it sees what must not be: each lie of a station, told to it."""
import random
import unittest

import kill_station  # noqa: F401  pylint: disable=unused-import  # the path of what comes next
import rekam
from kill import plan
from kill_round import STATES, TARGETS, Round
from rekam.records import wrap


class Bench:
    """So many blanks fed, cards printed, cards of the round in the tray; and what the station's record says."""

    def __init__(self, fed, printed, out, record=None):
        self.client, self._memory, self._out, self._record = self, (fed, printed), out, record

    def memory(self):
        return self._memory

    def tray(self):
        return {"kill-1": self._out} if self._out else {}

    def wait(self, condition, _what):
        return condition()

    def job(self, idem):
        if self._record is None:
            raise rekam.Error({"code": "unknown-job", "message": idem})
        return self._record


def record(outcome, effect, **more):
    return wrap({"job": "J-1-1", "state": outcome, "outcome": outcome, "effect": effect, **more})


class Answer:
    """A request that has ended."""
    ended, at_chip = True, False

    def __init__(self, outcome=None, error=None):
        self.result, self.error, self.states = outcome, error, ["accepted"]


def failure(effect):
    return rekam.Error({"code": "plugin-crashed", "effect": effect, "job": "J-1-1"})


class Judge(unittest.TestCase):
    def judged(self, said, fed, printed, out):
        one = Round(Bench(fed, printed, out), 1, "host", "print", random.Random(1))
        one.judge(None, said, (0, 0))
        return one.figures["second_card"], one.figures["silent_loss"]

    def test_what_is_true_passes(self):
        for said, *lies_there in ((record("done", "done"), 1, 1, 1), (record("failed", "none"), 0, 0, 0),
                                  (record("failed", "none"), 1, 0, 0), (record("unknown", "unknown"), 1, 1, 0),
                                  (record("unknown", "unknown", reconciled={"effect": "done", "by": "evidence"}), 1, 1, 0)):
            self.assertEqual(self.judged(said, *lies_there), (0, 0), said)

    def test_a_second_card_is_seen(self):
        for lies_there in ((2, 2, 2), (2, 1, 1), (1, 2, 1), (1, 1, 2)):
            self.assertEqual(self.judged(record("unknown", "unknown"), *lies_there)[0], 1, lies_there)

    def test_a_lie_about_the_card_is_seen(self):
        for said, *lies_there in ((record("done", "done"), 1, 1, 0), (record("failed", "none"), 1, 1, 1),
                                  (record("cancelled", "none"), 1, 1, 0), (record("failed", "done"), 1, 0, 0),
                                  (record("unknown", "unknown", reconciled={"effect": "none", "by": "evidence"}), 1, 1, 1),
                                  (record("unknown", "unknown", reconciled={"effect": "done", "by": "evidence"}), 1, 0, 0)):
            self.assertEqual(self.judged(said, *lies_there), (0, 1), said)

    def again(self, before, after, first, second):
        one = Round(Bench(0, 0, 0, after), 1, "host", "print", random.Random(1))
        one.start = lambda: second
        one.again(first, before)
        return one.figures["silent_loss"]

    def test_an_answer_that_changes_is_seen(self):
        done, none, unknown = record("done", "done"), record("failed", "none"), record("unknown", "unknown")
        lost = Answer(error=failure("unknown"))
        self.assertEqual(self.again(unknown, unknown, lost, lost), 0)
        self.assertEqual(self.again(unknown, none, Answer(), lost), 1, "another outcome than before")
        self.assertEqual(self.again(None, None, Answer(), Answer()), 1, "sent twice and vanished")
        self.assertEqual(self.again(none, none, Answer(done), Answer(error=failure("none"))), 1, "told of a card")
        self.assertEqual(self.again(done, done, Answer(error=failure("none")), Answer(done)), 1, "told of none")

    def test_every_state_is_struck_alike(self):
        kills = plan(2 * len(STATES), seed=3)
        self.assertEqual(len(kills), 2 * len(STATES) * len(TARGETS))
        self.assertTrue(all(kills.count((target, state)) == 2 for target in TARGETS for state in STATES))
        self.assertEqual(kills, plan(2 * len(STATES), seed=3))


if __name__ == "__main__":
    unittest.main()
