# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Rekam: one dependable capture API for the devices on an enrolment desk.

    import rekam
    with rekam.connect(client="hello") as station:
        with station.case("test") as case, case.lease("document") as lease:
            result = lease.capture("document", subject="document.page", source="feeder", on_progress=print)
            for frame in result.frames:
                frame.save(f"page{frame.index}.png")

Threads: every object may be used from several threads. One background thread per `Station` owns the sockets, resumes
the session and renews leases; callbacks run on the thread that called, so they may call the station themselves.
"""
from .cards import Card, Print
from .endpoints import Endpoints, find_station
from .errors import Error
from .events import Event, Events
from .hints import Hints, hint_directories
from .preview import Preview, PreviewFrame, PreviewViewer
from .records import CaptureResult, Frame, Progress, Record
from .station import Capture, Case, Lease, Station, connect

__all__ = ["CaptureResult", "Capture", "Card", "Case", "Endpoints", "Error", "Event", "Events", "Frame", "Hints", "Lease",
           "Preview", "PreviewFrame", "PreviewViewer", "Print", "Progress", "Record", "Station", "connect", "find_station", "hint_directories"]
