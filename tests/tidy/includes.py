# SPDX-License-Identifier: Apache-2.0
"""Rules about what may include what, and what the pure parts may not know."""

import posixpath
import re

from tree import Finding

PURE_FOLDERS = ("core/model", "core/wire", "core/broker", "core/journal")
# Pure libraries inside the folder of an executable: their sources, and what of that folder these include.
PURE_LIBRARIES = {"core/gate": "rekam_gate_table", "core/host": "rekam_host_loop"}
CORE = ["core/base", "core/model", "core/wire"]
PLUGIN_SDK = [f"rekam/{name}" for name in ("plugin", "manifest", "records", "codes", "ext", "cpp")]

# Folder -> what of this tree it may include beside itself. The first entry that matches a file decides.
DIRECTIONS = [
    (r"core/base/", []),
    (r"core/model/", ["core/base"]),
    (r"core/wire/", ["core/base", "core/model"]),
    (r"core/broker/", CORE),
    (r"core/journal/", ["core/base"]),
    (r"core/report/", ["core/journal"]),
    (r"core/io/", ["core/base", "core/wire"]),  # its channels carry the messages of wire
    (r"core/gate/", [*CORE, "core/io", "sdk/schema"]),  # it answers schema.get
    (r"core/host/", [*CORE, "core/io", *PLUGIN_SDK]),
    (r"core/rekamd/", [*CORE, "core/broker", "core/io", "core/journal", "core/report"]),
    (r"core/ctl/", ["core/base", "core/journal", "core/report", "rekam/client"]),  # an ordinary client: no back doors
    (r"sdk/plugin/", PLUGIN_SDK),
    (r"sdk/client/", ["rekam/client"]),
    (r"mocks/devices/", ["mocks/devices/kit", *PLUGIN_SDK]),
    (r"mocks/", ["rekam/client", *PLUGIN_SDK]),
    (r"plugins/[^/]+/tests/", ["rekam", "plugins", "core", "tests"]),
    (r"plugins/[^/]+/", [*PLUGIN_SDK, "plugins/usb", "plugins/raster"]),
]
PURE_DIRECTION = [*CORE, "sdk/schema"]
OURS = re.compile(r"^(?:core|sdk|plugins|mocks|tests|rekam)/")


def pure_paths(tree):
    """What runs under the simulator too, and so must not know the outside."""
    pure = {f.path for f in tree.files if f.is_cpp and f.under(*PURE_FOLDERS)}
    for folder, library in PURE_LIBRARIES.items():
        reached = _library_sources(tree, folder, library)
        while reached:
            path = reached.pop()
            if path in pure or path not in tree.by_path:
                continue
            pure.add(path)
            reached += [name for _, name, _ in tree.by_path[path].includes if name.startswith(folder + "/")]
            reached.append(path.removesuffix(".cc") + ".h")
    return pure


def _library_sources(tree, folder, library):
    cmake = tree.by_path.get(f"{folder}/CMakeLists.txt")
    added = re.search(rf"add_library\s*\(\s*{library}\b([^)]*)\)", cmake.text) if cmake else None
    return [f"{folder}/{name}" for name in re.findall(r"[\w/.-]+\.cc", added[1])] if added else []


def include_direction(tree):
    pure = pure_paths(tree)
    for file in tree.files:
        allowed = next((a for pattern, a in DIRECTIONS if re.match(pattern, file.path)), None)
        if not file.is_cpp or allowed is None:
            continue
        if file.path in pure and file.under(*PURE_LIBRARIES):
            allowed = PURE_DIRECTION
        for line, name, _ in file.includes:
            if OURS.match(name) and not _may(file.path, name, allowed):
                yield Finding("include-direction", file.path, line,
                              f"{name} is not below this folder; it may include itself and {', '.join(allowed) or 'no other'}: "
                              "move the shared part down, or hand it in")


def _may(path, name, allowed):
    own = re.match(r"(?:plugins|mocks/devices|core)/[^/]+|sdk/(?:plugin|client)|mocks/[^/]+", path)
    return any(name.startswith((p + "/", p + ".", p + "_")) for p in [own[0], *allowed])


def include_root(tree):
    """One way to name a header: from the root of the repository, or <rekam/...> for what the SDK publishes."""
    for file in tree.files:
        if not file.is_cpp:
            continue
        for line, name, quoted in file.includes:
            if quoted and not OURS.match(name) and not _beside(tree, file, name):
                yield Finding("include-root", file.path, line, f'"{name}": write the path from the root of the repository, or '
                                                               "<...> for a library")
            elif quoted and name.startswith("rekam/"):
                yield Finding("include-root", file.path, line, f'"{name}": a public header of the SDK is included as <{name}>')


def _beside(tree, file, name):
    """The SDK's headers name each other relatively: a vendor copies the folder to where it likes."""
    return file.under("sdk") and file.is_header and _resolved(file.path, name) in tree.by_path


def _resolved(path, name):
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), name))


STANDARD = re.compile(r"^[a-z_0-9]+(?:\.h)?$")
NOT_STANDARD = re.compile(r"^(?:zmq|unistd|fcntl|poll|pthread|syscall|dlfcn)\.h")


def public_header(tree):
    """A vendor or an app needs nothing but our header and a compiler."""
    for file in tree.files:
        if not file.is_header or not re.match(r"sdk/(?:plugin|client/cpp)/rekam/", file.path):
            continue
        for line, name, _ in file.includes:
            ours = name.startswith("rekam/") or _beside(tree, file, name)
            if not ours and (not STANDARD.match(name) or NOT_STANDARD.match(name)):
                yield Finding("public-header", file.path, line, f"{name}: a public header includes the standard library and "
                                                                "rekam/ only; hide the rest in a source file")


IMPURE_INCLUDE = re.compile(
    r"^(?:thread|mutex|shared_mutex|condition_variable|future|atomic|stop_token|semaphore|latch|barrier|chrono|ctime|time\.h|random|"
    r"fstream|iostream|filesystem|cstdio|stdio\.h|csignal|signal\.h|unistd\.h|fcntl\.h|poll\.h|pthread\.h|dlfcn\.h|sys/.*|netinet/.*|"
    r"arpa/.*|linux/.*|spdlog/.*|boost/(?:asio|dll|thread|filesystem|beast|process).*|zmq\.h.*|SQLiteCpp/.*|sqlite3\.h|openssl/.*|nettle/.*|"
    r"systemd/.*|CLI/.*|toml\+\+/.*|core/io/.*)$")
IMPURE_CALL = re.compile(
    r"\b(?:\w+_clock\s*::\s*now|std::(?:cout|cerr|clog|random_device|mt19937\w*|thread|mutex|this_thread)\b|"
    r"(?:clock_gettime|gettimeofday|getrandom|getentropy|arc4random|getenv|setenv|fopen|printf|fprintf|puts|getpid|usleep|nanosleep|"
    r"srand)\s*\()|(?<![\w.>:])(?:std::|::)?time\s*\(\s*(?:nullptr|NULL|0|&)|(?<![\w.>:])(?:std::|::)?rand(?:om)?\s*\(\s*\)|"
    r"std::clock\s*\(|"
    r"(?<![\w:])::(?:open|read|write|close|socket|send|recv|poll|fork|kill|ioctl)\s*\(|\bthread_local\b|\bvolatile\b")


def purity(tree):
    for folder, library in PURE_LIBRARIES.items():
        if f"{folder}/CMakeLists.txt" in tree.by_path and not _library_sources(tree, folder, library):
            yield Finding("purity", f"{folder}/CMakeLists.txt", 0, f"builds no {library}: then nothing says which part is pure")
    for file in (tree.by_path[path] for path in sorted(pure_paths(tree))):
        for line, name, _ in file.includes:
            if IMPURE_INCLUDE.match(name):
                yield Finding("purity", file.path, line, f"<{name}> in a pure part: what the outside does comes in as an event, "
                                                         "what is wanted from it goes out as an effect")
        for number, code in enumerate(file.code_lines, 1):
            if match := IMPURE_CALL.search(code):
                yield Finding("purity", file.path, number, f"{match[0].strip()} in a pure part: time, chance, files and threads "
                                                           "are events and effects")


RULES = [include_direction, include_root, public_header, purity]
