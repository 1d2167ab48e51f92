# SPDX-License-Identifier: Apache-2.0
"""The pictures on a citizen's card of Utopia: the front as it is printed, and the small portrait in the chip."""
import io

from PIL import Image, ImageDraw, ImageFont

FONTS = "/usr/share/fonts/truetype/dejavu/DejaVu"
SIZE = (1011, 638)  # CR80 at 300 dpi
INK, SOFT, BAND = (20, 32, 58), (96, 108, 132), (24, 62, 110)
PORTRAIT = (672, 156, 954, 532)
TEXT_X = 300  # right of the chip's contacts (ISO 7816-2), which cover 120..262 by 225..337
CHIP_PORTRAIT = (150, 200)


def portrait(picture, box):
    """Head and shoulders, 3 by 4, around the face's box; box None: the middle."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    if box is None:
        box = {"x_px": image.width // 3, "y_px": image.height // 4, "width_px": image.width // 3,
               "height_px": image.height // 2}
    height = min(image.height, image.width * 4 // 3, box["height_px"] * 17 // 10)
    width = height * 3 // 4
    left = box["x_px"] + box["width_px"] // 2 - width // 2
    top = box["y_px"] + box["height_px"] * 11 // 20 - height // 2
    left, top = max(0, min(left, image.width - width)), max(0, min(top, image.height - height))
    return image.crop((left, top, left + width, top + height))


def front(face, box, signature, person):
    """PNG of the card's front; person: the fields of a machine-readable zone."""
    card = Image.new("RGB", SIZE)
    draw = ImageDraw.Draw(card)
    for y in range(SIZE[1]):
        draw.line([(0, y), (SIZE[0], y)], fill=(236 - y // 32, 241 - y // 40, 247 - y // 80))
    for ring in range(40, 640, 18):
        draw.ellipse([480 - ring, 360 - ring, 480 + ring, 360 + ring], outline=(218, 226, 236))
    draw.rectangle([0, 0, SIZE[0], 104], fill=BAND)
    draw.text((56, 30), "UTOPIA", font=_font("Sans-Bold", 44), fill="white")
    draw.text((954, 38), "CITIZEN CARD · KARTU WARGA", font=_font("Sans", 26), fill=(206, 220, 240), anchor="ra")
    rows = (("Name · Nama", f"{person['given_names']} {person['surname']}"), ("Number · Nomor", person["number"]),
            ("Born · Lahir", _date(person["birth_date"])), ("Valid to · Berlaku", _date(person["expiry_date"])))
    for row, (label, value) in enumerate(rows):
        draw.text((TEXT_X, 150 + 84 * row), label, font=_font("Sans", 20), fill=SOFT)
        draw.text((TEXT_X, 174 + 84 * row), value, font=_fitting(value, PORTRAIT[0] - TEXT_X - 24), fill=INK)
    size = (PORTRAIT[2] - PORTRAIT[0], PORTRAIT[3] - PORTRAIT[1])
    card.paste(portrait(face, box).resize(size, Image.LANCZOS), PORTRAIT[:2])
    draw.rectangle(PORTRAIT, outline=BAND, width=3)
    _sign(card, signature)
    return _bytes(card, "PNG", dpi=(300, 300))


def chip_picture(face, box):
    return _bytes(portrait(face, box).resize(CHIP_PORTRAIT, Image.LANCZOS), "JPEG", quality=70)


def _sign(card, signature):
    """The ink alone, in dark blue, along the lower edge."""
    strokes = Image.open(io.BytesIO(signature)).convert("L").point(lambda value: 255 - value)
    strokes = strokes.crop(strokes.getbbox() or (0, 0, 1, 1))
    strokes.thumbnail((330, 120), Image.LANCZOS)
    card.paste(BAND, (TEXT_X, 606 - strokes.height), strokes)


def _date(yymmdd):
    return f"{yymmdd[4:]}-{yymmdd[2:4]}-{yymmdd[:2]}"


def _fitting(text, width):
    """As large as there is room for."""
    for size in range(36, 12, -1):
        font = _font("Sans-Bold", size)
        if font.getlength(text) <= width:
            break
    return font


def _font(name, size):
    return ImageFont.truetype(f"{FONTS}{name}.ttf", size)


def _bytes(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()
