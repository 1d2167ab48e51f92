# SPDX-License-Identifier: Apache-2.0
"""What is said to the person at the desk, and shown to whoever looks on. The station sends words of guidance; a front
end says them in the person's language."""
import sys

SAID = {
    "en": {
        # Words of guidance (sdk/vocabulary.md), as a friendly officer says them.
        "place": "Put it on the glass, please.", "lift": "Thank you, you may lift your hand.",
        "move-left": "A little to your left, please.", "move-right": "A little to your right, please.",
        "move-up": "A little higher, please.", "move-down": "A little lower, please.",
        "closer": "Come a little closer, please.", "away": "One step back, please.",
        "slower": "A little slower, please.", "faster": "You may go a little faster.",
        "hold-still": "Hold still, please.", "look-here": "Look into the camera, please.",
        "open-eyes": "Open your eyes wide, please.", "press-harder": "Press a little harder, please.",
        "press-lighter": "Press a little less, please.",
        "wrong-finger": "That is another finger; the other one, please.",
        "too-few": "One finger is not on the glass yet.", "clean-surface": "Please wipe the glass.",
        "sign-now": "Please sign on the pad.", "insert-card": "Please put the card into the reader.",
        "remove-card": "Please take the card out.", "load-cards": "Please load cards into the printer.",
        "load-ribbon": "The ribbon is used up: please load a new one.", "load-paper": "Please load paper.",
        "close-cover": "Please close the cover.", "button-clear": "Cleared; please sign again.",
        "button-accept": "Thank you, that is your signature.", "button-cancel": "Cancelled.",
        "button-retry": "Once more, then.",
        # Hints to whoever can mend it (sdk/protocol.md, class operator).
        "try-again": "Once more, please.", "place-subject": "Please place it.",
        "improve-quality": "Once more, please: it was not clear enough.",
        "check-subject": "Please check hand and finger.",
        "place-all-fingers": "All fingers on the glass, please.", "lift-extra-fingers": "Only those fingers, please.",
        "load-media": "Please load cards.", "clear-jam": "A card is stuck: please open the printer and take it out.",
        "try-other-card": "That card does not answer: please take another one.",
        "call-technician": "Please call the technician.",
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
        "place": "Silakan letakkan di atas kaca.", "lift": "Terima kasih, tangan boleh diangkat.",
        "move-left": "Sedikit ke kiri.", "move-right": "Sedikit ke kanan.", "move-up": "Sedikit ke atas.",
        "move-down": "Sedikit ke bawah.", "closer": "Silakan maju sedikit.", "away": "Silakan mundur selangkah.",
        "slower": "Sedikit lebih pelan.", "faster": "Boleh sedikit lebih cepat.",
        "hold-still": "Mohon jangan bergerak.",
        "look-here": "Silakan lihat ke kamera.", "open-eyes": "Mohon buka mata lebar-lebar.",
        "press-harder": "Tekan sedikit lebih kuat.", "press-lighter": "Tekan sedikit lebih ringan.",
        "wrong-finger": "Itu jari yang lain; mohon jari yang diminta.", "too-few": "Masih ada jari yang belum di kaca.",
        "clean-surface": "Mohon kacanya dibersihkan.", "sign-now": "Silakan tanda tangan.",
        "insert-card": "Mohon masukkan kartu ke pembaca.", "remove-card": "Mohon kartunya diambil.",
        "load-cards": "Mohon isi kartu ke pencetak.", "load-ribbon": "Pita habis: mohon pasang pita baru.",
        "load-paper": "Mohon isi kertas.", "close-cover": "Mohon tutup penutupnya.",
        "button-clear": "Sudah dihapus; silakan tanda tangan lagi.",
        "button-accept": "Terima kasih atas tanda tangannya.",
        "button-cancel": "Dibatalkan.", "button-retry": "Kita ulangi sekali lagi.",
        "try-again": "Mohon sekali lagi.", "place-subject": "Mohon diletakkan.",
        "improve-quality": "Mohon sekali lagi: kurang jelas.", "check-subject": "Mohon periksa tangan dan jarinya.",
        "place-all-fingers": "Mohon semua jari di kaca.", "lift-extra-fingers": "Jari yang diminta saja.",
        "load-media": "Mohon isi kartu.", "clear-jam": "Kartu tersangkut: mohon buka pencetak dan keluarkan.",
        "try-other-card": "Kartunya tidak menjawab: mohon ambil kartu lain.",
        "call-technician": "Mohon panggil teknisi.",
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
        self._words = SAID[lang]
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
        sentence = self._words.get(word, word.replace("-", " "))  # a vendor's own hint has no translation
        if sentence != self._last:
            self.line("    " + self._paint("36", f"“{sentence}”"))
        self._last = sentence

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
