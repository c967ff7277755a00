"""Reconciliation: every order of a day is explained to the kopeck."""

from bookkeeping.reconciliation.rows import explain, reconcile

__all__ = ["explain", "reconcile"]
