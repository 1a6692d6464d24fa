"""Run another commit's ``clinval`` and prove that it is that commit's.

A script, not a module: ``python -P launcher.py TREE PROOF run --model …`` with TREE first on the path.
It imports nothing of the project before it has seen where from; PROOF then holds the digest that the
code computes of itself.
"""

import sys
from importlib import import_module
from pathlib import Path

ELSEWHERE = 97
"""The exit code where the code would have come from somewhere else."""


def main() -> int:
    """The exit code of the other ``clinval``."""
    tree, proof, *arguments = sys.argv[1:]
    for room in ("model", "cases", "validation"):
        found = import_module(room).__file__
        if found is None or not Path(found).resolve().is_relative_to(Path(tree).resolve()):
            print(f"{room} was imported from {found}, not from {tree}", file=sys.stderr)
            return ELSEWHERE
    Path(proof).write_text(import_module("validation.store.digests").code_digest())
    sys.argv = ["clinval", *arguments]
    code: int = import_module("validation.__main__").main()
    return code


if __name__ == "__main__":
    sys.exit(main())
