"""Text in one Unicode form: a letter and its accent are one character (NFC).

macOS writes file names, and some tools write text, as a letter followed by an accent (NFD), which
looks the same. All text is normalized to NFC before anything compares or hashes it.
"""

from __future__ import annotations

import json
import re
import unicodedata

#: A JSON string with its quotes. Possessive, or Python would keep 80 bytes for each character.
STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"')
_ASCII = bytes(range(128))
#: Non-ASCII text in which normalization cannot compose, reorder or replace any character.
_PLAIN = re.compile(
    r"[\u00a0-\u02ff\u0391-\u03c9\u0400-\u0481\u2010-\u20cf\u2190-\u2328\u232b-\u29ff"
    r"\u3001-\u3029\u3400-\u9fff\uac00-\ud7a3\uff01-\uffef]*"
)


def normal_form(text: str) -> str:
    """Return a text in the Unicode form NFC, where a letter with its accent is one character."""
    return unicodedata.normalize("NFC", text)


def normal_json(line: bytes) -> bytes:
    """Return JSON in UTF-8 with its strings and keys in NFC; everything else is unchanged."""
    if (b"\\" not in line or b"\\u" not in line) and (
        line.isascii() or _PLAIN.fullmatch(line.translate(None, _ASCII).decode())
    ):
        return line
    return normal_json_text(line.decode()).encode()


def normal_json_text(text: str) -> str:
    """Return a JSON text with its strings and keys in NFC; everything else is unchanged."""
    if "\\u" not in text and unicodedata.is_normalized("NFC", text):
        return text
    return STRING.sub(_normal_string, text)


def _normal_string(match: re.Match[str]) -> str:
    token = match[0]
    if token.isascii() and "\\u" not in token:
        return token
    try:
        text = json.loads(token)
    except ValueError:  # a control character; the parser of the line reports it
        return token
    normal = normal_form(text)
    return token if normal == text else json.dumps(normal, ensure_ascii=False)
