# SPDX-License-Identifier: Apache-2.0 OR MIT
"""The one exception of the client."""

_OPTIONAL = ("hint", "slot", "device", "job", "path", "vendor_code", "holder", "remaining_ms", "position", "retry_ms",
             "versions", "station_epoch", "exceptions", "card_at")


class Error(Exception):
    """A refusal or a failure, with everything that the station said about it.

    code      what happened: a word of the protocol's closed list, or one of the client's own (`local` is then true):
              no-station (nobody answers), no-answer (the request went out and its answer was never seen),
              bad-frame (bytes that do not match their record), bad-request (an argument that cannot be sent)
    class_    who can mend it: caller operator technician vendor system
    retry     now later after-fix never
    effect    none done unknown: what has happened in the world
    message   English, without personal data
    The optional fields (hint slot device job path vendor_code holder remaining_ms position retry_ms versions
    station_epoch exceptions card_at) are None when the station did not send them. `body` is the error as it came.
    """

    def __init__(self, body, op=None, local=False):
        self.body = dict(body)
        self.op = op
        self.local = local
        self.code = str(body.get("code", "internal"))
        self.class_ = str(body.get("class", "system"))
        self.retry = str(body.get("retry", "never"))
        self.effect = str(body.get("effect", "unknown"))
        self.message = str(body.get("message", ""))
        for name in _OPTIONAL:
            setattr(self, name, body.get(name))
        super().__init__(self.message)

    def __str__(self):
        text = f"{self.code}: {self.message}" if self.message else self.code
        if self.holder:
            who = self.holder.get("client", "?")
            if self.holder.get("operator"):
                who += f" ({self.holder['operator']})"
            text += f" [held by {who}"
            text += f", {self.remaining_ms / 1000:.0f} s left]" if self.remaining_ms is not None else "]"
        return text


def local_error(code, message, *, op=None, class_="system", retry="later", effect="none", **extra):
    """An error that the client itself found."""
    body = {"code": code, "class": class_, "retry": retry, "effect": effect, "message": message}
    body.update(extra)
    return Error(body, op, local=True)
