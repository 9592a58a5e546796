"""Looks at an archive of torch.export before torch does: nothing in it may be code.

torch.export.load unpickles what an archive says is pickled, evaluates the text of expressions and conditions, and takes
any function of torch for a step of the graph. So an archive is read only if it holds a graph of plain operators and
tensors as plain bytes: what `torch.export.save` writes of a module of torch's own layers.

The format: torch/export/pt2_archive/_package.py and torch/_export/serde/schema.py of torch 2.13.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from typing import Any

GRAPH, EXAMPLE = "models/model.json", "data/sample_inputs/model.pt"
CONFIGS = ("data/weights/model_weights_config.json", "data/constants/model_constants_config.json")
FILES = re.compile(
    r"data/weights/weight_\d+|data/constants/tensor_\d+|archive_format|archive_version|byteorder|version|"
    r"\.data/(?:version|serialization_id)|\.format_version|\.storage_alignment"
)
OPERATORS = re.compile(
    r"torch\.ops\.aten\.(?!from_file\b)\w+\.\w+|torch\.ops\.higher_order\.(?:wrap_with_set_grad_enabled|cond)|"
    r"torch\.sym_\w+|math\.(?:ceil|floor|trunc|sqrt)|"
    r"_operator\.(?:add|sub|mul|floordiv|truediv|mod|pow|neg|eq|ne|lt|le|gt|ge|and_|or_|not_|getitem)"
)
SYMBOL = r"Symbol\('[su]\d+'(?:, \w+=(?:True|False))*\)|L\['\w+'\]\.size\(\)\[\d+\]"
WORDS = r"(?:Integer|Mul|Add|Pow|Min|Max|FloorDiv|Mod|Eq|Ne|Lt|Le|Gt|Ge|And|Or|Not|and|or|not|true|false|[su]\d+)\b"
EXPRESSION = re.compile(rf"(?:{SYMBOL}|{WORDS}|\d+|[\s(),<>=!%*/+-])*")
SPEC_TYPES = re.compile(r'"(type|context)": (?!null\b|"null"|"\[\]"|"builtins\.(?:tuple|list|dict)")')


def check(content: bytes) -> bytes:
    """The pickled example input, which only a reader of tensors alone may read. Raises ValueError for what is no such
    archive, and for what might be code."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_files(archive)
            files = {entry.filename.partition("/")[2]: archive.read(entry) for entry in archive.infolist()}
        graph, *configs = (json.loads(files[name]) for name in (GRAPH, *CONFIGS))
        example = files[EXAMPLE]
    except (zipfile.BadZipFile, KeyError, ValueError, RuntimeError, NotImplementedError) as fault:
        raise ValueError(f"it is no archive of torch.export.save: {fault}") from None
    for config in configs:
        _check_tensors(config)
    _check_graph(graph)
    return example


def _check_files(archive: zipfile.ZipFile) -> None:
    seen: set[str] = set()
    for entry in archive.infolist():
        name = entry.filename.partition("/")[2]
        known = name in (GRAPH, EXAMPLE, *CONFIGS) or FILES.fullmatch(name)
        if not known or name in seen or entry.compress_type != zipfile.ZIP_STORED:
            raise ValueError(f"{entry.filename!r} in it is not what belongs there")
        seen.add(name)


def _check_tensors(config: Any) -> None:
    for name, told in config["config"].items():
        if told.get("use_pickle", True) or not told.get("tensor_meta"):
            raise ValueError(f"{name!r} in it is pickled; accepted are plain tensors")


def _check_graph(graph: Any) -> None:
    for key, value in _entries(graph):
        if key == "target" and not OPERATORS.fullmatch(value):
            raise ValueError(f"a step of its graph is {value!r}; accepted are torch's own operators (torch.ops.aten)")
        if key in ("expr_str", "guards_code") and not EXPRESSION.fullmatch(value):
            raise ValueError(f"a size in its graph is {value!r}, which is no expression of sizes")
        if key in ("in_spec", "out_spec") and SPEC_TYPES.search(value):
            raise ValueError(f"it takes or gives {value!r}; accepted is one tensor")
        if key == "custom_obj_values" and value:
            raise ValueError("it holds objects of another kind than tensors")


def _entries(value: Any) -> Iterator[tuple[str, Any]]:
    """Every key with its text, wherever it stands; a list of texts under a key counts for each."""
    if isinstance(value, dict):
        for key, inside in value.items():
            if isinstance(inside, str) or key == "custom_obj_values":
                yield key, inside
            elif isinstance(inside, list) and all(isinstance(each, str) for each in inside):
                yield from ((key, each) for each in inside)
            else:
                yield from _entries(inside)
    elif isinstance(value, list):
        for each in value:
            yield from _entries(each)
