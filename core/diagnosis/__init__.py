"""What ails a model: a monitor's report in, a verdict with its evidence out. Standard library only, and pure."""

from core.diagnosis.table import diagnose
from core.diagnosis.verdict import Diagnosis, Verdict

__all__ = ["Diagnosis", "Verdict", "diagnose"]
