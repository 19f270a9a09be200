"""Auditing a data set: its golds, its texts, its copies, its overlap with benchmarks."""

from zoped.evals.audit.findings import KINDS, Finding
from zoped.evals.audit.rows import AuditError, AuditRow, load_rows
from zoped.evals.audit.run import Audit, audit

__all__ = ["KINDS", "Audit", "AuditError", "AuditRow", "Finding", "audit", "load_rows"]
