"""Small, sound networks in every format, and ways to spoil them one at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

BIF = """\
network clinic {
}
variable smoke {
  type discrete [ 2 ] { yes, no };
}
variable lung {
  type discrete [ 2 ] { yes, no };
}
variable xray {
  type discrete [ 3 ] { clear, shadow, mass };
}
probability ( smoke ) {
  table 0.3, 0.7;
}
probability ( lung | smoke ) {
  (yes) 0.1, 0.9;
  (no) 0.01, 0.99;
}
probability ( xray | lung, smoke ) {
  (yes, yes) 0.1, 0.5, 0.4;
  (yes, no) 0.2, 0.4, 0.4;
  (no, yes) 0.8, 0.15, 0.05;
  (no, no) 0.9, 0.09, 0.01;
}
"""

ROLES = """\
must_not_miss = ["lung"]
[conditions]
lung = "yes"
[findings]
xray = { state = "mass", name = "A mass on the chest film", question = "Does the film show a mass?" }
[risk_factors]
smoke = "yes"
[triage]
lung = "urgent"
"""

XMLBIF = """\
<?xml version="1.0"?>
<BIF VERSION="0.3">
<NETWORK>
<NAME>clinic</NAME>
<VARIABLE TYPE="nature">
  <NAME>smoke</NAME>
  <OUTCOME>yes</OUTCOME>
  <OUTCOME>no</OUTCOME>
  <PROPERTY>position = (73, 165)</PROPERTY>
</VARIABLE>
<VARIABLE TYPE="nature">
  <NAME>lung</NAME>
  <OUTCOME>yes</OUTCOME>
  <OUTCOME>no</OUTCOME>
</VARIABLE>
<VARIABLE TYPE="nature">
  <NAME>xray</NAME>
  <OUTCOME>clear</OUTCOME>
  <OUTCOME>shadow</OUTCOME>
  <OUTCOME>mass</OUTCOME>
</VARIABLE>
<DEFINITION>
  <FOR>smoke</FOR>
  <TABLE>0.3 0.7</TABLE>
</DEFINITION>
<DEFINITION>
  <FOR>lung</FOR>
  <GIVEN>smoke</GIVEN>
  <TABLE>0.1 0.9 0.01 0.99</TABLE>
</DEFINITION>
<DEFINITION>
  <FOR>xray</FOR>
  <GIVEN>lung</GIVEN>
  <GIVEN>smoke</GIVEN>
  <TABLE>
    0.1 0.5 0.4  0.2 0.4 0.4
    0.8 0.15 0.05  0.9 0.09 0.01
  </TABLE>
</DEFINITION>
</NETWORK>
</BIF>
"""

TOML: Mapping[str, str] = {
    "network.toml": """\
format = 1
name = "clinic"
structure = "noisy_or"
age_bands = ["0-17", "18+"]
[population]
female = [0.1, 0.4]
male = [0.1, 0.4]
""",
    "findings.toml": """\
[fever]
name = "Fever"
question = "Do you have a fever?"
leak = 0.02
[cough]
name = "Cough"
question = "Do you cough?"
leak = 0.05
""",
    "risk_factors.toml": """\
[smoking]
name = "Smoking"
question = "Do you smoke?"
prevalence = [0.02, 0.2]
""",
    "conditions/influenza.toml": """\
name = "Influenza"
triage = "self_care"
prevalence = 0.02
[findings]
fever = 0.8
cough = { p = 0.7, source = "a textbook" }
""",
    "conditions/pneumonia.toml": """\
name = "Pneumonia"
triage = "urgent"
must_not_miss = true
prevalence = { female = [0.01, 0.02], male = 0.015 }
[risk_factors]
smoking = 1.5
[findings]
cough = 0.9
fever = 0.7
""",
}


def write_toml(folder: Path, changes: Mapping[str, str | bytes | None] | None = None) -> Path:
    """The sound TOML network, with some files replaced, or left out where None."""
    directory = folder / "clinic"
    for name, text in {**TOML, **(changes or {})}.items():
        if text is None:
            continue
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return directory


def write_tables(folder: Path, text: str | bytes, suffix: str = ".bif", roles: str | None = ROLES) -> Path:
    """A BIF or XMLBIF file with its roles beside it."""
    path = folder / f"clinic{suffix}"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    if roles is not None:
        (folder / "clinic.roles.toml").write_text(roles)
    return path


def replaced(text: str, old: str, new: str, count: int = 1) -> str:
    """``text`` with ``old``, which must be there, replaced."""
    assert old in text, f"{old!r} is not in the sound network"
    return text.replace(old, new, count)


Build = Callable[[Path], Path]


def bif(old: str, new: str) -> Build:
    return lambda folder: write_tables(folder, replaced(BIF, old, new))


def bif_text(text: str | bytes) -> Build:
    return lambda folder: write_tables(folder, text)


def xml(old: str, new: str) -> Build:
    return lambda folder: write_tables(folder, replaced(XMLBIF, old, new), ".xmlbif")


def toml(name: str, old: str, new: str) -> Build:
    return lambda folder: write_toml(folder, {name: replaced(TOML[name], old, new)})


def toml_file(name: str, content: str | bytes | None) -> Build:
    return lambda folder: write_toml(folder, {name: content})
