# SPDX-License-Identifier: Apache-2.0
"""Who does what a front end asks the operator for: load a ribbon, put a card into the reader."""
import pathlib


class Failure(Exception):
    """What a person should read."""


class Keyboard:
    """Whoever sits at the desk does it, and says so."""

    def obey(self, _word):
        input("    [Enter when it is done] ")

    def printed(self, _serial):
        """A card is looked at with one's own eyes."""
        return None


class Hands:
    """Those of the demonstration: they do to the mock card devices (mocks/devices/card) what a person would, and the
    mocks see it as they see a person's hands: a ribbon that is loaded, a card in the reader's mouth."""

    def __init__(self, cards):
        self._cards = pathlib.Path(cards)

    def obey(self, word):
        """Does what a word of guidance asks for; False if there is nothing to do by hand."""
        action = {"load-ribbon": self._load_ribbon, "insert-card": self._insert_card}.get(word)
        if action is not None:
            action()
        return action is not None

    def printed(self, serial):
        """The picture on a card that has come out, as bytes; None before."""
        found = list(self._cards.glob(f"*/out/{serial}-front.png"))
        return found[0].read_bytes() if found else None

    def _load_ribbon(self):
        for printer in self._cards.glob("*/out"):
            _at_once(printer.parent / "load", b"ribbon 200\n")

    def _insert_card(self):
        """The card that came out last, into every reader whose mouth is empty."""
        out = sorted(self._cards.glob("*/out/*.card"), key=lambda path: path.stat().st_mtime_ns)
        if not out:
            raise Failure("no card has come out of a printer that could be put into the reader")
        for reader in self._cards.iterdir():
            if not (reader / "out").exists():
                _at_once(reader / "card", out[-1].read_bytes())


def _at_once(path, data):
    """As a hand: never half of it."""
    fresh = path.with_name(path.name + ".hand")
    fresh.write_bytes(data)
    fresh.rename(path)
