# SPDX-License-Identifier: Apache-2.0 OR MIT
"""What the fake station knows of technicians' and supervisors' operations; a part of Model."""
import json
import os

SCHEMAS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../schema")
CLASSES = {"unknown-session": "caller", "no-lease": "caller", "lease-held": "caller", "unknown-job": "caller",
           "timeout": "operator", "cancelled": "operator", "busy": "system"}


class Refused(Exception):
    def __init__(self, code, message="", **extra):
        super().__init__(message)
        self.body = {"code": code, "class": CLASSES.get(code, "caller"), "retry": "after-fix", "effect": "none",
                     "message": message or f"this is {code}; do the other thing", **extra}


class Upkeep:
    def __init__(self):
        self.journal, self.journal_moves, self.journal_denied, self.erased = list(range(1, 13)), 0, False, None
        self.journal_moves_after_head = 0
        self.hopper = {"device": "acme/cp-1", "slots": ["printer"], "loaded": 0, "issued": 0, "rejected": 0, "spoiled": 0,
                       "unknown": 0, "left": 0, "difference": 0}
        self.card_error = None  # of the next card, whose end nobody saw
        self.card_states, self.card_ends = ["running", "sent"], True  # a card's way, and whether it then ends by itself

    def op_journal_head(self, _now, _header, _params, _reply):
        if self.journal_denied:
            raise Refused("denied", "the right supervisor is lacking; it is given in [rights]")
        seq, digits = self.journal[-1], "3f" * 32
        if self.journal_moves_after_head:  # and what says so comes after the head that is given here
            self.journal_moves_after_head -= 1
            self.journal = self.journal[3:] + [seq + 1]
        text = f"rekam journal head 1\nstation S1\nseq {seq}\nhash {digits}\ntime 1700000000000000\nkey {'9d' * 8}\n"
        return {"station": "S1", "seq": seq, "hash": digits, "utc_us": 1_700_000_000_000_000, "key": "9d" * 8, "public_key": "d7" * 32,
                "paper": f"{seq}: 3f3f 3f3f 3f3f 3f3f 3f3f 3f3f", "text": text, "signature": "e5" * 64}

    def op_journal_query(self, _now, _header, params, _reply):
        """Two entries a page; between two pages of the first readings the oldest entries move to a file."""
        if self.journal_moves and "cursor" in params:
            self.journal_moves -= 1
            self.journal = self.journal[3:]
        page = [seq for seq in self.journal if seq >= int(params.get("cursor", 0))][:2]
        more = {"next": str(page[-1] + 1)} if page[-1] < self.journal[-1] else {}
        at = {"utc_us": 1_700_000_000_000_000, "mono_us": 1, "boot": "b0", "synced": True}
        proof = {"text": "{}", "commitment": "00" * 32, "hash": "3f" * 32} if params.get("proof") else {}
        return {"entries": [{"seq": seq, "entry": {"kind": "case.open", "at": at, "purpose": "enrol"}, **proof} for seq in page],
                **({"heads": []} if proof else {}), **more}

    def op_journal_erase(self, _now, _header, params, _reply):
        case = self._case(params)
        if case["state"] == "open":
            raise Refused("busy", "the case is not closed; close it, then erase it")
        self.erased = {**params, "case": self.cases.pop(params["case"])["case"]}
        return {"case": params["case"], "erased": 4}

    def op_journal_verify(self, _now, _header, _params, _reply):
        return {"whole": False, "flaw": {"seq": 1, "what": "the entries from here to 3 were moved to 1-3.jsonl, which is not there"},
                "first": 7, "last": 12, "heads": 1, "erased": 0, "unsigned": 0, "unchecked": 0, "files_count": 5,
                "files": [{"file": "1-3.jsonl", "first": 1, "last": 3, "flaw": "is not there"},
                          {"file": "4-6.jsonl", "first": 4, "last": 6}]}

    def op_slot_hold(self, now, _header, params, _reply):
        slot = self.slots[params["slot"]]
        slot.update(admin="held", reason=params["reason"],
                    held={"reason": params["reason"], "by": params.get("by", "Siti"), "at": self.time(now)})
        return {"slot": {**slot, "seq": self.seqs["slot." + params["slot"]]}}

    def op_slot_release(self, _now, _header, params, _reply):
        slot = self.slots[params["slot"]]
        slot.update(admin="in-service")
        for name in ("reason", "held"):
            slot.pop(name, None)
        return {"slot": {**slot, "seq": self.seqs["slot." + params["slot"]]}}

    # Cards.

    def op_cards_get(self, _now, _header, params, _reply):
        blanks = {"blanks": [{"job": "J-17-1", "end": "issued", "serial": "B-7"}]} if "slot" in params else {}
        return {"hoppers": [{**self.hopper, **blanks}]}

    def _hopper(self, **more):
        for name, count in more.items():
            self.hopper[name] += count
        return {"hopper": self.hopper}

    def op_cards_load(self, _now, _header, params, _reply):
        return self._hopper(loaded=params["count"], left=params["count"])

    def op_cards_count(self, _now, _header, params, _reply):
        off = params["count"] - self.hopper["left"]
        return self._hopper(difference=off, left=off)

    def op_cards_spoil(self, _now, _header, params, _reply):
        return self._hopper(spoiled=params["count"], left=-params["count"])

    def op_print_start(self, now, header, params, reply):
        if header["idem"] in self.idems:
            job = self.jobs[self.idems[header["idem"]]]
            job["reply"] = reply
            return self.answer(job, False) if "outcome" in job else None
        held = self._lease(header, header["lease"])
        made = [job for job in self.jobs.values() if job["op"] == "print.start" and job["case"] == held["case"]]
        if any(job.get("outcome") == "unknown" and "reconciled" not in job for job in made):
            raise Refused("reconcile-first", "nobody knows what became of the card; settle it first", job=made[-1]["job"])
        if made and "reprint" not in params:
            raise Refused("reprint-needed", "the case has its card; send reprint", job=made[-1]["job"])
        job = {"job": self.next("J"), "op": "print.start", "slot": params["slot"], "case": held["case"], "subject": "card",
               "state": "accepted", "effect": "none", "client": self.sessions[header["session"]], "idem": header["idem"],
               "accepted_at": self.time(now), "steps": params.get("steps", ["print"]), "reply": reply, "due": now, "attach": False,
               "deadline": now + 3_600, **({"reprint": params["reprint"]} if "reprint" in params else {})}
        self.jobs[job["job"]] = job
        self.idems[job["idem"]] = job["job"]
        self.progress(job, state="accepted")
        return None

    def card_goes_on(self, job):
        if self.card_states:
            state = self.card_states.pop(0)
            job["state"] = "waiting" if state == "waiting-for-printer" else state
            if state == "waiting":
                job["card_at"] = "chip"
            self.progress(job, state=job["state"])
        elif self.card_error:
            job.update(effect="unknown", card_at="unknown")
            error, self.card_error = self.card_error, None
            self.end(job, "unknown", {**error, "job": job["job"]})
        elif self.card_ends:
            job.update(effect="done", card_at="exit", blank="issued")
            self.end(job, "done", None)

    def op_job_reconcile(self, now, _header, params, _reply):
        job = self.jobs[params["job"]]
        if params["by"] == params["second"]:
            raise Refused("out-of-range", "params.second must be another person", path="params.second")
        job["reconciled"] = {"at": self.time(now), **{name: params[name] for name in ("effect", "by", "second", "reason", "blank")
                                                      if name in params}}
        return {"job": self.public(job)}

    def op_station_drain(self, now, _header, params, _reply):
        drain = {"drain": {"cause": "person", "reason": params["reason"], "by": params["by"], "since": self.time(now)}}
        return {**(drain if params["on"] else {}), "side_effects": 0}

    def op_report_daily(self, _now, _header, params, _reply):
        if params.get("day") == "2026-02-30":
            raise Refused("out-of-range", "params.day must be a date of the calendar", path="params.day")
        with open(os.path.join(SCHEMAS, "report.daily.result.json"), encoding="utf-8") as stream:
            names = json.load(stream)["properties"]["figures"]["required"]
        return {"station": {"id": "S1", "name": "Tanjung Lago", "zone": "Asia/Jakarta"}, "day": params.get("day", "2026-11-27"),
                "from_us": 1, "until_us": 2, "entries": 12, "whole": True, "figures": {**dict.fromkeys(names, 0), "visits": 7},
                "outcomes": [], "hours": [{"visits": 0, "captures": 0, "prints": 0}] * 24, "blanks": [], "down": [],
                "happenings": [], "open": [], "unsigned": 0}
