# SPDX-License-Identifier: Apache-2.0
"""Rules about what may include what, and what the pure parts may not know."""

import posixpath
import re

from tree import Finding

PURE = ("core/model", "core/wire", "core/broker")
# Parts of an executable's folder that are pure: a folder of that name, or files that start with it.
PURE_PARTS = re.compile(r"^core/(?:gate/table|host/loop)(?:/|[_.])")

# Folder -> what of this tree it may include beside itself. The first entry that matches a file decides.
DIRECTIONS = [
    (r"core/base/", []),
    (r"core/model/", ["core/base"]),
    (r"core/wire/", ["core/base", "core/model"]),
    (r"core/broker/", ["core/base", "core/model", "core/wire"]),
    (r"core/io/", ["core/base"]),
    (r"core/gate/table(?:/|[_.])", ["core/base", "core/model", "core/wire", "core/gate/table"]),
    (r"core/host/loop(?:/|[_.])", ["core/base", "core/model", "core/wire", "core/host/loop"]),
    (r"core/gate/", ["core/base", "core/model", "core/wire", "core/io"]),
    (r"core/host/", ["core/base", "core/model", "core/wire", "core/io", "rekam/plugin"]),
    (r"core/rekamd/", ["core/base", "core/model", "core/wire", "core/broker", "core/io"]),
    # An ordinary client: no back doors.
    (r"core/ctl/", ["core/base", "rekam/client"]),
    (r"sdk/plugin/", ["rekam/plugin", "rekam/ext"]),
    (r"sdk/client/", ["rekam/client"]),
    (r"mocks/devices/", ["rekam/plugin", "rekam/ext"]),
    (r"mocks/", ["rekam/client", "rekam/plugin", "rekam/ext"]),
    (r"plugins/[^/]+/tests/", ["rekam", "plugins", "core", "tests"]),
    (r"plugins/[^/]+/", ["rekam/plugin", "rekam/ext", "plugins/usb", "plugins/raster"]),
]
OURS = re.compile(r"^(?:core|sdk|plugins|mocks|tests|rekam)/")


def include_direction(tree):
    for file in tree.files:
        allowed = next((a for pattern, a in DIRECTIONS if re.match(pattern, file.path)), None)
        if not file.is_cpp or allowed is None:
            continue
        for line, name, _ in file.includes:
            if OURS.match(name) and not _may(file.path, name, allowed):
                yield Finding("include-direction", file.path, line,
                              f"{name} is not below this folder; it may include itself and {', '.join(allowed) or 'no other'}: "
                              "move the shared part down, or hand it in")


def _may(path, name, allowed):
    own = path.rpartition("/")[0]
    if re.match(r"core/(?:gate/table|host/loop)(?:/|[_.])", path):
        own = ""  # the rest of its folder is not pure
    own = re.match(r"(?:plugins|mocks/devices|core)/[^/]+|sdk/(?:plugin|client)|mocks/[^/]+|", own)[0]
    prefixes = [own] if own else []
    return any(name == p or name.startswith((p + "/", p + ".", p + "_")) for p in prefixes + allowed)


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
    r"arpa/.*|linux/.*|spdlog/.*|boost/(?:asio|dll|thread|filesystem|beast|process).*|zmq\.h.*|SQLiteCpp/.*|sqlite3\.h|openssl/.*|"
    r"systemd/.*|CLI/.*|toml\+\+/.*|core/io/.*)$")
IMPURE_CALL = re.compile(
    r"\b(?:\w+_clock\s*::\s*now|std::(?:cout|cerr|clog|random_device|mt19937\w*|thread|mutex|this_thread)\b|"
    r"(?:clock_gettime|gettimeofday|getrandom|getentropy|arc4random|getenv|setenv|fopen|printf|fprintf|puts|getpid|usleep|nanosleep|"
    r"srand)\s*\()|(?<![\w.>:])(?:std::|::)?time\s*\(\s*(?:nullptr|NULL|0|&)|(?<![\w.>:])(?:std::|::)?rand(?:om)?\s*\(\s*\)|"
    r"std::clock\s*\(|"
    r"(?<![\w:])::(?:open|read|write|close|socket|send|recv|poll|fork|kill|ioctl)\s*\(|\bthread_local\b|\bvolatile\b")


def purity(tree):
    for file in tree.files:
        if not file.is_cpp or not (file.under(*PURE) or PURE_PARTS.match(file.path)):
            continue
        for line, name, _ in file.includes:
            if IMPURE_INCLUDE.match(name):
                yield Finding("purity", file.path, line, f"<{name}> in a pure part: what the outside does comes in as an event, "
                                                         "what is wanted from it goes out as an effect")
        for number, code in enumerate(file.code_lines, 1):
            if match := IMPURE_CALL.search(code):
                yield Finding("purity", file.path, number, f"{match[0].strip()} in a pure part: time, chance, files and threads "
                                                           "are events and effects")


RULES = [include_direction, include_root, public_header, purity]
