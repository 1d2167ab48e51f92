# SPDX-License-Identifier: Apache-2.0
"""Medians of rounds, how far they spread, and lines of the goals table."""

import dataclasses
import statistics


def median(rounds):
    return statistics.median(rounds)


def ratios(ours, theirs):
    """Round by round: what was measured at nearly the same moment is compared with each other."""
    return [a / b for a, b in zip(ours, theirs) if b]


def spread(rounds):
    """(5th percentile, 95th percentile)."""
    ordered = sorted(rounds)
    last = len(ordered) - 1
    return ordered[round(last * 0.05)], ordered[round(last * 0.95)]


@dataclasses.dataclass
class Result:
    """One line: ours against a peer's. `goal` is a bound of the ratio; without one the line is shown for comparison."""
    line: str                 # number in the goals table
    what: str
    unit: str = ""
    ours: float = None
    peer: float = None
    peer_name: str = ""
    ratio: float = None
    low: float = None         # of the rounds' ratios
    high: float = None
    rounds: int = 0
    goal: str = ""            # "<= 0.95"
    note: str = ""            # why there is no figure, or what it stands for
    key: str = ""             # name of the measurement, for --only

    @property
    def holds(self):
        if not self.goal or self.ratio is None:
            return None
        sign, bound = self.goal.split()
        return self.ratio <= float(bound) if sign == "<=" else self.ratio >= float(bound)

    def as_dict(self):
        return {**dataclasses.asdict(self), "holds": self.holds}


def compare(line, what, unit, ours, theirs, peer_name, goal="", note=""):
    """`ours` and `theirs`: one figure a round, in the order of the rounds."""
    each = ratios(ours, theirs)
    low, high = spread(each)
    return Result(line, what, unit, median(ours), median(theirs), peer_name, median(each), low, high, len(each), goal, note)


def faster(line, what, unit, ours, theirs, peer_name, goal="", note=""):
    """As compare, and the ratio is how many times as long the peer takes."""
    each = ratios(theirs, ours)
    low, high = spread(each)
    return Result(line, what, unit, median(ours), median(theirs), peer_name, median(each), low, high, len(each), goal, note)


def absent(line, what, note, goal=""):
    return Result(line, what, note=note, goal=goal)
