"""Whether an answer is whole. A proxy can send one that broke off as a complete one. JSON that is not whole cannot be
read; these are the other formats."""

from __future__ import annotations


def export(text: bytes) -> bool:
    """Whether the last line marks the end: in NDJSON an object with end, in CSV a row that begins with end."""
    return text.endswith(b"\n") and text.rstrip(b"\r\n").rpartition(b"\n")[2].startswith((b"end,", b'{"end":true,'))


def html(widget: bytes) -> bool:
    """Whether every element of a widget is closed."""
    opened = widget.count(b"<div")
    return opened > 0 and opened == widget.count(b"</div>")


def edf(file: bytes) -> bool:
    """Whether a file is as long as its header says: the header, and each signal's samples in each data record."""

    def number(at: int, width: int) -> int:
        text = file[at : at + width].strip()
        return int(text) if text.isdigit() else 0  # 0 behind the end of the file

    signals = number(252, 4)
    samples = sum(number(256 + 216 * signals + 8 * i, 8) for i in range(signals))
    return len(file) > 0 and len(file) == number(184, 8) + number(236, 8) * 2 * samples


def pdf(document: bytes) -> bool:
    """Whether a document ends as a PDF does."""
    return document.rstrip().endswith(b"%%EOF")
