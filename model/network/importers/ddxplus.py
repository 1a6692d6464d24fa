"""DDXPlus (Fansi Tchango et al., NeurIPS 2022) as a ``one_condition`` network, from its published tables.

Read from one directory: ``release_conditions.json``, ``release_evidences.json`` (the files of the
release, with or without ``release_``) and ``train_evidence_given_condition.json`` (shares of the
training patients with an evidence, and the count of patients, by condition).

- *Findings* are the evidences, by their own ids (``E_91``), each present or absent.  "Present" means
  what the shares count: the evidence is among the patient's, with whatever value.  An evidence of
  several values (where is the pain, how strong is it) is therefore one finding.  Antecedents are
  findings of kind ``history``: they are asked like the others.
- *P(finding | condition)* = (share · patients + smoothing) / (patients + 2 · smoothing), for every share
  above 0.  A share of 0 is no link; the finding's leak then holds, ``DEFAULT_LEAK``.
- *Prevalence* is the share of the training patients with the condition, for both sexes and all ages:
  the tables do not break it down.
- *Triage* from the severity (1 the most severe): 1 and 2 emergency, 3 urgent, 4 routine, 5 self-care.
  Severities 1 and 2 must not be missed; they are the "severe" ones of the data set's own metric DSF1.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...errors import raise_if_rejected
from ..checks import check_clinical
from ..network import ONE_CONDITION, ClinicalNetwork
from ..report import Report, shown
from ..table import number
from ..toml_writer import in_order
from ..vocabulary import Condition, Finding, Link, Triage
from .json_table import member, probabilities, read_json_object

SMOOTHING = 1.0
DEFAULT_LEAK = 1e-4
TRIAGE_OF_SEVERITY: Mapping[int, Triage] = {
    1: Triage.EMERGENCY,
    2: Triage.EMERGENCY,
    3: Triage.URGENT,
    4: Triage.ROUTINE,
    5: Triage.SELF_CARE,
}
_SEVERE = 2
_SHARES = "train_evidence_given_condition.json"


def import_ddxplus(
    directory: str | Path, *, smoothing: float = SMOOTHING, leak: float = DEFAULT_LEAK
) -> ClinicalNetwork:
    """The network that the tables in ``directory`` hold; :class:`InputError` with all problems.

    ``smoothing`` is added to the patients with and without an evidence; ``leak`` is P(present) of a
    finding under the conditions for which no training patient has it.
    """
    directory = Path(directory)
    report = Report()
    releases = {name: read_json_object(_release_file(directory, name), report) for name in ("conditions", "evidences")}
    shares = read_json_object(directory / _SHARES, report)
    raise_if_rejected(report.problems)
    counts = member(shares, "condition_counts", _SHARES, report)
    by_condition = member(shares, "probabilities", _SHARES, report)
    findings = tuple(_finding(identifier, entry, leak, report) for identifier, entry in releases["evidences"].items())
    total = sum(count for count in counts.values() if isinstance(count, int))
    conditions = tuple(
        _condition(identifier, entry, by_condition, counts, total=max(total, 1), smoothing=smoothing, report=report)
        for identifier, entry in releases["conditions"].items()
    )
    network = in_order(
        ClinicalNetwork(
            name="ddxplus",
            conditions=conditions,
            findings=findings,
            risk_factors=(),
            title="DDXPlus",
            description="Imported from the published tables of DDXPlus; evidences without their values.",
            licence="CC-BY-4.0",
            structure=ONE_CONDITION,
        )
    )
    check_clinical(network, directory.name, report)
    raise_if_rejected(report.problems)
    return network


def _release_file(directory: Path, name: str) -> Path:
    short = directory / f"{name}.json"
    return short if short.exists() else directory / f"release_{name}.json"


def _finding(identifier: str, entry: Any, leak: float, report: Report) -> Finding:
    entry = entry if isinstance(entry, dict) else {}
    question = entry.get("question_en")
    if not isinstance(question, str) or not question.strip():
        report.reject("MISSING", f"evidences › {identifier} › question_en", "nothing", "a text")
        question = identifier
    kind = "history" if entry.get("is_antecedent") is True else "symptom"
    return Finding(identifier, question.strip(), question.strip(), kind, leak=(1.0 - leak, leak))


def _condition(
    identifier: str,
    entry: Any,
    by_condition: Mapping[str, Any],
    counts: Mapping[str, Any],
    *,
    total: int,
    smoothing: float,
    report: Report,
) -> Condition:
    entry = entry if isinstance(entry, dict) else {}
    where = f"conditions › {identifier}"
    severity = entry.get("severity")
    if severity not in TRIAGE_OF_SEVERITY:
        report.reject("SEVERITY", f"{where} › severity", shown(severity), "1 to 5")
        severity = 5
    count = number(counts.get(identifier), f"{_SHARES} › condition_counts › {identifier}", report) or 0.0
    place = f"{_SHARES} › probabilities"
    shares = probabilities(member(by_condition, identifier, place, report), f"{place} › {identifier}", report)
    links = {}
    for finding, share in shares.items():
        if share > 0:
            present = (share * count + smoothing) / (count + 2 * smoothing)
            links[finding] = Link((1.0 - present, present))
    prevalence = count / total
    code = entry.get("icd10-id")
    return Condition(
        id=identifier,
        name=str(entry.get("cond-name-eng") or identifier),
        triage=TRIAGE_OF_SEVERITY[severity],
        must_not_miss=severity <= _SEVERE,
        codes={"icd10": code.upper()} if isinstance(code, str) and code else {},
        prevalence=((prevalence,), (prevalence,)),
        links=links,
    )
