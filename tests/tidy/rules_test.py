# SPDX-License-Identifier: Apache-2.0
"""Each rule has trees in which it fires, at the line named here, and trees in which it must stay silent."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

import cpp
import tidy
from tree import File, Tree

CC = "core/wire/a.cc"
LICENCE = "// SPDX-License-Identifier: Apache-2.0\n"
DUAL = "// SPDX-License-Identifier: Apache-2.0 OR MIT\n"


def long_function(lines, head="int f(int x) {"):
    return head + "\n" + "    g();\n" * (lines - 2) + "}\n"


GATE = {"core/gate/CMakeLists.txt": "add_library(rekam_gate_table STATIC table.cc\n  other.cc)\nadd_executable(g main.cc)"}
HOST = {"core/host/CMakeLists.txt": "add_library(rekam_host_loop STATIC loop.cc)"}
ROOT = {"CMakeLists.txt": "set(REKAM_FOLDERS core core/wire core/io # core/new\n tests/x tests/unit)"}


# rule -> [(path of the finding, line, tree)]
FIRES = {
    "top-level": [("notes.md", 0, {"notes.md": ""}), ("scratch", 0, {"scratch/a.cc": ""})],
    "big-file": [("tests/a.raw", 0, {"tests/a.raw": File("tests/a.raw", "", size=(1 << 20) + 1)})],
    "file-budget": [
        (CC, 401, {CC: "\n" * 401}),
        ("core/wire/a.h", 201, {"core/wire/a.h": "\n" * 201}),
        ("sdk/plugin/rekam/a.hpp", 201, {"sdk/plugin/rekam/a.hpp": "\n" * 201}),
        ("tests/a.py", 401, {"tests/a.py": "\n" * 401}),
    ],
    "function-budget": [
        (CC, 2, {CC: "namespace rekam {\n" + long_function(61) + "}\n"}),
        (CC, 1, {CC: long_function(61, "A::A(int x) : x_{x}, y_(2) {")}),
        (CC, 1, {CC: long_function(61, "auto f(int x) -> std::optional<int> {")}),
        (CC, 3, {CC: "class A {\n  public:\n" + long_function(61, "    int f() const noexcept override {") + "};\n"}),
        (CC, 1, {CC: long_function(61, "TEST(Area, Name) {")}),
        (CC, 1, {CC: long_function(61, "const auto f = [](int x) {")}),
        (CC, 1, {CC: long_function(61, "int f() {\n    const char* s = R\"({)\"; char c = '{'; // {")}),
        ("tests/a.py", 1, {"tests/a.py": "def f():\n" + "    g()\n" * 60}),
    ],
    "dead-file": [
        ("core/new/CMakeLists.txt", 0, {**ROOT, "core/new/CMakeLists.txt": ""}),
        (CC, 0, {**ROOT, CC: "", "core/wire/CMakeLists.txt": "add_library(w b.cc)  # not a.cc"}),
        (CC, 0, {**ROOT, CC: "", "core/io/CMakeLists.txt": "add_library(w a.cc)"}),
        ("core/wire/a.h", 0, {**ROOT, "core/wire/a.h": ""}),
        ("core/wire/a.h", 0, {**ROOT, "core/wire/a.h": "", CC: "// #include \"core/wire/a.h\"\n", "core/wire/CMakeLists.txt": "a.cc"}),
        ("tests/x/x_test.py", 0, {**ROOT, "tests/x/x_test.py": "", "tests/x/CMakeLists.txt": ""}),
    ],
    "script-mode": [
        ("dev", 1, {"dev": "#!/usr/bin/env bash\n"}),
        (CC, 1, {CC: File(CC, "int x;\n", executable=True)}),
    ],
    "include-direction": [
        ("core/base/a.h", 1, {"core/base/a.h": '#include "core/model/a.h"\n'}),
        ("core/model/a.h", 2, {"core/model/a.h": '\n#include "core/wire/a.h"\n'}),
        (CC, 1, {CC: '#include "core/broker/a.h"\n'}),
        ("core/broker/a.cc", 1, {"core/broker/a.cc": '#include "core/gate/table.h"\n'}),
        ("core/broker/a.cc", 1, {"core/broker/a.cc": '#include "core/io/channel.h"\n'}),
        ("core/io/a.cc", 1, {"core/io/a.cc": '#include "core/model/a.h"\n'}),
        ("core/gate/table.cc", 1, {**GATE, "core/gate/table.cc": '#include "core/io/channel.h"\n'}),
        ("core/gate/feed.h", 1, {**GATE, "core/gate/table.cc": '#include "core/gate/feed.h"\n',
                                 "core/gate/feed.h": '#include "core/io/channel.h"\n'}),
        ("core/host/loop.h", 1, {**HOST, "core/host/loop.cc": "", "core/host/loop.h": "#include <rekam/plugin.h>\n"}),
        ("core/gate/main.cc", 1, {"core/gate/main.cc": '#include "core/broker/a.h"\n'}),
        ("core/rekamd/main.cc", 1, {"core/rekamd/main.cc": "#include <rekam/plugin.h>\n"}),
        ("core/ctl/main.cc", 1, {"core/ctl/main.cc": '#include "core/wire/packet.h"\n'}),
        ("sdk/client/cpp/a.cc", 1, {"sdk/client/cpp/a.cc": '#include "core/wire/packet.h"\n'}),
        ("sdk/plugin/rekam/plugin.h", 1, {"sdk/plugin/rekam/plugin.h": '#include "core/model/a.h"\n'}),
        ("plugins/sane/a.cc", 1, {"plugins/sane/a.cc": '#include "core/base/a.h"\n'}),
        ("plugins/sane/a.cc", 1, {"plugins/sane/a.cc": '#include "plugins/printer/a.h"\n'}),
        ("mocks/devices/camera/a.cc", 1, {"mocks/devices/camera/a.cc": '#include "core/host/a.h"\n'}),
        ("mocks/devices/camera/a.cc", 1, {"mocks/devices/camera/a.cc": '#include "plugins/raster/a.h"\n'}),
    ],
    "include-root": [
        (CC, 1, {CC: '#include "packet.h"\n', "core/wire/packet.h": ""}),
        (CC, 1, {CC: '#include "../model/error.h"\n'}),
        ("core/host/a.cc", 1, {"core/host/a.cc": '#include "rekam/plugin.h"\n'}),
        ("sdk/plugin/rekam/a.h", 1, {"sdk/plugin/rekam/a.h": '#include "gone.h"\n'}),
    ],
    "public-header": [
        ("sdk/client/cpp/rekam/client.h", 1, {"sdk/client/cpp/rekam/client.h": "#include <zmq.hpp>\n"}),
        ("sdk/client/cpp/rekam/client.h", 1, {"sdk/client/cpp/rekam/client.h": "#include <boost/json.hpp>\n"}),
        ("sdk/plugin/rekam/plugin.h", 1, {"sdk/plugin/rekam/plugin.h": "#include <unistd.h>\n"}),
    ],
    "purity": [("core/gate/CMakeLists.txt", 0, {"core/gate/CMakeLists.txt": "add_executable(rekam-gate main.cc)"})] + [
        (path, 1, {**GATE, **HOST, path: text})
        for path in (CC, "core/model/a.h", "core/broker/a.cc", "core/gate/table.cc", "core/host/loop.cc")
        for text in ("#include <thread>\n", "#include <chrono>\n", "#include <fstream>\n", "#include <spdlog/spdlog.h>\n",
                     "#include <sys/socket.h>\n", "#include <boost/asio/post.hpp>\n", "auto t = std::chrono::steady_clock::now();\n",
                     "auto t = time(nullptr);\n", "getrandom(b, n, 0);\n", "int x = rand();\n", "::close(fd);\n",
                     "thread_local int x;\n", 'const char* e = std::getenv("X");\n')
    ],
    "licence": [
        (CC, 1, {CC: "int x;\n"}),
        (CC, 1, {CC: DUAL}),
        ("plugins/sane/a.cc", 1, {"plugins/sane/a.cc": LICENCE}),
        ("core/host/a.cc", 1, {"core/host/a.cc": LICENCE}),
        ("dev", 2, {"dev": "#!/bin/sh\necho\n"}),
        ("tests/CMakeLists.txt", 1, {"tests/CMakeLists.txt": ""}),
    ],
    "banned-call": [
        (CC, 1, {CC: text}) for text in
        ("strcpy(a, b);\n", "std::sprintf(a, b);\n", "std::system(command);\n", 'system("ls");\n', "using namespace std;\n",
         "int x = atoi(a);\n", "std::cout << 1;\n", "try { f(); } catch (...) {}\n", "std::strcat (a, b);\n")
    ],
    "left-behind": [(CC, 2, {CC: f"\n// {word}: later\n"}) for word in ("TO" "DO", "FIX" "ME", "X" "XX")],
    "machine-path": [
        ("README.md", 1, {"README.md": text}) for text in
        ("see /home/ana/rekam\n", "cd /root/x\n", "cd /work/x\n", "pip from https://pypi.org/simple\n", "http://deb.debian.org\n")
    ],
}

SILENT = {
    "top-level": [{"core/a.cc": "", "dev": "", ".ci/run": "", "README.md": ""}],
    "big-file": [{"tests/a.raw": File("tests/a.raw", "", size=1 << 20)}],
    "file-budget": [{CC: "\n" * 400, "core/wire/a.h": "\n" * 200, "tests/a.py": "\n" * 400, "README.md": "\n" * 900}],
    "function-budget": [
        {CC: long_function(60)},
        {CC: "namespace a {\n" + long_function(50) * 3 + "}\n"},
        {CC: "constexpr std::array<int, size(x)> table{\n" + "    1,\n" * 90 + "};\n"},
        {CC: "const std::map<int, int> table = {\n" + "    {1, f(2)},\n" * 90 + "};\n"},
        {CC: "enum class E : int {\n" + "    a,\n" * 90 + "};\nstruct S {\n" + "    int a;\n" * 90 + "};\n"},
        {CC: "#define M(x) \\\n    { \\\n    f(x)\n" + long_function(60)},
        {CC: "// {\nint big = 1'000'000;\n" + long_function(59) + "/* { */\n" + long_function(59)},
        {"tests/a.py": "def f():\n" + "    g()\n" * 59},
    ],
    "dead-file": [
        {**ROOT, CC: "", "core/wire/CMakeLists.txt": "add_library(w a.cc)"},
        {**ROOT, CC: "", "core/CMakeLists.txt": "foreach(name a b)\n  add_library(${name} wire/${name}.cc)\nendforeach()"},
        {**ROOT, CC: "", "core/CMakeLists.txt": "add_library(w ${CMAKE_CURRENT_SOURCE_DIR}/wire/a.cc)"},
        {**ROOT, CC: "", "tests/unit/CMakeLists.txt": "add_library(w ../../core/wire/a.cc)"},
        {**ROOT, CC: "", "tests/unit/CMakeLists.txt": "add_library(w ${CMAKE_SOURCE_DIR}/core/wire/a.cc)"},
        {**ROOT, CC: '#include "core/wire/a.h"\n', "core/wire/a.h": "", "core/wire/CMakeLists.txt": "a.cc"},
        {"sdk/client/cpp/rekam/client.h": ""},
        {**ROOT, "tests/x/x_test.py": "", "tests/x/helper.py": "", "tests/x/CMakeLists.txt": "rekam_add_python_test(x x_test.py)"},
        {**ROOT, "tests/unit/CMakeLists.txt": "foreach(a b)\nadd_subdirectory(${a})", "tests/unit/b/CMakeLists.txt": ""},
        {**ROOT, "core/wire/CMakeLists.txt": "add_subdirectory(tests)", "core/wire/tests/CMakeLists.txt": ""},
    ],
    "script-mode": [{"dev": File("dev", "#!/bin/sh\n", executable=True), CC: "int x;\n"}],
    "include-direction": [
        {"core/model/a.h": '#include "core/base/a.h"\n#include "core/model/b.h"\n#include <vector>\n'},
        {CC: '#include "core/model/a.h"\n'},
        {"core/broker/a.cc": '#include "core/wire/a.h"\n// #include "core/io/channel.h"\n'},
        {**GATE, "core/gate/table.cc": '#include "core/gate/feed.h"\n#include "core/wire/a.h"\n', "core/gate/feed.h": ""},
        {"core/io/a.cc": '#include "core/wire/packet.h"\n'},
        {**GATE, "core/gate/main.cc": '#include "core/gate/table.h"\n#include "core/io/channel.h"\n#include <zmq.hpp>\n'},
        {"core/host/main.cc": '#include <rekam/plugin.h>\n#include "core/host/loop.h"\n'},
        {"core/ctl/main.cc": "#include <rekam/client.h>\n"},
        {"sdk/client/cpp/a.cc": "#include <rekam/client.h>\n#include <zmq.hpp>\n"},
        {"plugins/sane/a.cc": '#include <rekam/plugin.h>\n#include "plugins/raster/a.h"\n#include "plugins/sane/b.h"\n'},
        {"mocks/devices/camera/a.cc": '#include <rekam/ext/capture.h>\n#include "mocks/devices/camera/b.h"\n'},
        {"tests/unit/a.cc": '#include "core/broker/a.h"\n#include "core/gate/table.h"\n'},
    ],
    "include-root": [
        {CC: '#include "core/wire/packet.h"\n#include <boost/json.hpp>\n'},
        {"sdk/plugin/rekam/ext/a.h": '#include "../plugin.h"\n', "sdk/plugin/rekam/plugin.h": ""},
    ],
    "public-header": [
        {"sdk/client/cpp/rekam/client.h": "#include <string>\n#include <stdint.h>\n#include <rekam/frame.h>\n"},
        {"sdk/client/cpp/client.cc": "#include <zmq.hpp>\n"},
    ],
    "purity": [
        {CC: "#include <vector>\n#include <boost/json/value.hpp>\n// #include <thread>\nTime time() const;\nint runtime(0);\n"},
        {CC: 'throw Error("std::chrono::steady_clock::now");\nmessage.time(0);\nx.close();\n'},
        {"core/rekamd/a.cc": "#include <thread>\n#include <chrono>\n"},
        {**GATE, "core/gate/main.cc": "#include <thread>\n", "core/gate/table.cc": ""},
    ],
    "licence": [
        {CC: LICENCE, "sdk/a.h": DUAL, "core/host/a.h": DUAL, "README.md": "", "tests/a.py": "# SPDX-License-Identifier: Apache-2.0\n"},
        {"dev": "#!/bin/sh\n# SPDX-License-Identifier: Apache-2.0\n", "sdk/plugin/rekam/a.h":
         "/* SPDX-License-Identifier: Apache-2.0 OR MIT */\n"},
    ],
    "banned-call": [
        {CC: '// strcpy(a, b)\nf("system(");\nError system(Retry retry);\nstd::snprintf(a, n, b);\nfgets(a);\n'},
        {CC: "using namespace std::chrono_literals;\n", "core/ctl/a.cc": "std::cout << 1;\n"},
        {"tests/unit/a.cc": "std::cout << 1;\n"},
        {CC: "try { f(); } catch (...) { log(); }\n"},
    ],
    "left-behind": [{CC: '// mkostemp("aXXXXXX"), TODOS, a hackney\n'}],
    "machine-path": [{CC: '#include "core/work/a.h"\n// ${X}/home/a, /usr/bin/python3, /run/rekam, example.org/work/x\n'}],
}


class Rules(unittest.TestCase):
    def test_every_rule_has_both_kinds(self):
        names = {rule.__name__.replace("_", "-") for rule in tidy.RULES}
        self.assertEqual(names, set(FIRES))
        self.assertEqual(names, set(SILENT))

    def test_each_fires_where_it_should(self):
        for rule, cases in FIRES.items():
            for path, line, made_up in cases:
                with self.subTest(rule=rule, made_up=made_up):
                    found = [f for f in tidy.findings(Tree.of(made_up)) if f.rule == rule]
                    self.assertEqual([(f.path, f.line) for f in found], [(path, line)])

    def test_each_is_silent_where_it_should(self):
        for rule, cases in SILENT.items():
            for made_up in cases:
                with self.subTest(rule=rule, made_up=made_up):
                    self.assertEqual([str(f) for f in tidy.findings(Tree.of(made_up)) if f.rule == rule], [])


class Functions(unittest.TestCase):
    def test_names_and_extent(self):
        text = "namespace a {\nstruct S {\n    int x{0};\n    void f() { g({1}); }\n};\n\ntemplate <class T>\nint S::h(T t)\n{\n" \
               "    if (t) {\n    }\n}\n}\n"
        self.assertEqual(cpp.functions(cpp.blanked(text)), [("f", 4, 4), ("S::h", 7, 12)])

    def test_blanking_keeps_lines_and_code(self):
        self.assertEqual(cpp.blanked('a "b\\"c" /* d\n e */ 1\'000 \'{\' // f'), 'a "    "     \n      1\'000 \' \'     ')


class Program(unittest.TestCase):
    def run_on(self, files):
        with tempfile.TemporaryDirectory(prefix="rekam-tidy-") as root:
            for path, text in files.items():
                full = pathlib.Path(root) / path
                full.parent.mkdir(parents=True, exist_ok=True)
                full.write_text(text)
            script = pathlib.Path(__file__).with_name("tidy.py")
            return subprocess.run([sys.executable, script, root], capture_output=True, text=True)

    def test_a_finding_fails_and_says_place_rule_and_remedy(self):
        result = self.run_on({"notes.txt": ""})
        self.assertEqual(result.returncode, 1)
        self.assertIn("notes.txt: [top-level] ", result.stdout)

    def test_a_tidy_tree_passes(self):
        cmake = LICENCE.replace("//", "#")
        result = self.run_on({"CMakeLists.txt": cmake + ROOT["CMakeLists.txt"], "core/wire/a.cc": LICENCE,
                              "core/wire/CMakeLists.txt": cmake + "add_library(w a.cc)\n"})
        self.assertEqual((result.returncode, result.stderr), (0, ""), result.stdout)

    def test_an_empty_tree_fails(self):
        self.assertEqual(self.run_on({}).returncode, 1)


if __name__ == "__main__":
    sys.exit(unittest.main())
