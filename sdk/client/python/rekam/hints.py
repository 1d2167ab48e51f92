# SPDX-License-Identifier: Apache-2.0 OR MIT
"""What is said to people about guidance, errors and failed checks, in their language: config/hints/LANGUAGE.toml."""
import os
import pathlib
import tomllib

_TREE = pathlib.Path(__file__).resolve().parents[4] / "config/hints"


def hint_directories():
    """Where the files are looked for: REKAM_HINTS, the system's, then those of the tree that this package lies in."""
    chosen = os.environ.get("REKAM_HINTS")
    return [*([pathlib.Path(chosen)] if chosen else []), pathlib.Path("/usr/share/rekam/hints"), _TREE]


class Hints:
    """The texts of one language; of English where there is no file for it.

        hints = rekam.Hints("id")
        hints.text(error.hint, error.code, "operator")  # None where nothing is known: show error.message
    """

    def __init__(self, language="en", directories=None):
        for wanted in (language, "en"):
            for directory in directories or hint_directories():
                try:
                    with open(pathlib.Path(directory) / f"{wanted}.toml", "rb") as file:
                        self._texts = tomllib.load(file)
                    self.language = wanted
                    return
                except FileNotFoundError:
                    continue
        self._texts, self.language = {}, None

    @staticmethod
    def languages(directories=None):
        """Those that have a file."""
        return sorted({path.stem for directory in directories or hint_directories() for path in directory.glob("*.toml")})

    def text(self, hint, code=None, reader="operator"):
        """For `reader` (applicant, operator, technician, speech or pictogram): the text of `hint`, else of the error's code."""
        entries = self._texts.get("hint", {})
        entry = entries.get(hint) or entries.get(self._texts.get("code", {}).get(code))
        return None if entry is None else entry.get(reader, self._texts.get("default", {}).get(reader))
