# SPDX-License-Identifier: Apache-2.0
"""Plugins that are wrong on purpose in a running station: plugin.list says of each what is wrong and what to do, and
everything else captures meanwhile."""
import struct
import unittest

from checked import Background, StationTest
from station import BUILD, plugin_text

BAD = BUILD / "tests/plugins"
MACHINE_OFFSET, S390 = 18, 22  # e_machine of the ELF header, and a processor that no station has

# name -> (code, what the error says, what it tells to do)
EXPECTED = {
    "wrong_magic": ("wrong-driver", "does not begin with REKAMPLG", "ask the vendor"),
    "wrong_major": ("wrong-driver", "was built for ABI 2, this station speaks 1", "ask the vendor"),
    "no_manifest": ("wrong-driver", "has no rekam_manifest", "name another file"),
    "no_create": ("wrong-driver", "no rekam_create", "ask the vendor"),
    "foreign": ("wrong-driver", "another kind of processor", "ask the vendor"),
    "cut_off": ("wrong-driver", "is damaged or cut off", "install the plugin again"),
    "text": ("wrong-driver", "is no ELF file", "install the plugin again"),
    "missing": ("permission-denied", "cannot be opened: No such file", "mend path"),
    "folder": ("permission-denied", "is no regular file", "name another file"),
}


class BadPlugins(StationTest):
    def files(self):
        """name -> path; what no compiler makes is made here."""
        sound = (BAD / "rekam-refuses.so").read_bytes()
        made = self.station.place / "made"
        made.mkdir()
        (made / "foreign.so").write_bytes(sound[:MACHINE_OFFSET] + struct.pack("<H", S390) + sound[MACHINE_OFFSET + 2:])
        (made / "cut_off.so").write_bytes(sound[:len(sound) // 2])
        (made / "text.so").write_text("#!/bin/sh\n")
        (made / "folder.so").mkdir()
        return {name: BAD / f"rekam-{name}.so" if (BAD / f"rekam-{name}.so").exists() else made / f"{name}.so" for name in EXPECTED}

    def plugins(self):
        return {record["path"]: record for record in self.client.call("plugin.list", {})["plugins"]}

    def captures(self, count):
        def work():
            with self.client.case("test") as case, case.lease(["photo", "document"]) as lease:
                return [len(lease.capture("photo", subject="face").frames) + len(lease.capture(
                    "document", subject="document.page", source="flatbed").frames) for _ in range(count)]
        return Background(work)

    def test_each_has_its_own_error_and_the_others_capture(self):
        sound, files = self.plugins(), self.files()
        other = self.captures(10)
        for name, path in files.items():
            self.station.write(f"plugins.d/{name}.toml", plugin_text(str(path), {}))
        self.station.wait(lambda: sum("error" in record for record in self.plugins().values()) == len(EXPECTED), "all are refused")
        self.assertEqual(other.result(), [2] * 10)
        told = self.plugins()
        for name, (code, says, remedy) in EXPECTED.items():
            with self.subTest(name):
                record = told[str(files[name])]
                self.assertEqual((record["state"], record["devices"]), ("down", 0))
                error = record["error"]
                self.assertEqual((error["code"], error["class"], error["retry"]), (code, "technician", "after-fix"))
                self.assertIn(str(files[name]), error["message"], "it names the file")
                self.assertIn(says, error["message"])
                self.assertIn(remedy, error["message"])
        self.assertEqual(len({record["error"]["message"] for record in told.values() if "error" in record}), len(EXPECTED))
        for path, record in sound.items():
            self.assertEqual((told[path]["state"], told[path]["devices"]), ("ready", record["devices"]))
        for name in EXPECTED:
            (self.station.config / f"plugins.d/{name}.toml").unlink()
        self.station.wait(lambda: set(self.plugins()) == set(sound), "without their files in plugins.d they are gone")
        self.assertEqual(self.captures(2).result(), [2] * 2)

    def test_one_that_dies_at_load_is_left_alone_in_the_end(self):
        sound = self.plugins()
        path = BAD / "rekam-crash_at_load.so"
        other = self.captures(10)
        self.station.write("plugins.d/crash.toml", plugin_text(str(path), {}))
        record = self.station.wait(
            lambda: next((plugin for plugin in self.plugins().values() if plugin["state"] == "quarantined"), None), "it is quarantined")
        self.assertEqual((record["path"], record["error"]["code"]), (str(path), "plugin-quarantined"))
        self.assertIn("signal 6", record["error"]["message"])
        self.assertIn("a technician must look", record["error"]["message"])
        self.assertEqual(other.result(), [2] * 10)
        for sane in sound:
            self.assertEqual(self.plugins()[sane]["state"], "ready")

    def test_a_library_with_a_missing_sdk_names_the_symbol(self):
        path = BAD / "rekam-unresolved.so"
        self.station.write("plugins.d/unresolved.toml", plugin_text(str(path), {}))
        record = self.station.wait(lambda: self.plugins().get(str(path), {}).get("error") and self.plugins()[str(path)], "it is refused")
        self.assertEqual(record["error"]["code"], "wrong-driver")
        self.assertIn("function_of_a_missing_sdk", record["error"]["message"])
        self.assertEqual(self.captures(2).result(), [2] * 2)


if __name__ == "__main__":
    unittest.main()
