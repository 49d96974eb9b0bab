"""Columns that are taken apart by Arrow where it is installed: texts into codes, lists into their values.

Without it, Python's own values are taken, which gives the same columns and takes longer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmcore.query.columns._dictionary import Dictionary
from crmcore.query.columns._layouts import Several

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from crmcore.query.columns._layouts import Flags

__all__ = ["coded_texts", "flat_lists", "struct_fields"]


def coded_texts(series: Any) -> tuple[NDArray[np.int32], Flags, Dictionary] | None:
    """Return the codes of a narwhals series of texts, which are known, and the dictionary; None without Arrow."""
    array = _array(series)
    if array is None:
        return None
    import pyarrow as pa

    is_made_elsewhere = pa.types.is_dictionary(array.type)
    if not is_made_elsewhere:
        array = array.cast(pa.large_string()).dictionary_encode()
    known = np.asarray(array.is_valid().to_numpy(zero_copy_only=False), bool)
    codes = array.indices.fill_null(0).cast(pa.int32()).to_numpy(zero_copy_only=False)
    values = array.dictionary.to_pylist()
    if is_made_elsewhere and (len(set(values)) < len(values) or None in values):
        return None
    return codes, known, Dictionary(values)


def flat_lists(series: Any) -> tuple[Several, Any] | None:
    """Return how the values of lists belong to rows, and a narwhals series of those values that are not null."""
    array = _array(series)
    if array is None:
        return None
    import narwhals as nw
    import pyarrow as pa
    import pyarrow.compute as pc

    lengths = pc.list_value_length(array).fill_null(0).to_numpy(zero_copy_only=False)
    layout, values = Several.of_counts(lengths), array.flatten()
    if values.null_count:
        is_there = values.is_valid().to_numpy(zero_copy_only=False)
        layout, values = Several.of_counts(layout.count(is_there)), values.drop_null()
    return layout, nw.from_native(pa.chunked_array([values]), series_only=True)


def struct_fields(series: Any) -> Mapping[str, Any]:
    """Return the fields of a narwhals series of structs that Arrow holds, each as a series."""
    import narwhals as nw
    import pyarrow as pa

    array = _array(series)
    fields = zip(array.type, array.flatten(), strict=True)
    return {field.name: nw.from_native(pa.chunked_array([part]), series_only=True) for field, part in fields}


def _array(series: Any) -> Any:
    """Return the one Arrow array of a narwhals series; None where Arrow is not installed, or cannot hold it."""
    try:
        import pyarrow as pa
    except ImportError:
        return None
    try:
        array = series.to_arrow()
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, UnicodeEncodeError):
        return None
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    return array.chunk(0) if isinstance(array, pa.ChunkedArray) else array  # none or one, by the version of Arrow
