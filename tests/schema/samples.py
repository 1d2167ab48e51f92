# SPDX-License-Identifier: Apache-2.0
"""One right instance of every schema that a station writes: from the documents' examples where there is one."""

import copy

import examples
import schemas

READINGS = {
    "samples": {"width_um": 96000, "height_um": 60000, "t_us": [0, 5000], "x_um": [10, 20], "y_um": [-1, 5], "pressure": [900, 0],
                "tilt": [0, 4500], "gaps": [1], "losses": 0},
    "eyes": [{"position": "eye.left", "centre": {"x_px": 320, "y_px": 240}, "radius_px": 110, "pupil_radius_px": 40,
              "gaze": {"x_cdeg": -120, "y_cdeg": 0}}],
    "mrz": {"kind": "TD1", "lines": ["I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<"],
            "fields": {"document_code": "I", "issuer": "UTO", "surname": "ERIKSSON", "given_names": "ANNA MARIA", "number": "D23145890",
                       "nationality": "UTO", "birth_date": "740812", "sex": "F", "expiry_date": "120415", "optional_data": "A",
                       "optional_data_2": "B"},
            "checks": [{"field": "number", "read": "7", "computed": "7", "ok": True}], "valid": True}}


def _from_documents():
    found = {}
    for example in examples.everything():
        for name, definition, instance in example.parts():
            label = name if definition is None else f"{name}#{definition}"
            # The largest shows most.
            if len(str(instance)) > len(str(found.get(label, ""))):
                found[label] = instance
    return found


def all_samples():
    """Schema, or schema#definition -> instance."""
    made = _from_documents()
    slot, device = made["slot.get.result"]["slot"], made["device.get.result"]["device"]
    job, case = made["job.get.result"]["job"], made["case.close.result"]["case"]
    time, frame = case["opened_at"], made["capture.start.result"]["frames"][0]
    made.update({
        "slot": slot, "device": device, "job": job, "case": case, "time": time, "frame": frame,
        "readings": READINGS, "statistics": made["device.statistics.result"]["statistics"],
        "health": {key: value for key, value in made["health.check.result"].items() if key not in ("device", "slot", "took_ms")}, "plugin": made["plugin.list.result"]["plugins"][0], "limits": made["hello.result"]["limits"],
        "station": {key: value for key, value in made["station.get.result"].items() if key not in ("now", "seq")},
        "slot.list.result": {"slots": [slot], "next": "c1"}, "device.list.result": {"devices": [device]},
        "job.list.result": {"jobs": [job], "next": "c1"}, "case.list.result": {"cases": [case]}, "case.get.result": {"case": case},
        "lease.renew.result": {"lease": "L-1", "ttl_ms": 60000, "remaining_ms": 60000},
        "lease.list.result": {"leases": [{"lease": "L-1", "slots": ["photo"], "client": "a", "operator": "b", "remaining_ms": 1,
                                          "mine": True, "case": "C-1"}]},
        "frame.release.result": {"released": 2}, "job.cancel.result": {"job": "J-1", "state": "running"},
        "slot.bind.result": {"slot": slot},
        "mock": made["mock.set.result"], "mock.clear.result": made["mock.set.result"], "mock.get.result": made["mock.set.result"],
        "mock#fault": {"fault": "jam", "times": 1},
        "slot.hold.result": {"slot": slot}, "slot.release.result": {"slot": slot},
        "slot.reset.result": {"slot": "photo", "device": "a/1", "level": "usb", "state": "ready", "took_ms": 812, "resets": 2},
        "slot.identify.result": {"slot": "photo", "device": "a/1", "means": ["light", "sound"], "seconds": 5},
        "plugin.reload.result": {"plugin": made["plugin.list.result"]["plugins"][0]},
        "plugin.clear-quarantine.result": {"plugin": made["plugin.list.result"]["plugins"][0], "cleared": 1},
        "hopper": made["cards.get.result"]["hoppers"][0],
        "cards.count.result": made["cards.load.result"], "cards.spoil.result": made["cards.load.result"],
        "job.extend.result": {"job": "J-1", "remaining_ms": 1000},
    })
    return copy.deepcopy(made)


def station_writes():
    """Schemas that need a sample: all but requests' and shared definitions."""
    return [name for name in schemas.names()
            if not name.endswith(".params") and not name.startswith("function.") and name not in ("types", "words")]
