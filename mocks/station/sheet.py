# SPDX-License-Identifier: Apache-2.0
"""The contact sheet of a visit: everything that came out of it on one page that needs no other file."""
import base64
import html
import io
import os

from PIL import Image

_WIDTH_PX = 820  # of a picture on the page: the files beside it are whole
_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #7a8090; --good: #2e8b57; --bad: #c77700; --paper: #8881; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 78rem; padding: 0 1.25rem; }
h1 { font-size: 1.7rem; margin: 0; }
h2 { font-size: 1.15rem; margin: 2.2rem 0 .7rem; }
p.about { color: var(--soft); margin: .2rem 0 1.2rem; }
.times { border-radius: .5rem; display: flex; font-size: .75rem; gap: 2px; overflow: hidden; }
.times div { background: #3c6db044; flex-basis: 0; min-width: 4.8rem; padding: .35rem .5rem; white-space: nowrap; }
.times b { display: block; }
main { align-items: start; display: grid; gap: 1.1rem; grid-template-columns: repeat(auto-fill, minmax(17rem, 1fr)); }
main.card { grid-template-columns: minmax(0, 3fr) minmax(0, 5fr) minmax(0, 2fr); }
figure { border: 1px solid var(--line); border-radius: .6rem; margin: 0; overflow: hidden; }
figure.retaken { border-color: var(--bad); }
.picture { background: #fff; position: relative; }
.card .picture { background: var(--paper); }
img { display: block; height: auto; width: 100%; }
.box { border: 2px solid #2e8b57aa; border-radius: .3rem; color: #1d6b40; font-size: .7rem; position: absolute;
  text-align: right; }
figcaption { padding: .7rem .9rem; }
.quality { background: var(--good); border-radius: 1rem; color: #fff; float: right; font-size: .78rem; padding: 0 .6rem; }
.retaken .quality, .trouble { background: var(--bad); }
.trouble { border-radius: .4rem; color: #fff; font-size: .85rem; margin: .5rem 0; padding: .3rem .7rem; }
dl { display: grid; font-size: .8rem; gap: 0 .8rem; grid-template-columns: max-content 1fr; margin: .4rem 0 0; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
"""


def write_sheet(out, visit):
    """Writes index.html beside the files of a visit's record; returns its path."""
    person = visit["person"]
    steps = {step["step"]: step for step in visit["steps"]}
    name = f"{person['given_names']} {person['surname']}".title()
    figures = "\n".join(_figure(out, step, frame) for step in visit["steps"] for frame in step["frames"])
    frames = sum(len(step["frames"]) for step in visit["steps"])
    seconds = sum(step["duration_ms"] for step in visit["steps"]) / 1000
    about = (f"{visit['station']} · case {visit['case']} · {frames} pictures, one card, {seconds:.1f} s · "
             f"document {person['number']} of {person['issuer']}")
    text = (f'<!DOCTYPE html>\n<html lang="en">\n<meta charset="utf-8">\n'
            f'<meta name="viewport" content="width=device-width">\n<title>{_safe(name)}: a visit</title>\n'
            f"<style>{_STYLE}</style>\n<h1>{_safe(name)}</h1>\n<p class=\"about\">{_safe(about)}</p>\n"
            f"{_times(visit['steps'])}\n<h2>The person and the card</h2>\n{_card(out, steps)}\n"
            f"<h2>What was captured</h2>\n<main>\n{figures}\n</main>\n</html>\n")
    path = os.path.join(out, "index.html")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def _times(steps):
    return '<div class="times">' + "".join(
        f'<div style="flex-grow:{step["duration_ms"]}"><b>{_safe(step["title"])}</b>{step["duration_ms"] / 1000:.1f} s</div>'
        for step in steps) + "</div>"


def _card(out, steps):
    """The face that was kept, the card as it came out of the printer, and the portrait that its chip gave back."""
    face = [frame for frame in steps["face"]["frames"] if frame["kept"]][-1]
    card, back = steps["card"], steps["read-back"]
    troubles = "".join(f'<div class="trouble">{_safe(trouble["message"])}: done</div>' for trouble in card["troubles"])
    printed = {"serial": card["blank_serial"], "printer": card["device"],
               "card at": card["card_at"], "counter": card.get("counter_after"), "time": _seconds(card)}
    read = {"reader": back["device"], "ATR": back["atr"], "name": f"{back['chip']['given_names']} {back['chip']['surname']}",
            "time": _seconds(back)}
    parts = [("The person", _picture(out, face["file"]), _facts(_known(face)), ""),
             ("The card, as it came out", _picture(out, card["printed"]), _facts(printed), troubles),
             ("What the chip says", _picture(out, back["picture"]), _facts(read), "")]
    return '<main class="card">' + "".join(
        f'<figure><div class="picture">{picture}</div><figcaption><strong>{title}</strong>{more}{facts}</figcaption></figure>'
        for title, picture, facts, more in parts) + "</main>"


def _figure(out, step, frame):
    scores = [quality["score"] for quality in frame.get("quality", [])]
    reasons = [reason for quality in frame.get("quality", []) for reason in quality.get("reasons", [])]
    badge = f'<span class="quality">{_safe(", ".join([str(min(scores)), *reasons]))}</span>' if scores else ""
    facts = {**_known(frame), "time": _seconds(step) if frame["kept"] else None,
             "excepted": ", ".join(f"{one['subject']} ({one['reason']})" for one in step.get("excepted", [])) or None,
             "retaken": None if frame["kept"] else f"try {frame['attempt']} was not good enough"}
    boxes = "".join(_box(finger, frame) for finger in step.get("fingers", []) if "box" in finger)
    alone = sum(one["kept"] for one in step["frames"]) == 1
    title = step["title"] if alone else f"{step['title']}: {frame['subject'].rpartition('.')[2]}"
    return (f'<figure{"" if frame["kept"] else " class=retaken"}><div class="picture">{_picture(out, frame["file"])}{boxes}</div>'
            f"<figcaption>{badge}<strong>{_safe(title)}</strong>{_facts(facts)}</figcaption></figure>")


def _known(frame):
    size = f"{frame['width_px']} × {frame['height_px']} px"
    return {"file": frame["file"], "size": size + (f", {frame['dpi_x']} dpi" if "dpi_x" in frame else ""),
            "device": " ".join(frame["device"].get(key, "") for key in ("make", "model")), "id": frame["device"]["id"],
            "hash": frame["hash"][:19] + "…"}


def _box(finger, frame):
    """Where the device found a finger, in percent of the picture."""
    box = finger["box"]
    place = {"left": box["x_px"] / frame["width_px"], "top": box["y_px"] / frame["height_px"],
             "width": box["width_px"] / frame["width_px"], "height": box["height_px"] / frame["height_px"]}
    style = ";".join(f"{key}:{100 * value:.1f}%" for key, value in place.items())
    return f'<span class="box" style="{style}" title="{_safe(finger["position"])}">{finger.get("quality", "")}&nbsp;</span>'


def _picture(out, name):
    """A picture for the page as a data URI: no larger than it is shown."""
    image = Image.open(os.path.join(out, name))
    image.thumbnail((_WIDTH_PX, _WIDTH_PX), Image.LANCZOS)
    data = io.BytesIO()
    kind = "PNG" if image.mode == "RGBA" else "JPEG"  # a card has corners
    (image if kind == "PNG" else image.convert("RGB")).save(data, kind, quality=85, optimize=True)
    return f'<img alt="{_safe(name)}" src="data:image/{kind.lower()};base64,{base64.b64encode(data.getvalue()).decode()}">'


def _facts(facts):
    known = [(key, value) for key, value in facts.items() if value is not None]
    return "<dl>" + "".join(f"<dt>{_safe(key)}</dt><dd>{_breakable(value)}</dd>" for key, value in known) + "</dl>"


def _seconds(step):
    return f"{step['duration_ms'] / 1000:.1f} s"


def _breakable(value):
    """Long ids wrap after a slash."""
    return _safe(value).replace("/", "/<wbr>")


def _safe(value):
    return html.escape(str(value), quote=True)
