"""Random documents whose schedules want a stepper: what step() of PyTorch leaves in the optimizer, bit for bit.

As torch_maker.py, but `at` counts steps, of one batch each, and in some rows the lr is set by hand in mid-run: "edits"
says after which step, and to what. Sequences and chains are made of whatever PyTorch can step.
"""

import torch_maker
import torch_peer
from common import recorded
from torch_maker import CYCLES, FACTORS, STRETCHED
from torch_peer import FUNCTIONS

PARTS = FACTORS + CYCLES + ("LambdaLR", "MultiplicativeLR", "SWALR")


class Maker(torch_maker.Maker):
    names = PARTS + ("SequentialLR", "ChainedScheduler", "ReduceLROnPlateau")

    def rows(self, name, number):
        document = self.document(name)
        steps = self.steps()
        edits = self.edits(steps)
        row = {"id": f"torch.{name}-step-{number:04d}", "document": document, "at": steps, "stepper": True}
        if edits:
            row["edits"] = edits
        if name == "ReduceLROnPlateau":
            row["metrics"] = self.metrics
        return [recorded(torch_peer, row)]

    def illegal(self, name):
        return []

    def document(self, name):
        r = self.random
        self.corners = {0}
        self.lr = r.choice([1.0, 0.1, 3e-4, 0.05, round(r.uniform(0.001, 1), 3)])
        run = {"step_schedulers_every_batch": True}
        if name in STRETCHED and r.random() < 0.3:
            run["scale_schedule_ratio"] = r.choice([0.5, 2.0, 1.37, 0.7])
        self.ratio = run.get("scale_schedule_ratio", 1.0)
        schedule = self.schedule(name)
        self.__dict__.pop("longest", None)
        return {"tempo": 1, "run": run, "optimizer": {"lr": self.lr}, "schedules": [schedule]}

    def count(self, low=1):
        return self.random.randrange(low, self.random.choice([4, 10, 30, 60]))

    def _MultiplicativeLR(self):
        self.note(self.count())
        return {"lr_lambda": self.random.choice(list(FUNCTIONS))}

    def _parts(self, count):
        """Schedulers for a composite: of those that keep their levels in the group, one each."""
        r = self.random
        names, parts = [r.choice(PARTS) for _ in range(count)], []
        for i, name in enumerate(names):
            name = r.choice(FACTORS) if name in ("OneCycleLR", "SWALR") and name in names[:i] else name
            names[i] = name
            part = self.schedule(name)
            for key in ("epochs", "steps_per_epoch", "pct_start"):
                part.pop(key, None)
            if name == "OneCycleLR":
                part["total_steps"] = 200
            parts.append(part)
        return parts

    def _SequentialLR(self):
        count = self.random.choice([1, 2, 2, 3, 4])
        parts = self._parts(count)
        milestones = sorted(self.count(0) for _ in range(count - 1))
        self.corners = {0, *milestones, *(start + corner for start in milestones for corner in self.corners)}
        self.limit = None
        return {"schedulers": parts, "milestones": milestones}

    def _ChainedScheduler(self):
        parts = self._parts(self.random.choice([1, 2, 2, 3]))
        self.limit = None
        return {"schedulers": parts}

    def steps(self):
        """Up to about 25 steps around the corners, and after them."""
        r = self.random
        limit = self.__dict__.pop("limit", None) or 180
        steps = {0, 1, 2} | {corner + near for corner in self.corners for near in (-1, 0, 1)}
        steps |= {r.randrange(max(steps) + 2) for _ in range(6)} | {max(steps) + r.randrange(30)}
        steps = {step for step in steps if 0 <= step <= limit}
        return sorted(steps if len(steps) < 25 else {0} | set(r.sample(sorted(steps), 25)))

    def edits(self, steps):
        r = self.random
        if len(steps) < 4 or r.random() < 0.5:
            return {}
        return {step: r.choice([0.05, self.lr / 2, 3 * self.lr]) for step in r.sample(steps[:-1], r.choice([1, 2]))}
