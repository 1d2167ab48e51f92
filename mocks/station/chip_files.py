# SPDX-License-Identifier: Apache-2.0
"""Files of a citizen's card: elementary files of ISO 7816-4, each with its length before its data."""

DATA, PICTURE = 0x0101, 0x0102
GOOD = 0x9000
CHUNK = 240  # bytes per command: short APDUs that every reader takes


class Refused(Exception):
    """The card said no."""


def write_all(card, files):
    """Writes these files and reads them back."""
    for file, data in files.items():
        write(card, file, data)
    if read_all(card, files) != files:
        raise Refused("the card does not hold what was written")


def read_all(card, files):
    return {file: read(card, file) for file in files}


def write(card, file, data):
    content = len(data).to_bytes(2, "big") + data
    updates = [b"\x00\xd6" + at.to_bytes(2, "big") + bytes([len(content[at:at + CHUNK])]) + content[at:at + CHUNK]
               for at in range(0, len(content), CHUNK)]
    _exchange(card, [_select(file), *updates])


def read(card, file):
    head = _exchange(card, [_select(file), _read(0, 2)])[-1]
    end = 2 + int.from_bytes(head, "big")
    return b"".join(_exchange(card, [_read(at, min(CHUNK, end - at)) for at in range(2, end, CHUNK)]))


def _select(file):
    return b"\x00\xa4\x00\x00\x02" + file.to_bytes(2, "big")


def _read(at, count):
    return b"\x00\xb0" + at.to_bytes(2, "big") + bytes([count])


def _exchange(card, commands):
    """The data of every response; many commands are one request, up to the 64 that it may hold."""
    answers = []
    for first in range(0, len(commands), 64):
        for data, status in card.transmit(*commands[first:first + 64]):
            if status != GOOD:
                raise Refused(f"the card answered {status:04x}")
            answers.append(data)
    return answers
