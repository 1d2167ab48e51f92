# SPDX-License-Identifier: Apache-2.0
"""The station whose camera and printer can hang in the kernel: the camera spools each picture to the disk that can be
frozen, and the printer's own memory lies there. Another camera and a fingerprint reader have nothing to do with it."""
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "system"), str(HERE.parents[1] / "sdk/client/python")]
import rekam  # noqa: E402  pylint: disable=wrong-import-position
import station as stations  # noqa: E402  pylint: disable=wrong-import-position
from picture import png  # noqa: E402  pylint: disable=wrong-import-position

BLANKS = 10_000
SLOTS = """
[slot.photo]
function = "camera"
device = "*/cam-1"

[slot.spare]
function = "camera"
device = "*/cam-2"

[slot.fingers]
function = "fingerprint"
device = "*/fp-1"

[slot.printer]
function = "card-printer"
device = "*/cp-1"
"""
DEADLINE_MS, INTERRUPT_MS, KILL_MS, PRINT_MS = 300, 500, 1_000, 1_500
# What a capture and a print that never return may take until the slot says that it is stuck.
PROMISES = {"photo": DEADLINE_MS + INTERRUPT_MS + KILL_MS, "printer": PRINT_MS + KILL_MS}
SETTINGS = f"""
[supervision]
interrupt_ms_max = {INTERRUPT_MS}
print_ms_max = {PRINT_MS}
kill_ms_max = {KILL_MS}
backoff_min_ms = 10
backoff_max_ms = 50
quarantine_failures = 1000
quarantine_window_ms = 1
"""


def make(disk):
    running = stations.make(slots=SLOTS, cameras=f"id=cam-1,model=Alpha,spool={disk}/spool;id=cam-2,model=Beta", sane=False,
                            settings=SETTINGS)
    faults = running.place / "faults"
    for name, device in (("camera", f"id=cam-1,model=Alpha,spool={disk}/spool;id=cam-2,model=Beta"),
                         ("card-printer", f"id=cp-1,make=cetak,state={disk}/cards,cards={BLANKS},ribbon={BLANKS},step_ms=5")):
        environment = {f"REKAM_MOCK_{name.upper().replace('-', '_')}": device,
                       f"REKAM_MOCK_{'CARD' if name == 'card-printer' else 'CAMERA'}_FAULTS": faults}
        running.write(f"plugins.d/{name}.toml", stations.plugin_text(
            f"rekam-mock-{name}.so", environment, writable_paths=[str(running.place), str(disk)], mock=True))
    return running


class Call:
    """One job, begun; `outcome` is its record, or what stands for it."""

    def __init__(self, bench, slot, idem, deadline_ms):
        self.bench, self.idem = bench, str(idem)
        self.case = bench.client.case("issue", operator="Sari")
        self.lease = self.case.lease(slot, wait_ms=10_000)
        try:
            if slot == "printer":
                self.job = self.lease.start_print("printer", front=png(), steps=["print"], idem=self.idem, on_fail="reject")
            else:
                self.job = self.lease.start(slot, subject="face", idem=self.idem, deadline_ms=deadline_ms)
        except rekam.Error:
            self.close()
            raise

    def outcome(self, done=False):
        """The record of the job that has ended; with `done` it has to have ended well, else its error is raised."""
        try:
            self.job.result()
        except rekam.Error as error:
            if done:
                raise
            return error
        finally:
            self.close()
        return self.bench.client.job(idem=self.idem)

    def close(self):
        self.lease.release()
        self.case.close()


class Bench:
    def __init__(self, running):
        self.station = running
        self.client = self.connect("prove-stuck")
        self.wait_ready("photo", "spare", "fingers", "printer")
        self.client.load_cards("printer", BLANKS, by="Sari")

    def connect(self, name):
        return self.station.connect(client=name, operator="Sari")

    def wait(self, condition, what):
        return self.station.wait(condition, what)

    def wait_ready(self, *slots):
        self.station.wait_ready(self.client, *slots)

    def begin(self, slot, number, deadline_ms=DEADLINE_MS):
        return Call(self, slot, f"stuck-{number}", deadline_ms)

    def pid(self, slot):
        return self.client.device(self.client.slot(slot).device).pid

    def hosts_of(self, device):
        """Processes that the station says have it open."""
        pid = self.client.device(device).get("pid")
        return {pid} if pid else set()

    def rekamctl(self, *words):
        done = subprocess.run([stations.BUILD / "bin/rekamctl", "--station", self.station.runtime, "--lang", "en", *words],
                              capture_output=True, text=True, timeout=120, check=False)
        if done.returncode not in (0, 3):
            raise AssertionError(f"rekamctl {' '.join(words)}: {done.stdout}{done.stderr}")
        return done.stdout

    def restart(self):
        self.client.close()
        self.station.stop()
        self.station.process = None
        self.station.start()
        self.client = self.connect("prove-stuck")
        self.wait_ready("spare", "fingers")

    def settle(self):
        """Two persons look at the cards whose end nobody saw."""
        for job in self.client.jobs(unsettled=True):
            self.client.reconcile(job.job, "none", by="Sari", second="Rina", reason="looked at it", blank="left")
