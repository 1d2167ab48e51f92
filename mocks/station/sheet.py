# SPDX-License-Identifier: Apache-2.0
"""A page to look at: the frames of one capture with what is known of them, everything in one file."""
import base64
import html
import os

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #888; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; }
h1 { font-size: 1.4rem; margin-bottom: 0; }
p.about { color: var(--soft); margin-top: .2rem; }
main { display: grid; gap: 1.5rem; grid-template-columns: repeat(auto-fit, minmax(18rem, 1fr)); }
figure { border: 1px solid var(--line); border-radius: .5rem; margin: 0; overflow: hidden; }
img { background: #fff; display: block; height: auto; width: 100%; }
figcaption { padding: .75rem 1rem; }
dl { display: grid; font-size: .85rem; gap: .1rem 1rem; grid-template-columns: max-content 1fr; margin: .5rem 0 0; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
"""


def write_sheet(out, station, result):
    """Writes index.html into `out`; returns its path."""
    about = f"job {result.job} · case {result.case} · attempt {result.attempt} · station epoch {station.epoch}"
    figures = "\n".join(_figure(frame) for frame in result.frames)
    text = (f'<!DOCTYPE html>\n<html lang="en">\n<meta charset="utf-8">\n'
            f'<meta name="viewport" content="width=device-width">\n'
            f"<title>{_safe(station.name)}: {len(result.frames)} pages</title>\n<style>{_STYLE}</style>\n"
            f"<h1>{_safe(station.name)}: {len(result.frames)} pages from slot {_safe(result.slot)}</h1>\n"
            f'<p class="about">{_safe(about)}</p>\n<main>\n{figures}\n</main>\n</html>\n')
    path = os.path.join(out, "index.html")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def _figure(frame):
    name = f"Page {frame.page or frame.index + 1}"
    picture = base64.b64encode(frame.data).decode()
    facts = {"size": f"{frame.width_px} × {frame.height_px} px, {frame.bits} bit × {frame.channels}",
             "resolution": f"{frame.dpi_x} × {frame.dpi_y} dpi" if frame.dpi_x and frame.dpi_y else None,
             "side": frame.side, "bytes": f"{frame.bytes:,}", "hash": frame.hash, "frame": frame.frame,
             "exposed": f"{frame.exposure.mono_us} µs ({frame.exposure.basis})",
             "device": " ".join(filter(None, (frame.device.make, frame.device.model, frame.device.id)))}
    rows = "".join(f"<dt>{_safe(key)}</dt><dd>{_safe(value)}</dd>" for key, value in facts.items() if value)
    return (f'<figure><img alt="{name}" src="data:{_safe(frame.format)};base64,{picture}">'
            f"<figcaption><strong>{name}</strong><dl>{rows}</dl></figcaption></figure>")


def _safe(value):
    return html.escape(str(value), quote=True)
