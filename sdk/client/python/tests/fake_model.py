# SPDX-License-Identifier: Apache-2.0 OR MIT
"""What the fake station knows: sessions, cases, leases, jobs, frames. Written from the protocol's documents, not from
the broker, so that clients are tested against the words. No sockets; time is a parameter (seconds)."""
import hashlib
import re
import struct
import zlib

from fake_upkeep import Refused, Upkeep

LIMITS = {"header_bytes": 65536, "parts": 16, "part_bytes": 8388608, "message_bytes": 16777216, "open_requests": 64,
          "unread_frame_bytes": 1 << 30, "attach_bytes": 8388608, "list_items": 100}
RUNNING = ("accepted", "waiting", "running", "sent")


# No one device reads all of this; a client has to understand each.
READINGS = {
    "samples": {"width_um": 96000, "height_um": 60000, "t_us": [0, 5000], "x_um": [10, 20], "y_um": [30, 40], "pressure": [900, 0],
                "gaps": [1], "losses": 2},
    "eyes": [{"position": "eye.left", "centre": {"x_px": 320, "y_px": 240}, "radius_px": 110, "gaze": {"x_cdeg": -120, "y_cdeg": 7}}],
    "mrz": {"kind": "TD1", "lines": ["I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<"],
            "fields": {"document_code": "I", "issuer": "UTO", "surname": "ERIKSSON", "given_names": "ANNA MARIA", "number": "D23145890",
                       "nationality": "UTO", "birth_date": "740812", "sex": "F", "expiry_date": "120415"},
            "checks": [{"field": "number", "read": "7", "computed": "7", "ok": True}], "valid": True},
}
FINGERS = [{"position": "finger.left-index", "box": {"x_px": 10, "y_px": 20, "width_px": 300, "height_px": 400}, "quality": 71},
           {"position": "finger.left-little", "quality": 22, "reasons": ["too-light"]}]
EXCEPTED = [{"subject": "finger.left-ring", "reason": "missing"}]


def png(width, height, shade):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = b"".join(b"\0" + bytes([shade]) * width for _ in range(height))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


class Model(Upkeep):
    def __init__(self):
        super().__init__()
        self.station_epoch, self.gate_epoch = 17, 3
        self.sessions, self.known_to_gate = {}, set()
        self.leases, self.cases, self.jobs, self.idems, self.frames = {}, {}, {}, {}, {}
        self.count = 0
        self.previews, self.picture_ms = {}, 5
        self.pages, self.page_ms, self.hang, self.spoiled = 3, 10, False, False
        self.reset_by, self.device, self.ports = None, {}, []
        self.health = {}  # what a health check says instead of ok
        self.reads = False  # whether captures come with readings
        self.seqs = {"station": 1, "slot.document": 5, "slot.photo": 9, "device.sane:test:0": 2, "plugin.sane": 4}
        self.slots = {name: {"slot": name, "function": function, "device": "sane:test:0", "state": "ready",
                             "admin": "in-service", "fence": 1, "caps_rev": 1}
                      for name, function in (("document", "document"), ("photo", "camera"))}

    def next(self, letter):
        self.count += 1
        if letter == "C":
            return f"C-{self.count:024x}"
        return f"{letter}-{self.station_epoch}-{self.count}" if letter in "JF" else f"{letter}-{self.count}"

    def time(self, now):
        return {"utc_us": 1_700_000_000_000_000, "mono_us": int(now * 1e6), "boot": "b0", "synced": True}

    def restart_gate(self):
        self.gate_epoch += 1
        self.known_to_gate.clear()
        self.previews.clear()
        for job in self.jobs.values():
            job["reply"] = None

    def restart_station(self):
        self.restart_gate()
        self.station_epoch += 1
        self.sessions.clear()
        self.leases.clear()
        for job in self.jobs.values():
            if job["state"] in RUNNING:
                self.end(job, "failed", {"code": "internal", "class": "system", "retry": "now",
                                         "effect": "none", "message": "the station stopped; capture again"})

    # Operations: op(now, header, reply) -> (result, parts), or None when the answer comes later through `reply`.

    def do(self, now, header, reply):
        op = header.get("op", "")
        if op != "hello" and header.get("session") not in self.known_to_gate:
            raise Refused("unknown-session")
        function = getattr(self, "op_" + re.sub(r"\W", "_", op), None)
        if function is None:
            raise Refused("unknown-op", f"no operation '{op}'")
        answer = function(now, header, header.get("params", {}), reply)
        return answer if answer is None or isinstance(answer, tuple) else (answer, [])

    def op_hello(self, _now, _header, params, _reply):
        session = params.get("resume")
        if session is not None and session not in self.sessions:
            raise Refused("unknown-session")
        if params.get("station_key", "") not in ("", "open sesame"):
            raise Refused("denied", "the station key is not right; read it from station.key")
        resumed = session is not None
        if not resumed:
            self.count += 1
            session = hashlib.sha256(str(self.count).encode()).hexdigest()[:32]
            self.sessions[session] = params["client"]
        self.known_to_gate.add(session)
        return {"session": session, "resumed": resumed, "station": {"id": "S1", "name": "Tanjung Lago",
                "zone": "Asia/Jakarta"}, "station_epoch": self.station_epoch, "gate_epoch": self.gate_epoch,
                "versions": [1], "rights": ["hello"], "limits": LIMITS,
                "sandbox": {"level": "process", "missing": ["landlock", "seccomp", "uid"]}}

    def op_station_get(self, now, _header, _params, _reply):
        return {"station": {"id": "S1", "name": "Tanjung Lago", "zone": "Asia/Jakarta"}, "state": "ready",
                "station_epoch": self.station_epoch, "gate_epoch": self.gate_epoch, "now": self.time(now),
                "counts": dict.fromkeys(("slots", "devices", "plugins", "sessions", "leases", "jobs", "cases_open",
                                         "unread_frames"), 1), "store": {"state": "ok"}, "config": {"rev": 1},
                "counters": dict.fromkeys(("http_closed", "bad_requests", "gate_restarts", "host_restarts",
                                           "children_killed", "events_dropped"), 0),
                "hotplug": {"state": "udev", "ports": self.ports}, "seq": self.seqs["station"]}

    def op_slot_list(self, _now, _header, params, _reply):
        names = sorted(self.slots)
        first = int(params.get("cursor", 0))
        page = names[first:first + 1]  # one at a time, so that clients must page
        more = {"next": str(first + 1)} if first + 1 < len(names) else {}
        return {"slots": [{**self.slots[name], "seq": self.seqs["slot." + name]} for name in page], **more}

    def op_slot_get(self, _now, _header, params, _reply):
        if params["slot"] not in self.slots:
            raise Refused("unknown-slot", f"no slot '{params['slot']}': see slot.list", slot=params["slot"])
        return {"slot": {**self.slots[params["slot"]], "seq": self.seqs["slot." + params["slot"]],
                         "capabilities": {"type": "object", "properties": {}}}}

    def op_device_list(self, _now, _header, _params, _reply):
        return {"devices": [{"device": "sane:test:0", "plugin": "sane", "make": "Noname", "model": "frontend-tester",
                             "functions": ["document"], "state": "ready", "open": True, "slots": ["document"],
                             "caps_rev": 1, "failures": 0, "restarts": 0, "seq": self.seqs["device.sane:test:0"], **self.device}]}

    def op_device_get(self, now, header, params, reply):
        if params["device"] != "sane:test:0":
            raise Refused("unknown-device", "no such device: see device.list", device=params["device"])
        return {"device": self.op_device_list(now, header, {}, reply)["devices"][0]}

    def op_device_statistics(self, now, _header, params, _reply):
        if params["device"] != "sane:test:0":
            raise Refused("unknown-device", "no such device: see device.list", device=params["device"])
        figures, self.reset_by = {"reset_by": self.reset_by} if self.reset_by else {}, params.get("by", self.reset_by)
        return {"statistics": {"device": "sane:test:0", "since": self.time(now), "captures": 41, "retakes": 3, "prints": 0, "cards": 0,
                               "busy_ms": 3_720_000, "restarts": 1, "failures": {"jam": 2, "feeder-empty": 5}, **figures,
                               "history": [{"state": "down", "at": self.time(now), "code": "device-gone"},
                                           {"state": "ready", "at": self.time(now)}]}}

    def op_plugin_list(self, _now, _header, _params, _reply):
        return {"plugins": [{"plugin": "sane", "path": "plugins/rekam-sane.so", "name": "SANE", "version": "1.0",
                             "functions": ["document"], "state": "ready", "devices": 1, "requested": {"network": "any", "environment": ["HOME", "TMPDIR"],
                             "netlink": False}, "granted": {"network": "loopback", "environment": ["HOME"]},
                             "seq": self.seqs["plugin.sane"]}]}

    def op_health_check(self, now, _header, params, _reply):
        return {"device": "sane:test:0", "slot": params.get("slot", "document"), "level": params.get("level", "self"),
                "state": "ok", "checks": [{"component": "option-table", "state": "ok"}], "took_ms": 3,
                "at": self.time(now), **self.health}

    def op_slot_identify(self, _now, _header, params, _reply):
        return {"slot": params["slot"], "device": "sane:test:0", "means": ["light", "sound"], "seconds": params.get("seconds", 5)}

    def op_case_open(self, now, header, params, _reply):
        case = self.next("C")
        self.cases[case] = {"case": case, "purpose": params["purpose"], "state": "open",
                            "client": self.sessions[header["session"]], "opened_at": self.time(now), "captures": []}
        return {"case": case}

    def _case(self, params):
        if params["case"] not in self.cases:
            raise Refused("unknown-case", "no such case: see case.list")
        return self.cases[params["case"]]

    def op_case_close(self, now, _header, params, _reply):
        case = self._case(params)
        case.update(state="closed", closed_at=self.time(now))
        return {"case": case}

    def op_case_get(self, _now, _header, params, _reply):
        return {"case": self._case(params)}

    def op_case_list(self, _now, _header, params, _reply):
        wanted = params.get("state")
        return {"cases": [case for case in self.cases.values() if wanted in (None, case["state"])]}

    def op_lease_acquire(self, _now, header, params, _reply):
        for held in self.leases.values():
            if set(held["slots"]) & set(params["slots"]):
                raise Refused("lease-held", "somebody works there; wait, or ask them", slot=params["slots"][0],
                              holder={"client": self.sessions.get(held["session"], "other"), "operator": "Siti"},
                              remaining_ms=42000)
        lease = self.next("L")
        self.leases[lease] = {"session": header["session"], "slots": params["slots"], "case": params["case"],
                              "renewed": 0}
        return {"lease": lease, "case": params["case"], "slots": [{"slot": s, "fence": 2} for s in params["slots"]],
                "ttl_ms": params.get("ttl_ms", 60000), "remaining_ms": params.get("ttl_ms", 60000)}

    def _lease(self, header, lease):
        held = self.leases.get(lease)
        if held is None or held["session"] != header["session"]:
            raise Refused("no-lease", "no such lease: acquire one")
        return held

    def op_lease_renew(self, _now, header, params, _reply):
        self._lease(header, params["lease"])["renewed"] += 1
        return {"lease": params["lease"], "ttl_ms": 60000, "remaining_ms": 60000}

    def op_lease_release(self, _now, header, params, _reply):
        self._lease(header, params["lease"])
        del self.leases[params["lease"]]
        return {"lease": params["lease"]}

    def op_lease_list(self, _now, header, _params, _reply):
        return {"leases": [{"lease": name, "slots": held["slots"], "client": self.sessions.get(held["session"], "?"),
                            "remaining_ms": 1000, **({"mine": True, "case": held["case"]} if held["session"] == header["session"]
                                                      else {"mine": False})}
                           for name, held in self.leases.items()]}

    def op_capture_start(self, now, header, params, reply):
        if header.get("idem") in self.idems:
            job = self.jobs[self.idems[header["idem"]]]
            job["reply"] = reply
            return self.answer(job, False) if job["state"] not in RUNNING else None
        if header.get("station_epoch") != self.station_epoch:
            raise Refused("stale-epoch", "the station began anew; say hello again", station_epoch=self.station_epoch)
        if header.get("lease") is None:
            raise Refused("no-lease", "a capture needs a lease: see lease.acquire")
        held = self._lease(header, header["lease"])
        job = {"job": self.next("J"), "op": "capture.start", "slot": params["slot"], "case": held["case"],
               "subject": params["subject"], "attempt": 1, "state": "running", "effect": "none",
               "client": self.sessions[header["session"]], "idem": header["idem"], "accepted_at": self.time(now),
               "frames": [], "reply": reply, "due": now + self.page_ms / 1000, "attach": params.get("attach", False),
               "deadline": now + header["deadline_ms"] / 1000}
        self.jobs[job["job"]] = job
        self.idems[header["idem"]] = job["job"]
        self.progress(job, state="accepted")
        return None

    def op_job_get(self, _now, _header, params, _reply):
        job = self.jobs.get(params.get("job") or self.idems.get(params.get("idem")))
        if job is None:
            raise Refused("unknown-job", "no such job: it was never received")
        return {"job": self.public(job)}

    def op_job_list(self, _now, _header, params, _reply):
        open_only = params.get("unsettled", False)
        return {"jobs": [self.public(job) for job in self.jobs.values()
                         if not open_only or (job.get("outcome") == "unknown" and "reconciled" not in job)]}

    def op_job_cancel(self, _now, _header, params, _reply):
        job = self.jobs.get(params["job"])
        if job is None:
            raise Refused("unknown-job", "no such job")
        if job["state"] in RUNNING:
            self.end(job, "cancelled", Refused("cancelled", "cancelled on request").body)
        return {"job": job["job"], "state": job["state"]}

    def op_job_extend(self, now, _header, params, _reply):
        self.jobs[params["job"]]["deadline"] = now + params["deadline_ms"] / 1000
        return {"job": params["job"], "remaining_ms": params["deadline_ms"]}

    def op_frame_get(self, _now, _header, params, _reply):
        data = self.frames.get(params["frame"])
        if data is None:
            raise Refused("result-expired", "the frame was released; capture again")
        offset = params.get("offset", 0)
        part = data[offset:offset + min(params.get("length", 8388608), 700)]  # short, so that clients must loop
        if self.spoiled:
            part = bytes(len(part))
        return {"frame": params["frame"], "offset": offset, "length": len(part), "bytes": len(data), "part": 0}, [part]

    def op_frame_release(self, _now, _header, params, _reply):
        return {"released": sum(self.frames.pop(name, None) is not None for name in params["frames"])}

    def op_schema_get(self, _now, _header, params, _reply):
        return {"names": ["hello.params"]} if "name" not in params else {"name": params["name"], "schema": {}}

    # Previews.

    def op_preview_start(self, now, header, params, reply):
        self._lease(header, header.get("lease"))
        if header.get("progress") is not True:
            raise Refused("bad-request", "progress must be true", path="progress")
        if params["slot"] != "photo":
            raise Refused("not-covered", "the device shows no preview; bind one that does")
        name = self.next("P")
        self.previews[name] = {"lease": header["lease"], "session": header["session"], "reply": reply, "seq": 0, "due": now,
                               "deadline": now + header.get("deadline_ms", 86_400_000) / 1000}
        reply(None, {"preview": name}, None, [])

    def op_preview_stop(self, _now, header, params, _reply):
        if self.previews.get(params["preview"], {}).get("session") != header["session"]:
            raise Refused("unknown-job", "no such preview: it may have ended")
        self._end_preview(params["preview"], "stop")
        return {"preview": params["preview"]}

    def _end_preview(self, name, ended_by):
        preview = self.previews.pop(name)
        preview["reply"]({"preview": name, "outcome": "done", "ended_by": ended_by, "frames": preview["seq"]}, None, None, [])

    def _show(self, now):
        for name, preview in list(self.previews.items()):
            if preview["lease"] not in self.leases:
                del self.previews[name]
                preview["reply"](None, None, Refused("cancelled", "the preview ended: its lease ended").body, [])
            elif now >= preview["deadline"]:
                self._end_preview(name, "deadline")
            elif now >= preview["due"]:
                preview.update(seq=preview["seq"] + 1, due=now + self.picture_ms / 1000)
                data = png(32, 24, preview["seq"] % 200)
                preview["reply"](None, {"preview": name, "seq": preview["seq"], "format": "image/png", "width_px": 32, "height_px": 24,
                                        "bytes": len(data), "taken_at": self.time(now), "guide": ["closer"], "part": 0}, None, [data])

    # Captures.

    def tick(self, now):
        self._show(now)
        for job in self.jobs.values():
            if job["state"] in RUNNING and now >= job["deadline"]:
                self.end(job, "timeout", Refused("timeout", "the deadline passed; ask again").body)
            elif job["state"] in RUNNING and now >= job["due"] and not self.hang:
                if job["op"] == "print.start":
                    self.card_goes_on(job)
                elif self.pages:
                    self._page(now, job)
                else:
                    self.end(job, "done", None)

    def _page(self, now, job):
        job["due"] = now + self.page_ms / 1000
        index = len(job["frames"])
        data = png(60 + index, 80, 40 * index + 90) + bytes(1500)
        name = self.next("F")
        self.frames[name] = data
        frame = {"frame": name, "index": index, "subject": job["subject"], "page": index + 1, "side": "front",
                 "format": "image/png", "width_px": 60 + index, "height_px": 80, "bits": 8, "channels": 1,
                 "orientation": 1, "bytes": len(data), "hash": "sha256:" + hashlib.sha256(data).hexdigest(),
                 "hashed_by": "host", "exposure": {"mono_us": int(now * 1e6), "basis": "call"},
                 "captured_at": self.time(now), "device": {"id": "sane:test:0"}, "station": "S1", "job": job["job"],
                 "case": job["case"], "attempt": job["attempt"]}
        job["frames"].append(frame)
        self.progress(job, state="running", percent=100 * (index + 1) // self.pages, frames=[frame])
        if len(job["frames"]) == self.pages:
            self.end(job, "done", None)

    def progress(self, job, **body):
        if job["reply"] is not None:
            job["reply"](None, {"job": job["job"], **body}, None, [])

    def end(self, job, state, error):
        job.update(state=state, outcome=state, ended_at=job["accepted_at"], **({"error": error} if error else {}))
        if job["reply"] is not None:
            result, parts = self.answer(job, job["attach"]) if not error else (None, [])
            job["reply"](result, None, error, parts)

    def answer(self, job, attach):
        """A recorded answer comes without parts, even when the first one had them."""
        if job["state"] != "done":
            body = dict(job["error"])
            raise Refused(body.pop("code"), body.pop("message"), **{k: body[k] for k in ("effect", "retry")})
        if job["op"] == "print.start":
            return {"job": job["job"], "outcome": "done",
                    **{key: job[key] for key in ("case", "slot", "effect", "card_at", "blank", "reprint") if key in job}}, []
        frames, parts = job["frames"], []
        if attach:
            frames = [{**frame, "part": index} for index, frame in enumerate(frames)]
            parts = [self.frames[frame["frame"]] for frame in frames]
        return {"job": job["job"], "outcome": "done", "frames": frames,
                **({"readings": READINGS, "fingers": FINGERS, "excepted": EXCEPTED} if self.reads else {}),
                **{key: job[key] for key in ("case", "slot", "subject", "attempt")}}, parts

    def public(self, job):
        return {key: value for key, value in job.items() if key not in ("reply", "due", "deadline", "attach")}
