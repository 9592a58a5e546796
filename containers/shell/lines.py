"""The lines of many objects, one block after another, in little memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from containers.shell.clients import client
from containers.shell.errors import asking
from containers.shell.files import Listed, objects

CHUNK = 1 << 20
SMALL = 4 << 20
"""Objects up to this size are read whole and ahead of time; larger ones are streamed."""
AHEAD = 8
"""Small objects in flight, so at most AHEAD * SMALL bytes wait. An hour of capture is hundreds of small files, and
each costs a round trip."""
LONGEST_LINE = 32 << 20
"""A captured request holds two payloads of at most 6 MB each, as base64."""


def open_blocks(uri_prefixes: Iterable[str]) -> Iterator[bytes]:
    """Whole lines of every object below the prefixes, many at once.

    Prefixes are read in the order given, the objects of one in order of keys. A prefix without objects adds nothing.
    Raises ValueError for a line of more than LONGEST_LINE bytes.
    """
    yield from read_files(found for prefix in uri_prefixes for found in objects(prefix))


def list_files(uri_prefixes: Iterable[str]) -> list[Listed]:
    """Every object below the prefixes, in the order in which `open_blocks` reads them."""
    return [found for prefix in uri_prefixes for found in objects(prefix)]


def read_files(files: Iterable[Listed]) -> Iterator[bytes]:
    """Whole lines of objects that were listed; see `open_blocks`."""
    client("s3")  # made before the threads start: making one is not thread-safe
    with ThreadPoolExecutor(AHEAD, thread_name_prefix="read-ahead") as pool:
        waiting: deque[tuple[Listed, Future[bytes] | None]] = deque()
        try:
            for listed in files:
                waiting.append((listed, pool.submit(_whole, listed) if listed.size <= SMALL else None))
                if len(waiting) == AHEAD:
                    yield from _blocks(*waiting.popleft())
            while waiting:
                yield from _blocks(*waiting.popleft())
        finally:  # a caller that stops early does not wait for what it will not read
            pool.shutdown(wait=False, cancel_futures=True)


def _blocks(listed: Listed, whole: Future[bytes] | None) -> Iterator[bytes]:
    return whole_lines(_chunks(listed) if whole is None else iter((whole.result(),)), listed.uri)


def whole_lines(chunks: Iterable[bytes], uri: str) -> Iterator[bytes]:
    """A stream that arrives in chunks of any size, cut where lines end; only the last block may lack its line break.

    >>> list(whole_lines([b"a", b"b\\n\\nc\\r", b"\\nd"], "s3://x/y"))
    [b'ab\\n\\n', b'c\\r\\n', b'd']
    """
    rest: list[bytes] = []
    for chunk in chunks:
        end = chunk.rfind(b"\n") + 1
        if end:
            yield b"".join((*rest, chunk[:end]))
            rest = []
        rest.append(chunk[end:])
        if sum(map(len, rest)) > LONGEST_LINE:
            raise ValueError(f"{uri} holds a line of more than {LONGEST_LINE} bytes")
    if kept := b"".join(rest):
        yield kept


def _whole(listed: Listed) -> bytes:
    with asking(f"read {listed.uri}"):
        body: bytes = client("s3").get_object(Bucket=listed.bucket, Key=listed.key)["Body"].read()
        return body


def _chunks(listed: Listed) -> Iterator[bytes]:
    with asking(f"read {listed.uri}"):
        body = client("s3").get_object(Bucket=listed.bucket, Key=listed.key)["Body"]
        yield from body.iter_chunks(CHUNK)
