"""Stores that mindtrace-registry 0.9 and 0.16 wrote on a local disk, imported: nothing of theirs is needed.

from casreg import Registry
from casreg.mindtrace import plan

planned = plan("old-registry", Registry("models", version_objects=True))
for outcome in planned.execute():
    print(outcome.item.reference, outcome.status, outcome.reason)
"""

from casreg.mindtrace.execute import Outcome, Status
from casreg.mindtrace.plan import Action, Item, Plan, plan

__all__ = ["Action", "Item", "Outcome", "Plan", "Status", "plan"]
