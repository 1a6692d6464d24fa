"""The compiled kernels: one shared library of plain C functions, called through ctypes.

setuptools builds and installs it as the module ``model.inference._kernels``; it is located like a
module but never imported, since nothing in it is a Python function.
"""

from __future__ import annotations

import ctypes
import importlib.util
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from ..errors import ClinvalError


class KernelsMissing(ClinvalError):
    """The shared library was not built, or not for this Python."""


@cache
def library() -> ctypes.CDLL:
    """The shared library, loaded once a process.

    Errors
    ------
    KernelsMissing
        Where the package was copied rather than installed.
    """
    spec = importlib.util.find_spec("model.inference._kernels")
    if spec is None or spec.origin is None:
        raise KernelsMissing(
            "model/inference: the compiled kernels are missing; expected _kernels.*.so beside native.py; "
            "build them with `make setup` (or `pip install -e .`, which needs a C compiler)"
        )
    return ctypes.CDLL(spec.origin)


def array(dtype: DTypeLike, n_dimensions: int | None = None) -> type[Any]:
    """The argtype of a C-contiguous array; any other array is a TypeError, never a silent copy."""
    return np.ctypeslib.ndpointer(dtype=dtype, ndim=n_dimensions, flags="C_CONTIGUOUS")


def function(name: str, restype: Any, *argtypes: Any) -> Any:
    """The C function ``name`` with its signature declared; the GIL is released while it runs."""
    declared = getattr(library(), name)
    declared.restype = restype
    declared.argtypes = argtypes
    return declared
