"""Where the known corpora come from: said on every card that is made of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """Who made a corpus, and what its licence is."""

    name: str
    """Starts every card's id."""
    author: str
    source: str
    licence: str
    """As stated by the corpus."""
    specialty: str = ""


NONE_STATED = "none stated"

ORIGINS: Mapping[str, Origin] = {
    origin.name: origin
    for origin in (
        Origin(
            "mz10",
            "IMCS-21 (Chen et al.)",
            "MZ-10, goals of IMCS-21; Chen et al., Bioinformatics 2022; lemuria-wchen/DxFormer data/mz10",
            "MIT (repository); data: none stated",
            "paediatrics",
        ),
        Origin(
            "muzhi",
            "MuZhi (Wei et al.)",
            "MuZhi (acl2018-mds); Wei et al., ACL 2018; jymChen/Diaformer data/muzhi_dataset",
            NONE_STATED,
            "paediatrics",
        ),
        Origin(
            "dxy",
            "Dxy (Xu et al.)",
            "Dxy; Xu et al., AAAI 2019; jymChen/Diaformer data/dxy_dataset",
            NONE_STATED,
            "paediatrics",
        ),
        Origin(
            "symcat_sd90",
            "SymCat-SD-90 (Liao et al.)",
            "SymCat-SD-90, generated; Liao et al., arXiv 2004.14254; jymChen/Diaformer data/synthetic_dataset",
            NONE_STATED,
        ),
        Origin(
            "ddxplus",
            "DDXPlus (Fansi Tchango et al.)",
            "DDXPlus; Fansi Tchango et al., NeurIPS 2022 Datasets and Benchmarks",
            "CC-BY",
        ),
    )
}
"""By name, which is also the folder's name in which the project keeps a corpus beside it."""
