"""GA4GH Phenopackets, version 2 (ISO 4454:2022), as JSON: one, a list, a cohort, or one a line.

terms.py    ontology codes (``HP:0001945``) and the network's terms, both ways
read.py     a packet to a card; what a card cannot hold is kept in the notes or told, never dropped unsaid
write.py    a card to a packet; what a packet cannot hold is told
"""

from .read import import_phenopackets, records_of
from .write import export_phenopackets, to_phenopacket

__all__ = ["export_phenopackets", "import_phenopackets", "records_of", "to_phenopacket"]
