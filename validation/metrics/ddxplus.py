"""The measures of the DDXPlus benchmark (Fansi Tchango et al. 2022, NeurIPS Datasets and Benchmarks),
so that its table can be filled; definitions as in the authors' evaluation code.

``posterior`` : (N, C) probabilities at the end · ``gold`` : (N, C) the case's differential as a set ·
``severe`` : (C,) severe conditions.  A condition is *on* the predicted differential if p > 0.01.
"""

from __future__ import annotations

import numpy as np

from .estimate import Bools, Floats, Ints, Score, mean_ratio, proportion
from .outcome import differential_precision, differential_recall, f1
from .questions import EvidenceCounts

THRESHOLD = 0.01


def gtpa(p_expected: Floats, threshold: float = THRESHOLD) -> Score:
    """[GTPA] ground-truth pathology accuracy: the expected condition is on the differential at all."""
    return proportion(p_expected > threshold)


def gtpa_at_k(rank: Ints, p_expected: Floats, k: int, threshold: float = THRESHOLD) -> Score:
    """[GTPA@k] among the first k, and with p > threshold."""
    return proportion((rank >= 1) & (rank <= k) & (p_expected > threshold))


def ddr(posterior: Floats, gold: Bools, threshold: float = THRESHOLD) -> Score:
    """[DDR] differential recall, mean over cases."""
    return mean_ratio(differential_recall(posterior > threshold, gold))


def ddp(posterior: Floats, gold: Bools, threshold: float = THRESHOLD) -> Score:
    """[DDP] differential precision, mean over cases."""
    return mean_ratio(differential_precision(posterior > threshold, gold))


def ddf1(posterior: Floats, gold: Bools, threshold: float = THRESHOLD) -> Score:
    """[DDF1] mean of the cases' F1."""
    predicted = posterior > threshold
    return mean_ratio(f1(differential_precision(predicted, gold), differential_recall(predicted, gold)))


def dsf1(posterior: Floats, gold: Bools, severe: Bools, threshold: float = THRESHOLD) -> Score:
    """[DSF1] severe conditions: mean F1 of ruling out (DSP) and ruling in (DSR).

    DSP = severe conditions that are neither in gold nor predicted ÷ severe conditions not in gold;
    DSR = severe conditions in gold that are predicted ÷ severe conditions in gold.  An empty
    denominator gives 0, as in the authors' code: a case whose gold has no severe condition scores 0.
    """
    gold_severe = gold & severe
    predicted_severe = (posterior > threshold) & severe
    false_alarms = (predicted_severe & ~gold_severe).sum(axis=1)
    outside = severe.sum() - gold_severe.sum(axis=1)
    ruled_out = (outside - false_alarms) / np.maximum(1, outside)
    ruled_in = (predicted_severe & gold_severe).sum(axis=1) / np.maximum(1, gold_severe.sum(axis=1))
    return mean_ratio(f1(ruled_out, ruled_in))


def per(counts: EvidenceCounts) -> Score:
    """[PER] positive evidence recall: present findings that were volunteered or asked ÷ present ones."""
    found = counts.initial_present + counts.present_asked
    return mean_ratio(found / np.maximum(1, counts.initial_present + counts.present))


def pep(counts: EvidenceCounts) -> Score:
    """[PEP] positive evidence precision: present findings ÷ findings volunteered or asked."""
    found = counts.initial_present + counts.present_asked
    return mean_ratio(found / np.maximum(1, counts.initial + counts.asked))
