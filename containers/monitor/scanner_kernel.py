"""The compiled part of `scanner`: what a line must look like, byte by byte.

Every function returns the position behind what it found, or -1. All of them stand in this one file because numba's
cache notices only changes of the file that a compiled caller stands in.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from core.statistics.keys import LONGEST, OFFSET, PRIME

_compiled = njit(cache=True, _nrt=False)  # type: ignore[call-overload]
"""Without counting references: every array is the caller's, nothing is allocated here, and a count that goes up and
down with every cell takes a third of the time. (A function that would need it does not compile.)"""
_inlined = njit(cache=True, _nrt=False, inline="always")  # type: ignore[call-overload]
FULL = -2
"""In place of a position or a number of rows: they do not fit into this part any more."""
_EXACT = 1 << 53
_POWERS = 10.0 ** np.arange(23)
"""Powers of ten that a 64-bit number holds exactly."""
_DIGITS = 19
"""Of a number's mantissa: as many fit into 64 bits."""
_DOUBT = 2.0**-50
"""A mantissa of more than 53 bits is rounded twice: where a change by this share reaches another 32-bit number, the
line is left to the other reader."""


def _literal(text: bytes) -> NDArray[np.uint8]:
    return np.frombuffer(text, np.uint8)


_CAPTURE, _INPUT, _OUTPUT = _literal(b'"captureData"'), _literal(b'"endpointInput"'), _literal(b'"endpointOutput"')
_TYPE, _MODE, _DATA = _literal(b'"observedContentType"'), _literal(b'"mode"'), _literal(b'"data"')
_ENCODING, _CSV = _literal(b'"encoding"'), _literal(b'"CSV"')
_META, _VERSION, _RETURN = _literal(b'"eventMetadata"'), _literal(b'"eventVersion"'), _literal(b"\r\n")
_PRIME, _OFFSET = np.uint64(PRIME), np.uint64(OFFSET)
_EVENT_ID, _INFERENCE_ID, _TIME = (
    np.frombuffer(name, np.uint8) for name in (b'"eventId"', b'"inferenceId"', b'"inferenceTime"')
)


@_compiled
def scan_lines(  # type: ignore[no-untyped-def]
    text, here, width, count, kept, first, rows, at, event, join, values, answers, start, end, turn, classes, notes
):
    """Read on into a part that holds `count` requests with `kept` rows: where to go on, requests, rows, lines left.

    A line that was not read is left to the caller, between `start` and `end`, with how many requests of the part were
    read before its `turn`. The part is full, or there are as many
    of these as are asked for, where the text goes on. `notes` are 16 numbers to work with.
    """
    left, size = 0, len(text)
    ids, known = notes[:3], notes[3:9]
    known[:] = 0
    while here < size and count < len(first) and left < len(start):
        behind, made = _line(
            text, here, size, width, kept, values, answers, classes, ids, event, join, at, count, known
        )
        if behind == FULL and kept:
            break
        stop = behind if behind >= 0 else here
        while stop < size and text[stop] != 10:
            stop += 1
        if behind >= 0:
            first[count], rows[count] = kept, made
            count, kept = count + 1, kept + made
        elif stop > here + (stop > here and text[stop - 1] == 13):
            start[left], end[left], turn[left] = here, stop, count
            left += 1
        here = stop + 1
    return here, count, kept, left


@_compiled
def _line(text, start, end, width, kept, values, said, classes, ids, event, join, at, line, known):  # type: ignore[no-untyped-def]
    """Where the line ends, and its rows; FULL where these do not fit, another negative number where its form differs.

    `known` holds where the last line that was read had the texts before its two payloads and its metadata, and how
    long they were: the same bytes need not be taken apart again.
    """
    here = start + known[1] if _same(text, start, end, known[0], known[1]) else _before_input(text, start, end)
    before = here - start
    here, rows = request_cells(text, here, end, width, kept, values)
    first_end = here
    here = here + known[3] if _same(text, here, end, known[2], known[3]) else _before_output(text, here, end)
    between = here - first_end
    here, answers = answer_cells(text, here, end, kept, rows, said, classes)
    second_end = here
    here = here + known[5] if _same(text, here, end, known[4], known[5]) else _before_metadata(text, here, end)
    behind = here - second_end
    here = metadata(text, here, end, ids, event, join, at, line)
    here = member(text, comma(text, here, end), end, _VERSION)
    here, _, _ = plain_text(text, here, end)
    here = blanks(text, closing(text, here, end), end)
    if rows == FULL:
        return FULL, 0
    if here < 0 or rows != answers or not (here == end or text[here] == 10 or matches(text, here, end, _RETURN)):
        return -1, 0
    known[0], known[1], known[2], known[3], known[4], known[5] = start, before, first_end, between, second_end, behind
    return here, rows


@_compiled
def _same(text, here, end, other, length):  # type: ignore[no-untyped-def]
    """Whether the same bytes stand here; nothing is the same as no bytes. Without an early end, so that it is quick."""
    if length <= 0 or here < 0 or here + length > end:
        return False
    different = np.uint8(0)
    one, two = text[here : here + length], text[other : other + length]
    for offset in range(length):
        different |= one[offset] ^ two[offset]
    return different == 0


@_compiled
def _before_input(text, here, end):  # type: ignore[no-untyped-def]
    here = member(text, opening(text, here, end), end, _CAPTURE)
    here = member(text, opening(text, here, end), end, _INPUT)
    return _payload(text, here, end)


@_compiled
def _before_output(text, here, end):  # type: ignore[no-untyped-def]
    here = member(text, comma(text, _payload_end(text, here, end), end), end, _OUTPUT)
    return _payload(text, here, end)


@_compiled
def _before_metadata(text, here, end):  # type: ignore[no-untyped-def]
    here = closing(text, _payload_end(text, here, end), end)
    return opening(text, member(text, comma(text, here, end), end, _META), end)


@_compiled
def _payload(text, here, end):  # type: ignore[no-untyped-def]
    """To the first character of the data."""
    here = member(text, opening(text, here, end), end, _TYPE)
    here, _, _ = plain_text(text, here, end)
    here = member(text, comma(text, here, end), end, _MODE)
    here, _, _ = plain_text(text, here, end)
    here = member(text, comma(text, here, end), end, _DATA)
    return here + 1 if 0 <= here < end and text[here] == 34 else -1


@_compiled
def _payload_end(text, here, end):  # type: ignore[no-untyped-def]
    here = member(text, comma(text, here, end), end, _ENCODING)
    if not matches(text, here, end, _CSV):
        return -1
    return closing(text, here + len(_CSV), end)


@_compiled
def request_cells(text, here, end, width, kept, values):  # type: ignore[no-untyped-def]
    """Behind the data, and its rows; every row has `width` cells."""
    rows, column = 0, 0
    if here < 0:
        return -1, 0
    while True:
        if here >= end or column >= width:
            return -1, 0
        if kept + rows >= len(values):
            return -1, FULL
        if _ends(text, here):
            if width == 1:  # an empty body has no row, and where one ends is for the other reader to say
                return -1, 0
            values[kept + rows, column] = np.nan
        else:
            here, number = _number(text, here, end)
            if here < 0:
                return -1, 0
            rounded = np.float32(number)
            if np.isinf(rounded):
                return -1, 0
            values[kept + rows, column] = rounded + 0.0
        column += 1
        if text[here] == 44:
            here += 1
            continue
        if column != width:
            return -1, 0
        rows, column = rows + 1, 0
        here, more = _row_end(text, here, end)
        if not more:
            return here, rows


@_compiled
def answer_cells(text, here, end, kept, rows, said, classes):  # type: ignore[no-untyped-def]
    """Behind the data, and its rows: each a label, a comma and a probability; of more than two `classes` the label and
    a probability of each, of none a score."""
    count = 0
    if here < 0:
        return -1, 0
    while count < rows:
        if classes == 0:
            here, number = _number(text, here, end)
            if here < 0 or np.isinf(np.float32(number)):
                return -1, 0
        elif classes > 2:
            here, number = _class_cells(text, here, end, classes)
            if here < 0:
                return -1, 0
        else:
            while here < end and text[here] != 44:
                if text[here] < 32 or text[here] > 126 or text[here] == 92 or text[here] == 34:
                    return -1, 0
                here += 1
            here, number = _number(text, here + 1, end)
            if here < 0 or not 0 <= number <= 1:
                return -1, 0
        said[kept + count] = np.float32(number) + 0.0
        count += 1
        here, more = _row_end(text, here, end)
        if not more:
            return here, count
    return -1, 0


@_compiled
def _class_cells(text, here, end, classes):  # type: ignore[no-untyped-def]
    """Behind a class and the probabilities of all, and the class."""
    here, label = _number(text, here, end)
    if here < 0 or not 0 <= label < classes or label != np.floor(label):
        return -1, 0.0
    for _ in range(classes):
        if here >= end or text[here] != 44:
            return -1, 0.0
        here, number = _number(text, here + 1, end)
        if here < 0 or not 0 <= number <= 1:
            return -1, 0.0
    return here, label


@_inlined
def _ends(text, here):  # type: ignore[no-untyped-def]
    """Whether a cell ends here: at a comma, a quotation mark or an escape."""
    return text[here] == 44 or text[here] == 34 or text[here] == 92


@_inlined
def _row_end(text, here, end):  # type: ignore[no-untyped-def]
    """Behind a row's end; whether another row follows. The last one may end with a line break of its own."""
    if here >= end:
        return -1, False
    if text[here] == 92:
        if here + 2 >= end or text[here + 1] != 110:
            return -1, False
        here += 2
        if text[here] != 34:
            return here, True
    return (blanks(text, here + 1, end), False) if text[here] == 34 else (-1, False)


@_inlined
def _number(text, here, end):  # type: ignore[no-untyped-def]
    """Behind a number, and its value. It ends where a cell ends."""
    if here >= end:
        return -1, 0.0
    sign = 1.0
    if text[here] == 45 or text[here] == 43:
        sign = -1.0 if text[here] == 45 else 1.0
        here += 1
    start = here
    while here < end and text[here] == 48:
        here += 1
    mantissa, whole = np.uint64(0), here
    while here < end and np.uint8(text[here] - 48) < 10:
        mantissa = mantissa * np.uint64(10) + np.uint64(text[here] - 48)
        here += 1
    digits, scale, seen = here - whole, 0, here > start
    if here < end and text[here] == 46:
        here += 1
        fraction = here
        if digits == 0:
            while here < end and text[here] == 48:
                here += 1
        zeros = here
        while here < end and np.uint8(text[here] - 48) < 10:
            mantissa = mantissa * np.uint64(10) + np.uint64(text[here] - 48)
            here += 1
        digits += here - zeros
        scale, seen = fraction - here, seen or here > fraction
    if not seen or digits > _DIGITS or here >= end:
        return -1, 0.0
    if text[here] == 101 or text[here] == 69:
        here, exponent = _exponent(text, here + 1, end)
        if here < 0:
            return -1, 0.0
        scale += exponent
    if here >= end or not _ends(text, here) or scale < -22 or scale > 22:
        return -1, 0.0
    value = mantissa / _POWERS[-scale] if scale < 0 else mantissa * _POWERS[scale]
    if mantissa > _EXACT and np.float32(value * (1 - _DOUBT)) != np.float32(value * (1 + _DOUBT)):
        return -1, 0.0
    return here, sign * value


@_compiled
def _exponent(text, here, end):  # type: ignore[no-untyped-def]
    sign, found, seen = 1, 0, False
    if here < end and (text[here] == 45 or text[here] == 43):
        sign = -1 if text[here] == 45 else 1
        here += 1
    while here < end and 48 <= text[here] <= 57 and found < 1000:
        found = found * 10 + (text[here] - 48)
        seen = True
        here += 1
    return (here, sign * found) if seen else (-1, 0)


@_compiled
def metadata(text, here, end, ids, event, join, at, line):  # type: ignore[no-untyped-def]
    """Event id and time, and the inference id where there is one, in any order; each once."""
    ids[:] = 0
    while here >= 0:
        if matches(text, here, end, _TIME):
            here, start, stop = plain_text(text, member(text, here, end, _TIME), end)
            at[line], sound = _time(text, start, stop)
            ids[2] += 1 if here >= 0 and sound else 2
        elif matches(text, here, end, _EVENT_ID):
            here, start, stop = plain_text(text, member(text, here, end, _EVENT_ID), end)
            event[line] = _key(text, start, stop)
            ids[0] += 1 if 0 < stop - start <= LONGEST else 2
        else:
            here, start, stop = plain_text(text, member(text, here, end, _INFERENCE_ID), end)
            join[line] = _key(text, start, stop)
            ids[1] += 1 if 0 < stop - start <= LONGEST else 2
        if 0 <= here < end and text[here] == 44:
            here = blanks(text, here + 1, end)
            continue
        break
    if ids[0] != 1 or ids[1] > 1 or ids[2] != 1:
        return -1
    if ids[1] == 0:
        join[line] = event[line]
    return closing(text, here, end)


@_compiled
def _key(text, start, stop):  # type: ignore[no-untyped-def]
    state = _OFFSET
    for here in range(start, stop):
        state = (state ^ np.uint64(text[here])) * _PRIME
    return state


@_compiled
def _two(text, here):  # type: ignore[no-untyped-def]
    """A number of two digits; -1 where there is none."""
    tens, ones = text[here], text[here + 1]
    return (tens - 48) * 10 + (ones - 48) if 48 <= tens <= 57 and 48 <= ones <= 57 else -1


@_compiled
def _time(text, start, stop):  # type: ignore[no-untyped-def]
    """Microseconds since 1970 of yyyy-mm-ddThh:mm:ss with up to six further digits and Z; and whether it is one."""
    if stop - start < 20 or stop - start > 27 or text[stop - 1] != 90:
        return 0, False
    marks = text[start + 4] == 45 and text[start + 7] == 45 and text[start + 10] == 84
    if not marks or text[start + 13] != 58 or text[start + 16] != 58:
        return 0, False
    century, year, month, day = _two(text, start), _two(text, start + 2), _two(text, start + 5), _two(text, start + 8)
    hour, minute, second = _two(text, start + 11), _two(text, start + 14), _two(text, start + 17)
    if not (century > 0 and year >= 0 and 1 <= month <= 12 and 1 <= day <= 28 + (month != 2) * 2):
        return 0, False  # the 31st of a month and the 29th of February are left to the other reader
    if not (0 <= hour < 24 and 0 <= minute < 60 and 0 <= second < 60):
        return 0, False
    micro, unit = 0, 100_000
    if stop - start > 20:
        if text[start + 19] != 46 or stop - start == 21:
            return 0, False
        for here in range(start + 20, stop - 1):
            if not 48 <= text[here] <= 57:
                return 0, False
            micro += (text[here] - 48) * unit
            unit //= 10
    full = century * 100 + year
    days = _days(full, month, day)
    return (((days * 24 + hour) * 60 + minute) * 60 + second) * 1_000_000 + micro, True


@_compiled
def _days(year, month, day):  # type: ignore[no-untyped-def]
    """Days since 1970 (Hinnant, chrono-compatible low-level date algorithms: years begin in March)."""
    year -= month <= 2
    era = year // 400
    of_era = year - era * 400
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468


@_inlined
def blanks(text, here, end):  # type: ignore[no-untyped-def]
    if here < 0:
        return here
    while here < end and (text[here] == 32 or text[here] == 9):
        here += 1
    return here


@_compiled
def _mark(text, here, end, mark):  # type: ignore[no-untyped-def]
    """Behind one mark with blanks around it; -1 where it is not there, as in all functions here."""
    here = blanks(text, here, end)
    if here < 0 or here >= end or text[here] != mark:
        return -1
    return blanks(text, here + 1, end)


@_compiled
def opening(text, here, end):  # type: ignore[no-untyped-def]
    return _mark(text, here, end, 123)


@_compiled
def closing(text, here, end):  # type: ignore[no-untyped-def]
    return _mark(text, here, end, 125)


@_compiled
def comma(text, here, end):  # type: ignore[no-untyped-def]
    return _mark(text, here, end, 44)


@_compiled
def matches(text, here, end, literal):  # type: ignore[no-untyped-def]
    if here < 0 or here + len(literal) > end:
        return False
    for offset in range(len(literal)):  # noqa: SIM110 - compiled, where `all` is slower
        if text[here + offset] != literal[offset]:
            return False
    return True


@_compiled
def member(text, here, end, name):  # type: ignore[no-untyped-def]
    """Behind the colon of a member."""
    return _mark(text, here + len(name), end, 58) if matches(text, here, end, name) else -1


@_compiled
def plain_text(text, here, end):  # type: ignore[no-untyped-def]
    """Behind a plain text, and where it starts and ends."""
    if here < 0 or here >= end or text[here] != 34:
        return -1, 0, 0
    start = here + 1
    here = start
    while here < end and text[here] != 34:
        if text[here] < 32 or text[here] > 126 or text[here] == 92:
            return -1, 0, 0
        here += 1
    if here >= end:
        return -1, 0, 0
    return blanks(text, here + 1, end), start, here
