"""Reconciliation: every order of a day is explained to the kopeck."""

from bookkeeping.reconciliation.rows import reconcile

__all__ = ["reconcile"]
