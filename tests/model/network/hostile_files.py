"""What a row of the bad-input table is, and the files that need more than a line to build."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path
from typing import NamedTuple

from tests.model.network.bad_networks import (
    TOML,
    Build,
    write_toml,
)


def finding(identifier: str, name: str) -> str:
    """One more entry of findings.toml."""
    return f'["{identifier}"]\nname = "{name}"\nquestion = "?"\nleak = 0.1\n'


def single_file(name: str, content: bytes) -> Build:
    def build(folder: Path) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    return build


def symlink_out(folder: Path) -> Path:
    directory = write_toml(folder)
    secret = folder / "secret.toml"
    secret.write_text(TOML["conditions/influenza.toml"])
    (directory / "conditions" / "stolen.toml").symlink_to(secret)
    return directory


def symlinked_folder(folder: Path) -> Path:
    directory = write_toml(folder)
    (directory / "conditions").rename(folder / "elsewhere")
    (directory / "conditions").symlink_to(folder / "elsewhere")
    return directory


def symlink_loop(folder: Path) -> Path:
    directory = write_toml(folder)
    (directory / "conditions" / "a.toml").symlink_to(directory / "conditions" / "b.toml")
    (directory / "conditions" / "b.toml").symlink_to(directory / "conditions" / "a.toml")
    return directory


def zip_with_traversal() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("../../etc/cron.d/evil", "x")
    return buffer.getvalue()


def tar_with_symlink(mode: str) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:  # type: ignore[call-overload]
        entry = tarfile.TarInfo("network.bif")
        entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(entry)
    return buffer.getvalue()


def many_parents(n: int) -> str:
    """A table of 2^(n + 1) cells, given by a default row."""
    names = [f"n{index}" for index in range(n)]
    declared = "".join(f"variable {name} {{\n  type discrete [ 2 ] {{ yes, no }};\n}}\n" for name in [*names, "big"])
    roots = "".join(f"probability ( {name} ) {{\n  table 0.5, 0.5;\n}}\n" for name in names)
    return f"network x {{\n}}\n{declared}{roots}probability ( big | {', '.join(names)} ) {{\n  default 0.5, 0.5;\n}}\n"


def all_pairs(n: int) -> str:
    """A clique of n binary variables: treewidth n - 1, no table beyond 8 cells."""
    names = [f"n{index}" for index in range(n)]
    pairs = [(a, b) for position, a in enumerate(names) for b in names[position + 1 :]]
    every = [*names, *(f"{a}_{b}" for a, b in pairs)]
    text = "network x {\n}\n"
    text += "".join(f"variable {name} {{\n  type discrete [ 2 ] {{ yes, no }};\n}}\n" for name in every)
    text += "".join(f"probability ( {name} ) {{\n  table 0.5, 0.5;\n}}\n" for name in names)
    for a, b in pairs:
        text += f"probability ( {a}_{b} | {a}, {b} ) {{\n  default 0.25, 0.75;\n}}\n"
    return text


ENTITY_BOMB = '<!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>\n<BIF VERSION="0.3">'
XXE = '<!DOCTYPE BIF [<!ENTITY xxe SYSTEM "file:///etc/passwd">]>\n<BIF VERSION="0.3">'


class Row(NamedTuple):
    """One way to spoil a network, and what must be said of it."""

    number: int
    """The line of the catalogue."""
    build: Build
    code: str
    message: str
    """A part of the message."""


INFLUENZA, PNEUMONIA = "conditions/influenza.toml", "conditions/pneumonia.toml"
FINDINGS, NETWORK = "findings.toml", "network.toml"
SMOKE_ROOT = "probability ( smoke ) {\n  table 0.3, 0.7;\n}\n"
