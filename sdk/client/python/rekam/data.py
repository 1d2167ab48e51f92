# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Memory that the station hands to programs on its own machine: frames by ticket, and live pictures in shared buffers."""
import fcntl
import json
import mmap
import os
import socket
import stat

from .errors import Error, local_error

_PACKET_BYTES = 256 * 1024
_DESCRIPTORS = 16
_ANSWER_S = 10.0  # the station answers at once, or not at all
# linux/fcntl.h; Python names only some of them.
_SEAL, _SHRINK, _GROW, _WRITE, FUTURE_WRITE = 0x1, 0x2, 0x4, 0x8, 0x10


def sealed_bytes(descriptor, write=_WRITE):
    """The size of memory that nobody can cut or change (write: or none but who made it); raises Error for any other."""
    wanted = write | _SHRINK | _GROW | _SEAL
    try:
        seals = fcntl.fcntl(descriptor, fcntl.F_GET_SEALS)
    except OSError:
        seals = 0
    facts = os.fstat(descriptor)
    if seals & wanted != wanted or not stat.S_ISREG(facts.st_mode):
        raise local_error("bad-frame", "the station handed out memory that others could change", class_="vendor", retry="now")
    return facts.st_size


class DataSocket:
    """A connection where one ticket was shown. Raises OSError where there is no socket, Error where it was refused."""

    def __init__(self, path, ticket):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            self._socket.settimeout(_ANSWER_S)
            self._socket.connect(path)
            self.say({"ticket": ticket})
            self.record, self.descriptors = self.hear()
        except BaseException:
            self._socket.close()
            raise

    def say(self, request):
        try:
            self._socket.send(json.dumps(request).encode())
        except OSError as error:
            raise local_error("no-answer", f"the data socket takes nothing: {error}") from error

    def hear(self, timeout_s=_ANSWER_S):
        """One packet, as (dict, [descriptors]). Raises TimeoutError, and Error for a refusal or the end."""
        self._socket.settimeout(timeout_s)
        try:
            data, descriptors, _, _ = socket.recv_fds(self._socket, _PACKET_BYTES, _DESCRIPTORS, socket.MSG_CMSG_CLOEXEC)
        except ConnectionError:
            data = b""
        if not data:
            raise local_error("no-answer", "the station ended the connection to its data socket")
        record = json.loads(data)
        if record.get("ok") is False:
            raise Error(record["error"], "ticket")
        return record, descriptors

    def close(self):
        """What was handed out is charged to the session until then."""
        self._socket.close()

    def shutdown(self):
        """From another thread: ends a hear that waits."""
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # it has ended


def fetch(path, ticket):
    """The bytes of the frame that the ticket is for."""
    connection = DataSocket(path, ticket)
    try:
        descriptor, = connection.descriptors
        try:
            size = sealed_bytes(descriptor)
            if size == 0:
                return b""
            with mmap.mmap(descriptor, size, prot=mmap.PROT_READ) as mapped:
                return mapped[:]
        finally:
            os.close(descriptor)
    finally:
        connection.close()
