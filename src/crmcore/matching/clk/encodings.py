"""Rows as filters, which may leave the house."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from crmcore.errors import InputError, UnknownColumn
from crmcore.matching._arguments import roles_told
from crmcore.matching.clk._columns import birth_years, columns_by_role, field_values, read
from crmcore.matching.clk._file import read_file, write_file
from crmcore.matching.clk._filters import Filling, folded, make_filters, turned_over
from crmcore.matching.clk._tokens import Tokens
from crmcore.matching.clk.secret import Secret
from crmcore.system import system_entropy

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from crmcore.hygiene.roles import Role
    from crmcore.matching.clk.schema import Schema
    from crmcore.matching.encoding.table import CellTable
    from crmcore.ports import Entropy

__all__ = ["Clks", "encode", "load"]

HANDLE = 8
"""Bytes of a handle that is drawn."""


def _fit(clks: Clks, _: attrs.Attribute[NDArray[np.uint8]], bits: NDArray[np.uint8]) -> None:
    shape = len(clks.handles), clks.schema.width // 8
    if bits.shape != shape or bits.dtype != np.uint8:
        raise InputError(
            f"bits are {bits.dtype} of {bits.shape}; for these handles and schema they are uint8 of {shape}"
        )


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Clks:
    """Rows as cryptographic long-term keys: one filter a row, and nothing else of it but a handle.

    Attributes:
        schema: how they were made.
        check: sixteen hex digits that are the same for the same schema and secret, by which a linkage unit sees that
            both parties used the same one.
        handles: by which the party that made them finds its rows again.
        bits: uint8, (rows, bytes), the filters, packed, the first bit highest; all zeros for a row that was left out.

    """

    schema: Schema
    check: str
    handles: tuple[str, ...]
    bits: NDArray[np.uint8] = attrs.field(validator=_fit)

    def __len__(self) -> int:
        return len(self.bits)

    def __repr__(self) -> str:
        return f"<Clks: {len(self)} filters of {self.schema.width} bits, {self.left_out} of them left out>"

    @cached_property
    def set_bits(self) -> NDArray[np.int64]:
        """int64, (rows,): how many bits of each filter are set."""
        counted: NDArray[np.int64] = np.bitwise_count(self.bits).sum(axis=1, dtype=np.int64)
        return counted

    @property
    def left_out(self) -> int:
        """How many rows have too little to be encoded, and link to nobody."""
        return int((self.set_bits == 0).sum())

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write them to a file that only its owner may read.

        They stand in the order of their handles, so that the file does not tell the order of the table; rows that were
        left out are not in it.

        Raises:
            UnwritableFile: the file cannot be written.

        """
        kept = np.flatnonzero(self.set_bits)
        order = sorted(kept.tolist(), key=self.handles.__getitem__)
        handles = [self.handles[at] for at in order]
        write_file(path, schema=self.schema, check=self.check, handles=handles, bits=self.bits[order])


def load(path: str | os.PathLike[str]) -> Clks:
    """Read what :meth:`Clks.save` wrote; nobody needs the secret for that.

    Raises:
        UnreadableFile: the file is none of encodings, is damaged, or was written by a newer crmcore.

    """
    schema, check, handles, bits = read_file(path)
    return Clks(schema=schema, check=check, handles=handles, bits=bits)


def encode(
    data: object,
    *,
    schema: Schema,
    secret: Secret,
    handles: str | Sequence[str] | None = None,
    columns: Mapping[str, Role | str] | None = None,
    day_first: bool | None = None,
    entropy: Entropy = system_entropy,
) -> Clks:
    """Turn the rows of a table into filters that show how alike two rows are and, without the secret, little else.

    A row's filter hangs on the row, the schema and the secret only: it is the same on every machine and in every table
    (but for `day_first`, and for the noise of a schema with an epsilon).

    Args:
        data: any table that `dedupe` takes.
        schema: what goes in; the other party uses the same.
        secret: the other party uses the same; whoever links does not have it.
        handles: the column, or one text a row, by which the rows are found again, each once; drawn at random by
            default. They are in the file, so they should mean nothing to others.
        columns: column -> role, where the guess by header and content would be wrong.
        day_first: whether 03/04/2019 is in April; by default the dates of the table tell.
        entropy: where handles and noise come from.

    Raises:
        UnsupportedData: *data* is no table.
        UnknownColumn: *columns* or *handles* names a column that is not there.
        InputError: no columns for most of the schema's fields, a handle is missing or stands twice, no such role.

    >>> from crmcore.matching.clk import Schema, Secret
    >>> people = {"name": ["Ada Lovelace"], "born": ["10.12.1815"], "city": ["London"], "postcode": ["SW1Y 4JH"]}
    >>> ours = encode(people, schema=Schema.people(), secret=Secret(bytes(range(32))), handles=["c1"])
    >>> ours, ours.bits.shape, int(ours.set_bits[0])
    (<Clks: 1 filters of 1024 bits, 0 of them left out>, (1, 128), 548)
    """
    if not isinstance(secret, Secret):
        raise InputError("secret is a Secret, which checks that it cannot be guessed: Secret(...), or Secret.new()")
    table, known = read(data)
    named = _handles(table, handles, entropy)
    by_role = columns_by_role(table, {**known, **roles_told(columns)})
    values = field_values(by_role, schema, rows=table.rows, day_first=day_first)
    salt = np.full(table.rows, -1, np.int64)
    if schema.salt:
        salt = birth_years(by_role, rows=table.rows, day_first=day_first)
    fillings = [
        Filling(
            key=secret.key(of=f"{schema.fingerprint} field {field.role}"),
            bits=field.bits,
            codes=coded.codes,
            tokens=Tokens.of(coded.values, field.kind),
        )
        for field, coded in zip(schema.fields, values, strict=True)
    ]

    def finish(bits: NDArray[np.bool_]) -> NDArray[np.bool_]:
        return turned_over(folded(bits, folds=schema.folds), chance=schema.turned, entropy=entropy)

    return Clks(
        schema=schema,
        check=secret.key(of=f"{schema.fingerprint} check")[:8].hex(),
        handles=named,
        bits=make_filters(fillings, salt, length=schema.length, least=schema.least, finish=finish),
    )


def _handles(table: CellTable, told: str | Sequence[str] | None, entropy: Entropy) -> tuple[str, ...]:
    if told is None:
        drawn = entropy(HANDLE * table.rows)
        found: list[Any] = [drawn[at : at + HANDLE].hex() for at in range(0, len(drawn), HANDLE)]
    elif isinstance(told, str):
        if told not in table:
            raise UnknownColumn(told, table)
        found = list(table[told])
    else:
        found = list(told)
    if len(found) != table.rows:
        raise InputError(f"there are {len(found)} handles for {table.rows} rows; give one a row")
    first: dict[str, int] = {}
    for row, handle in enumerate(found):
        if not isinstance(handle, str) or not handle:
            raise InputError(f"row {row} has no handle; a handle is a text, such as an id")
        if first.setdefault(handle, row) != row:
            raise InputError(f"rows {first[handle]} and {row} have the same handle; give each row its own")
    return tuple(found)
