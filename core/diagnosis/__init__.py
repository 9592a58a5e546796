"""What ails a model: a monitor's report in, a verdict with its evidence out. Standard library only, and pure."""

from core.diagnosis.table import diagnose
from core.diagnosis.verdict import Diagnosis, Drift, Verdict

__all__ = ["Diagnosis", "Drift", "Verdict", "diagnose"]
