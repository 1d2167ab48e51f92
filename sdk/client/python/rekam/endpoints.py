# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Where the station is: an argument, else REKAM_STATION, else the runtime directory."""
import os
from typing import NamedTuple, Optional

from .errors import local_error

_UNIX_PATH_MAX = 107  # sockaddr_un without its terminator: libzmq's own message for a longer one helps nobody


class Endpoints(NamedTuple):
    requests: str
    events: str
    station_key: Optional[str]  # TCP only: ipc is proved by the kernel
    name: str  # as the person gave it, for messages


def find_station(station=None, station_key=None):
    """`station` is a runtime directory, or "tcp://127.0.0.1:5570,tcp://127.0.0.1:5571"."""
    place = os.fspath(station or os.environ.get("REKAM_STATION") or _default_runtime())
    if place.startswith("tcp://"):
        ends = [end.strip() for end in place.split(",")]
        if len(ends) != 2 or not all(end.startswith("tcp://") for end in ends):
            raise local_error("bad-request", f"'{place}' names no station: give a runtime directory, or two addresses "
                              "(requests, events) such as tcp://127.0.0.1:5570,tcp://127.0.0.1:5571",
                              class_="caller", retry="after-fix")
        return Endpoints(ends[0], ends[1], station_key or _key_from_runtime(), place)
    if place.startswith("ipc://"):
        place = place[len("ipc://"):]
    place = os.path.abspath(place)
    if len(os.fsencode(os.path.join(place, "requests"))) > _UNIX_PATH_MAX:
        raise local_error("bad-request", f"the runtime directory '{place}' is too long for a Unix socket "
                          f"({_UNIX_PATH_MAX} bytes with the socket's name): use a shorter one",
                          class_="caller", retry="after-fix")
    return Endpoints(f"ipc://{place}/requests", f"ipc://{place}/events", station_key, place)


def _default_runtime():
    if os.path.isdir("/run/rekam"):
        return "/run/rekam"
    user = os.environ.get("XDG_RUNTIME_DIR")
    return os.path.join(user, "rekam") if user else "/run/rekam"


def _key_from_runtime():
    """Whoever may read the key file may speak TCP: so the client shows it without being asked."""
    try:
        with open(os.path.join(_default_runtime(), "station.key"), encoding="ascii") as file:
            return file.read().strip() or None
    except (OSError, UnicodeDecodeError):
        return None
