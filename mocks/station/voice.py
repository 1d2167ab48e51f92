# SPDX-License-Identifier: Apache-2.0
"""What is said to the person at the desk, and shown to whoever looks on. The station sends words of guidance and hints,
whose sentences are in config/hints; a front end adds its own and says all of them in the person's language."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "sdk/client/python"))
import rekam  # noqa: E402  pylint: disable=wrong-import-position

SAID = {
    "en": {
        # What an application says by itself: before a capture, and about how it went.
        "before face": "Look into the camera, please.", "before slap.right": "Four fingers of your right hand, please.",
        "before slap.left": "Now the left hand; the bandaged finger may rest.",
        "before slap.thumbs": "And both thumbs.",
        "before eye.both": "Now your eyes: look straight ahead.", "before signature": "Please sign on the pad.",
        "before document.front": "May I have your passport?",
        "before document.page": "I scan your letter for the record.",
        "once more": "That one was not sharp. Once more, please: hold still.",
        "goodbye": "Here is your card. Thank you for coming!",
        "title document.front": "Passport", "title face": "Face", "title slap.right": "Right hand",
        "title slap.left": "Left hand", "title slap.thumbs": "Thumbs", "title eye.both": "Irises",
        "title signature": "Signature", "title document.page": "Document", "title card": "Card",
        "title read-back": "Read back",
    },
    "id": {
        "before face": "Silakan lihat ke kamera.", "before slap.right": "Silakan empat jari tangan kanan.",
        "before slap.left": "Sekarang tangan kiri; jari yang diperban tidak usah.",
        "before slap.thumbs": "Lalu kedua ibu jari.",
        "before eye.both": "Sekarang mata: lihat lurus ke depan.", "before signature": "Silakan tanda tangan.",
        "before document.front": "Boleh pinjam paspornya?",
        "before document.page": "Suratnya saya pindai untuk arsip.",
        "once more": "Fotonya kurang tajam. Sekali lagi, mohon jangan bergerak.",
        "goodbye": "Ini kartunya. Terima kasih atas kedatangannya!",
        "title document.front": "Paspor", "title face": "Wajah", "title slap.right": "Tangan kanan",
        "title slap.left": "Tangan kiri", "title slap.thumbs": "Ibu jari", "title eye.both": "Iris mata",
        "title signature": "Tanda tangan", "title document.page": "Dokumen", "title card": "Kartu",
        "title read-back": "Dibaca",
    },
}
BAR = 24


class Voice:
    """Says and shows: on a terminal with colours and a moving bar, elsewhere a line for each thing."""

    def __init__(self, lang, out=sys.stdout):
        self._words, self._hints = SAID[lang], rekam.Hints(lang)
        self._out = out
        self._lively = out.isatty()
        self._count = 0
        self._last = None

    def title(self, step):
        return self._words["title " + step]

    def step(self, step):
        """Begins a step; its title."""
        self._count += 1
        self._last = None
        self.line(f"\n{self._paint('1', f'{self._count:2}  {self.title(step)}')}")
        if "before " + step in self._words:
            self.say("before " + step)
        return self.title(step)

    def say(self, word):
        """One sentence; not twice in a row."""
        sentence = self.sentence(word)
        if sentence != self._last:
            self.line("    " + self._paint("36", f"“{sentence}”"))
        self._last = sentence

    def sentence(self, word):
        """The application's own words first; a vendor's own hint has no translation."""
        return self._words.get(word) or self._hints.text(word, reader="speech") or word.replace("-", " ")

    def ask(self, word, hands):
        """Asks the operator for something to be done by hand, and waits until it is."""
        self.say(word)
        hands.obey(word)

    def frame(self, frame, name, good, excepted):
        """A picture that came, what its device thinks of it, and what it was not asked for."""
        scores = [", ".join([f"quality {quality.score}", *(quality.reasons or [])]) for quality in frame.quality or []]
        device = f"{frame.device.make or ''} {frame.device.model or ''}".strip()
        size = f"{frame.width_px} x {frame.height_px}"
        (self.good if good else self.bad)("  ".join([f"{name:<19}", f"{size:<11}", f"{device:<20}", *scores]).rstrip())
        for one in excepted:
            self.note(f"{one['subject']}: {one['reason']}")

    def good(self, text):
        self.line(f"    {self._paint('32', '✓')} {text}")

    def bad(self, text):
        self.line(f"    {self._paint('33', '✗')} {text}")

    def note(self, text):
        self.line("      " + self._paint("2", text))

    def line(self, text):
        self.clear()
        print(text, file=self._out, flush=True)

    def progress(self, progress):
        """For on_progress: guidance is said, percent move a bar."""
        for word in progress.guide or []:
            self.say(word)
        if self._lively and progress.percent is not None:
            done = BAR * progress.percent // 100
            print(f"\r\x1b[K    {'━' * done}{'─' * (BAR - done)} {progress.percent:3} %", end="", file=self._out,
                  flush=True)

    def clear(self):
        if self._lively:
            print("\r\x1b[K", end="", file=self._out, flush=True)

    def _paint(self, code, text):
        return f"\x1b[{code}m{text}\x1b[0m" if self._lively else text
