# SPDX-License-Identifier: Apache-2.0
"""rekamctl as people and scripts use it, against the clients' fake station: output, exit codes, Ctrl-C."""
import json
import os
import signal
import subprocess
import sys
import unittest

SOURCE = os.environ["REKAM_SOURCE_DIR"]
sys.path.insert(0, os.path.join(SOURCE, "sdk/client/python/tests"))
from peer import PATIENCE_S, PeerCase  # noqa: E402  pylint: disable=wrong-import-position

CTL = os.path.join(os.environ["REKAM_BUILD_DIR"], "bin/rekamctl")
HELD = {"code": "ribbon-out", "class": "operator", "retry": "after-fix", "effect": "none", "hint": "load-ribbon",
        "message": "no ribbon; load one"}


class Commands(PeerCase):
    def run_ctl(self, *arguments, exit_code=0, **environment):
        done = subprocess.run([CTL, "--station", self.directory, *arguments], capture_output=True, text=True,
                              timeout=PATIENCE_S, check=False, env={**os.environ, "LC_ALL": "C", **environment})
        self.assertEqual(done.returncode, exit_code, done.stdout + done.stderr)
        return done

    def test_list(self):
        out = self.run_ctl("list").stdout
        self.assertIn("SLOT      FUNCTION  STATE  DEVICE\ndocument  document  ready  sane:test:0\n", out)
        self.assertIn("frontend-tester", out)
        self.assertNotIn("\x1b", out)
        self.assertNotIn("frontend-tester", self.run_ctl("list", "slots").stdout)
        self.assertNotIn("SLOT ", self.run_ctl("list", "devices").stdout)
        document = json.loads(self.run_ctl("list", "--json").stdout)
        self.assertEqual([slot["slot"] for slot in document["slots"]], ["document", "photo"])
        self.assertEqual(document["devices"][0]["device"], "sane:test:0")

    def test_show(self):
        self.assertRegex(self.run_ctl("show", "photo").stdout, r"(?m)^function +camera$")
        self.assertRegex(self.run_ctl("show", "sane:test:0").stdout, r"(?m)^plugin +sane$")
        self.assertEqual(json.loads(self.run_ctl("--json", "show", "photo").stdout)["slot"], "photo")
        self.assertIn("see device.list", self.run_ctl("show", "nothing", exit_code=64).stderr)

    def test_plugins_health_jobs(self):
        out = self.run_ctl("plugins").stdout
        self.assertRegex(out, r"sane +ready +1\.0 +document +1")
        self.assertRegex(out, r"sane +network +any +loopback\n +environment +HOME +HOME\n +TMPDIR\n$")
        self.assertIn("option-table", self.run_ctl("health").stdout)
        self.assertEqual(len(json.loads(self.run_ctl("health", "--json").stdout)["health"]), 2)
        self.assertIn("document", self.run_ctl("health", "document", "--level", "exercise").stdout)
        self.assertEqual(self.sent("health.check")[-1]["params"], {"slot": "document", "level": "exercise"})
        self.assertEqual(self.run_ctl("jobs").stdout, "no jobs\n")
        self.assertEqual(json.loads(self.run_ctl("jobs", "--json").stdout), {"jobs": []})

    def test_report_refuses_what_is_no_day_and_names_what_is_no_journal(self):
        self.assertIn("2026-11-27", self.run_ctl("report", "--day", "2026-02-30", exit_code=64).stderr)
        noise = os.path.join(self.directory, "noise")
        with open(noise, "w", encoding="utf-8") as stream:
            stream.write("not a journal\n")
        self.assertIn("zone", self.run_ctl("report", "--merge", noise, "--zone", "Asia/Nix", exit_code=64).stderr)
        self.run_ctl("report", "--merge", noise + "-not", exit_code=64)
        page, rows = os.path.join(self.directory, "page.html"), os.path.join(self.directory, "rows.csv")
        out = self.run_ctl("report", "--merge", noise, "--html", page, "--csv", rows, "--json", exit_code=3).stdout
        self.assertEqual([remark["broken"] for remark in json.loads(out)["remarks"]], [True])
        with open(page, encoding="utf-8") as stream:
            self.assertIn("is no JSON object; nothing of it is counted", stream.read())
        with open(rows, encoding="utf-8") as stream:
            self.assertEqual(stream.read(), "date,station,figure,value\n")

    def test_readiness(self):
        out = self.run_ctl("readiness").stdout
        self.assertRegex(out, r"^Readiness: Tanjung Lago \(S1\), epoch 17, .*, self\nready: 2/2 slots can be used\n")
        self.assertRegex(out, r"(?m)^document +ready +Noname frontend-tester\n  option-table +ok$")
        self.assertRegex(out, r"(?m)^clock +ok +synchronised$")
        self.assertNotIn("\x1b", out)
        self.assertEqual(len(self.sent("health.check")), 1)  # both slots stand for one device

        time = {"utc_us": 1, "mono_us": 1, "boot": "b0", "synced": True}
        self.fake.command(do="set", ports=[{"port": "usb:1-2", "removals": 4, "last": time, "flapping": True},
                                           {"port": "usb:1-3", "removals": 1, "last": time, "flapping": False}])
        out = self.run_ctl("readiness", exit_code=3).stdout
        self.assertRegex(out, r"(?m)^usb:1-2 +degraded +flapping: 4\n +> The device keeps dropping off its port")
        self.assertNotIn("usb:1-3", out)
        self.fake.command(do="set", ports=[])

        broken = {"component": "ribbon", "state": "degraded", "evidence": "30 of 200 left", "who": "operator", "hint": "load-ribbon"}
        left = [{"name": "ribbon", "unit": "prints", "left": 30, "of": 200, "low_at": 40, "hint": "load-ribbon"}]
        self.fake.command(do="set", health={"state": "degraded", "checks": [broken], "consumables": left})
        html = os.path.join(self.directory, "report.html")
        out = self.run_ctl("readiness", "--lang", "id", "--html", html, "--level", "exercise", exit_code=3).stdout
        self.assertIn("SIAP, DENGAN PERINGATAN: 2/2", out)
        self.assertRegex(out, r"(?m)^  pita +terganggu +30 of 200 left \(petugas\)\n +> Buka pencetak")
        self.assertRegex(out, r"(?m)^  sisa +pita 30/200 cetakan$")
        self.assertTrue(all(len(line) <= 100 for line in out.splitlines()))
        self.assertEqual(self.sent("health.check")[-1]["params"], {"device": "sane:test:0", "level": "exercise"})
        with open(html, encoding="utf-8") as file:
            self.assertIn('<html lang="id">', file.read())

        self.fake.command(do="set", health={"state": "failed", "checks": [{**broken, "state": "failed"}]})
        document = json.loads(self.run_ctl("readiness", "--json", exit_code=1).stdout)
        self.assertEqual([document["verdict"], *(slot["verdict"] for slot in document["slots"])], ["not-ready"] * 3)

    def test_readiness_of_a_device_that_cannot_be_checked(self):
        self.fake.fault("error", "health.check", error=dict(HELD, code="busy", message="it works just now"))
        out = self.run_ctl("readiness", exit_code=3).stdout  # somebody works with it
        self.assertRegex(out, r"(?m)^  Device +unknown +it works just now")
        self.fake.fault("error", "health.check", error=dict(HELD, code="device-error"))
        self.assertIn("NOT READY", self.run_ctl("readiness", exit_code=1).stdout)
        self.fake.fault("error", "health.check", error=dict(HELD, code="unsupported-parameter"))
        self.run_ctl("readiness", "--level", "exercise")  # no such level: its own check is better than none
        self.assertEqual([header["params"]["level"] for header in self.sent("health.check")[-2:]], ["exercise", "self"])
        self.assertIn("nowhere", self.run_ctl("readiness", "--html", "/nowhere/r.html", exit_code=1).stderr)

    def test_statistics(self):
        out = self.run_ctl("statistics").stdout
        self.assertRegex(out, r"DEVICE +SINCE +CAPTURES +RETAKES +FAILED +RESTARTS +BUSY\nsane:test:0 .* 41 +3 +7 +1 +1 h 2 min\n")
        self.assertNotIn("device-gone", out)
        out = self.run_ctl("statistics", "sane:test:0").stdout
        self.assertRegex(out, r"(?m)^feeder-empty +5$")
        self.assertRegex(out, r"(?m)^20.* down +device-gone$")
        self.run_ctl("statistics", "sane:test:0", "--reset", "--by", "Wayan")
        self.assertEqual(self.sent("device.statistics")[-1]["params"], {"device": "sane:test:0", "reset": True, "by": "Wayan"})
        self.assertIn("SERVICED BY", self.run_ctl("statistics").stdout)
        self.assertEqual(json.loads(self.run_ctl("statistics", "--json").stdout)["statistics"][0]["reset_by"], "Wayan")
        for arguments in (("--reset",), ("--by", "Wayan"), ("--reset", "--by", "Wayan")):
            self.run_ctl("statistics", *arguments, exit_code=64)  # whose? by whom? of all at once?
        self.run_ctl("statistics", "nothing", exit_code=64)

    def test_identify(self):
        self.assertEqual(self.run_ctl("identify", "photo").stdout, "sane:test:0 shows itself by light sound for 5 s\n")
        self.run_ctl("identify", "photo", "--seconds", "0", "--by", "Siti")
        self.assertEqual(self.sent("slot.identify")[-1]["params"], {"slot": "photo", "seconds": 0, "by": "Siti"})
        self.assertEqual(json.loads(self.run_ctl("identify", "photo", "--json").stdout)["means"], ["light", "sound"])
        self.run_ctl("identify", "photo", "--seconds", "61", exit_code=64)

    def test_identify_a_device_that_can_only_be_looked_through(self):
        picture = os.path.join(self.directory, "live.jpg")
        cannot = {"code": "not-covered", "class": "technician", "retry": "after-fix", "effect": "none",
                  "message": "the device can neither light nor beep; look at its live picture"}
        self.fake.fault("error", "slot.identify", error={**cannot, "hint": "look-at-preview"})
        out = self.run_ctl("identify", "photo", "--seconds", "1", "-o", picture).stdout
        self.assertIn("what it sees is in " + picture, out)
        self.assertTrue(os.path.getsize(picture) > 0)
        self.assertEqual(self.sent("preview.start")[-1]["params"], {"slot": "photo", "formats": ["image/jpeg"], "rate_hz": 5})
        self.fake.fault("error", "slot.identify", error={**cannot, "hint": "choose-other-device"})
        self.assertIn("neither light nor beep", self.run_ctl("identify", "photo", exit_code=3).stderr)

    def test_watch(self):
        lines = [json.loads(line) for line in self.run_ctl("watch", "slot.", "--count", "2", "--json").stdout.splitlines()]
        self.assertEqual([(line["stream"], line["kind"]) for line in lines],
                         [("slot.document", "snapshot"), ("slot.photo", "snapshot")])
        self.assertIn("slot.photo  snapshot  ready", self.run_ctl("watch", "slot.photo", "--count", "1").stdout)

    def test_capture(self):
        out = os.path.join(self.directory, "pages", "new")
        done = self.run_ctl("capture", "document", "-o", out, "--set", "source=feeder", "--set", "dpi=300",
                            "--deadline", "20000")
        names = sorted(os.listdir(out))
        self.assertEqual([name[-6:] for name in names], ["-1.png", "-2.png", "-3.png"])
        self.assertEqual(len(done.stdout.splitlines()), 3)
        self.assertEqual(done.stderr, "")
        with open(os.path.join(out, names[0]), "rb") as file:
            self.assertTrue(file.read().startswith(b"\x89PNG"))
        start = self.sent("capture.start")[0]
        self.assertEqual(start["params"], {"slot": "document", "subject": "document.page", "source": "feeder", "dpi": 300})
        self.assertEqual(self.sent("case.close")[0]["params"]["case"], self.sent("lease.acquire")[0]["params"]["case"])
        self.assertEqual(self.fake.command(do="leases"), {})

    def test_capture_for_programs(self):
        done = self.run_ctl("capture", "document", "--subject", "document.front", "-o", self.directory, "--json")
        document = json.loads(done.stdout)
        self.assertEqual(document["result"]["outcome"], "done")
        self.assertEqual(len(document["files"]), 3)
        self.assertTrue(os.path.exists(document["files"][0]["path"]))

    def test_capture_in_a_case_of_ones_own(self):
        case = self.run_ctl("case", "open", "--purpose", "renew").stdout.strip()
        self.run_ctl("capture", "document", "-o", self.directory, "--case", case)
        self.assertRegex(self.run_ctl("case", "list", "--state", "open").stdout, case + " +open +renew")
        self.assertRegex(self.run_ctl("case", "show", case).stdout, "(?m)^purpose +renew$")
        self.run_ctl("case", "close", case)
        self.assertEqual(json.loads(self.run_ctl("case", "show", case, "--json").stdout)["state"], "closed")
        self.fake.fault("error", "case.close", error=dict(HELD, code="case-closed"))
        self.run_ctl("case", "close", case, exit_code=2)

    def test_preview(self):
        path = os.path.join(self.directory, "live.png")
        self.assertEqual(self.run_ctl("preview", "photo", "-o", path, "--frames", "3", "--rate", "7").stdout, "")
        with open(path, "rb") as file:
            data = file.read()
        self.assertTrue(data.startswith(b"\x89PNG") and data.endswith(b"IEND\xaeB`\x82"))
        self.assertEqual([name for name in os.listdir(self.directory) if name.endswith(".new")], [])
        self.assertEqual(self.sent("preview.start")[0]["params"], {"slot": "photo", "formats": ["image/png"], "rate_hz": 7})
        self.assertEqual(len(self.sent("preview.stop")), 1)
        self.assertEqual(self.fake.command(do="leases"), {})

    def test_preview_for_programs_and_viewers(self):
        stream = os.path.join(self.directory, "all.mjpeg")
        done = self.run_ctl("preview", "photo", "-o", stream, "--frames", "2", "--json")
        self.assertEqual(json.loads(done.stdout)["result"]["ended_by"], "stop")
        with open(stream, "rb") as file:
            self.assertEqual(file.read().count(b"\x89PNG"), 2)
        piped = subprocess.run([CTL, "--station", self.directory, "preview", "photo", "-o", "-", "--frames", "2"],
                               capture_output=True, timeout=PATIENCE_S, check=True)
        self.assertEqual(piped.stdout.count(b"\x89PNG"), 2)
        self.assertIn("needs it for itself", self.run_ctl("preview", "photo", "-o", "-", "--json", exit_code=64).stderr)
        self.assertIn("cannot be written", self.run_ctl("preview", "photo", "-o", "/nowhere/a.mjpeg", exit_code=64).stderr)
        self.assertIn("shows no preview", self.run_ctl("preview", "document", "-o", stream, exit_code=3).stderr)

    def test_preview_is_stopped_by_ctrl_c(self):
        with subprocess.Popen([CTL, "--station", self.directory, "preview", "photo", "-o", os.path.join(self.directory, "live.png")],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
            self.wait_for(lambda: os.path.exists(os.path.join(self.directory, "live.png")), "a picture")
            running.send_signal(signal.SIGINT)
            self.assertEqual(running.communicate(timeout=PATIENCE_S), ("", ""))
        self.assertEqual(running.returncode, 130)
        self.assertEqual(len(self.sent("preview.stop")), 1)
        self.assertEqual(self.fake.command(do="leases"), {})

    def test_cancel(self):
        self.run_ctl("capture", "document", "-o", self.directory)
        job = json.loads(self.run_ctl("jobs", "--json").stdout)["jobs"][0]["job"]
        self.assertEqual(self.run_ctl("cancel", job, exit_code=2).stdout, f"{job} done\n")
        self.assertEqual(self.run_ctl("jobs").stdout.splitlines()[1].split()[:2], [job, "done"])

    def test_exit_codes_of_captures(self):
        arguments = ("capture", "document", "-o", self.directory)
        for code, extra, wanted in (("ribbon-out", {}, 3), ("lease-held", {}, 5), ("unknown-slot", {}, 64),
                                    ("device-error", {}, 1), ("jam", {"effect": "unknown"}, 4)):
            self.fake.fault("error", "capture.start", error={**HELD, "code": code, **extra})
            done = self.run_ctl(*arguments, exit_code=wanted)
            self.assertIn(f"rekamctl: {code}: no ribbon; load one\n  hint: load-ribbon\n  text: Open the printer", done.stderr)
            self.assertIn("\n  next: ", done.stderr)
        self.fake.fault("error", "capture.start", error=HELD)
        done = self.run_ctl(*arguments, "--json", exit_code=3)
        self.assertEqual(json.loads(done.stdout), {"error": HELD})
        self.fake.command(do="set", pages=0)
        self.run_ctl(*arguments, exit_code=2)  # everything was excepted: done, and nothing to write

    def test_an_error_is_explained_in_the_language_of_the_person(self):
        def told(*arguments, **environment):
            self.fake.fault("error", "capture.start", error=HELD)
            return self.run_ctl("capture", "document", "-o", self.directory, *arguments, exit_code=3, **environment).stderr

        self.assertIn("text: Buka pencetak", told("--lang", "id"))
        self.assertIn("text: Buka pencetak", told(LC_ALL="id_ID.UTF-8"))
        self.assertIn("text: Open the printer", told(LC_ALL="xx_YY"))  # a language without texts
        self.assertIn("text: Open the printer", told("--lang", "en", LC_ALL="id_ID"))
        texts = os.path.join(self.directory, "texts")
        os.mkdir(texts)
        with open(os.path.join(texts, "en.toml"), "w", encoding="utf-8") as file:
            file.write('[hint.load-ribbon]\noperator = "Ask Budi."\n')
        self.assertIn("text: Ask Budi.", told(REKAM_HINTS=texts))
        with open(os.path.join(texts, "en.toml"), "w", encoding="utf-8") as file:
            file.write("[hint.load-ribbon\n")  # broken: the next directory's is read
        self.assertIn("text: Open the printer", told(REKAM_HINTS=texts))
        self.assertIn("there are en id", self.run_ctl("list", "--lang", "xx", exit_code=64).stderr)
        self.assertIn("there are en id", self.run_ctl("list", "--lang", "../id", exit_code=64).stderr)

    def test_a_slot_in_other_hands(self):
        self.fake.command(do="add_lease", slots=["document"])
        done = self.run_ctl("capture", "document", "--wait", "100", exit_code=5)
        self.assertIn("held by other (Siti), 42 s left", done.stderr)
        self.assertIn("next: wait with --wait", done.stderr)
        self.assertLessEqual(self.sent("lease.acquire")[0]["params"]["wait_ms"], 100)

    def test_usage(self):
        for arguments in ((), ("fly",), ("capture",), ("capture", "document", "--set", "dpi"), ("list", "cats"),
                          ("capture", "document", "--deadline", "0"), ("capture", "document", "-o", "/dev/null"),
                          ("case",), ("health", "--level", "rude")):
            self.assertTrue(self.run_ctl(*arguments, exit_code=64).stderr, arguments)
        self.assertIn("Exit codes", self.run_ctl("--help").stdout)
        self.assertRegex(self.run_ctl("--version").stdout, r"^rekamctl \d")

    def test_no_station(self):
        nowhere = os.path.join(self.directory, "nowhere")
        done = self.run_ctl("--station", nowhere, "list", exit_code=64)  # given twice
        done = subprocess.run([CTL, "list"], env={**os.environ, "REKAM_STATION": nowhere}, capture_output=True,
                              text=True, timeout=PATIENCE_S, check=False)
        self.assertEqual(done.returncode, 69)
        self.assertIn("no station answers at " + nowhere, done.stderr)
        self.assertIn("next: start rekamd", done.stderr)

    def start_hanging_capture(self):
        self.fake.command(do="set", hang=True)
        child = subprocess.Popen([CTL, "--station", self.directory, "capture", "document", "-o", self.directory],
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(child.kill)
        self.wait_for(lambda: self.fake.model.jobs, "the job")
        return child

    def test_ctrl_c_cancels_the_job(self):
        child = self.start_hanging_capture()
        child.send_signal(signal.SIGINT)
        _, err = child.communicate(timeout=PATIENCE_S)
        self.assertEqual(child.returncode, 130, err)
        self.assertIn("cancelled", err)
        self.assertEqual([job["state"] for job in self.fake.model.jobs.values()], ["cancelled"])
        self.assertEqual(self.fake.command(do="leases"), {})
        self.assertEqual([case["state"] for case in self.fake.model.cases.values()], ["closed"])

    def test_a_second_ctrl_c_does_not_wait(self):
        self.fake.fault("lose_request", "job.cancel", times=100)
        child = self.start_hanging_capture()
        child.send_signal(signal.SIGINT)
        self.wait_for(lambda: self.sent("job.cancel"), "the cancellation")
        child.send_signal(signal.SIGINT)
        child.communicate(timeout=PATIENCE_S)
        self.assertEqual(child.returncode, 130)

    def test_cancelled_by_another(self):
        child = self.start_hanging_capture()
        job = next(iter(self.fake.model.jobs))
        self.assertEqual(self.run_ctl("cancel", job).stdout, f"{job} cancelled\n")
        child.communicate(timeout=PATIENCE_S)
        self.assertEqual(child.returncode, 1)


if __name__ == "__main__":
    unittest.main()
