"""Between NumPy and Arrow through their buffers.

``pyarrow.array`` and ``to_numpy`` import pandas on their first call, 0.6 s that a run does not need;
these few functions do not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


def numbers(values: Any, kind: Any) -> pa.Array:
    """An array of ``kind``, an Arrow integer or float, without nulls."""
    array = np.ascontiguousarray(values, kind.to_pandas_dtype())
    return pa.Array.from_buffers(kind, len(array), [None, pa.py_buffer(array)])


def booleans(values: Any) -> pa.Array:
    """An array of truth values without nulls."""
    array = np.asarray(values, bool)
    return pa.Array.from_buffers(pa.bool_(), len(array), [None, _bits(array)])


def strings(values: Sequence[str | None]) -> pa.Array:
    """An array of texts; None becomes null."""
    encoded = [b"" if value is None else value.encode("utf-8") for value in values]
    known = np.array([value is not None for value in values], bool)
    offsets = _offsets([len(text) for text in encoded])
    buffers = [None if known.all() else _bits(known), pa.py_buffer(offsets), pa.py_buffer(b"".join(encoded))]
    return pa.Array.from_buffers(pa.string(), len(encoded), buffers)


def pick(texts: pa.Array, index: NDArray[Any]) -> pa.Array:
    """``texts[index]``; null where the index is negative."""
    known = index >= 0
    chosen = np.ascontiguousarray(np.where(known, index, 0), np.int64)
    validity = None if known.all() else _bits(known)
    return texts.take(pa.Array.from_buffers(pa.int64(), len(chosen), [validity, pa.py_buffer(chosen)]))


def lists(lengths: Iterable[int], values: pa.Array) -> pa.Array:
    """Lists of these lengths, cut from ``values``."""
    offsets = _offsets(list(lengths))
    return pa.ListArray.from_arrays(numbers(offsets, pa.int32()), values)


def array_of(values: Any, kind: Any) -> pa.Array:
    """An array of a plain ``kind``, or of lists of one, from Python values."""
    if pa.types.is_list(kind):
        rows = [list(row) for row in values]
        return lists(map(len, rows), array_of(list(chain.from_iterable(rows)), kind.value_type))
    if pa.types.is_struct(kind):
        fields = [kind.field(index) for index in range(kind.num_fields)]
        return pa.StructArray.from_arrays(
            [array_of([row[field.name] for row in values], field.type) for field in fields], fields=fields
        )
    if pa.types.is_string(kind):
        return strings(values)
    return booleans(values) if pa.types.is_boolean(kind) else numbers(values, kind)


def to_numpy(column: Any) -> NDArray[Any]:
    """The values of a plain column without nulls; texts as objects."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if pa.types.is_string(array.type):
        return np.array(array.to_pylist(), dtype=object)
    data, start, stop = array.buffers()[1], array.offset, array.offset + len(array)
    if data is None:
        return np.zeros(0, array.type.to_pandas_dtype())
    if pa.types.is_boolean(array.type):
        return np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")[start:stop].astype(bool)
    return np.frombuffer(data, array.type.to_pandas_dtype())[start:stop]


def _bits(values: NDArray[np.bool_]) -> Any:
    return pa.py_buffer(np.packbits(values, bitorder="little"))


def _offsets(lengths: Sequence[int]) -> NDArray[np.int32]:
    return np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]).astype(np.int32)
