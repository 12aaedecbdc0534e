"""Random documents of PyTorch's schedulers, and a list of illegal ones.

The closed form is recorded bit for bit; every third document a second time as step() computes it, with the tolerance
that its drift needs; a type without a closed form only so. What step() computes, bit for bit: torch_steps_maker.py.
"""

import common
import torch_peer
from common import recorded
from torch_peer import FUNCTIONS, batch_of, step_of

TOLERANCE = 1e-9
STEPPED_MAX = 20000  # steps that are worth taking one by one
FACTORS = ("StepLR", "MultiStepLR", "ConstantLR", "LinearLR", "ExponentialLR", "PolynomialLR")
CYCLES = ("CosineAnnealingLR", "CosineAnnealingWarmRestarts", "CyclicLR", "OneCycleLR")
OTHERS = ("LambdaLR", "SWALR", "ReduceLROnPlateau")
STRETCHED = ("StepLR", "MultiStepLR", "ExponentialLR", "CosineAnnealingLR", "CosineAnnealingWarmRestarts")


class Maker(common.Maker):
    """`corners` collects the steps to look at."""

    family, peer = "torch", torch_peer
    names = FACTORS + CYCLES + ("SequentialLR", "ChainedScheduler") + OTHERS

    def document(self, name):
        r = self.random
        self.corners = {0}
        self.lr = r.choice([1.0, 0.1, 3e-4, 0.05, round(r.uniform(0.001, 1), 3)])
        run = {"batches_per_epoch": r.choice([1, 3, 7, 32]), "samples_per_batch": r.choice([1, 16, 48])}
        run["step_schedulers_every_batch"] = r.random() < 0.6
        if name in STRETCHED and r.random() < 0.5:
            run["scale_schedule_ratio"] = r.choice([0.5, 2.0, 0.1, 0.25, 1.37, 0.7, 3.0])
        self.ratio = run.get("scale_schedule_ratio", 1.0)
        schedule = self.schedule(name)
        if r.random() < 0.25:
            schedule["every"] = r.choice(["2ba", "3ba", "1ep", "2ep", "100sp", "16sp"])
        document = {"tempo": 1, "run": run, "optimizer": {"lr": self.lr}, "schedules": [schedule]}
        longest = self.__dict__.pop("longest", None)
        batches = batch_of(document, longest + 1) - 1 if longest else 0
        if batches:
            run["max_duration"] = f"{batches}ba"
        return document

    def count(self, low=1):
        return self.random.randrange(low, self.random.choice([4, 10, 60, 300]))

    def schedule(self, name, scale=None):
        arguments = getattr(self, "_" + name)()
        for key in list(arguments):
            if arguments[key] is None:
                del arguments[key]
        return {"type": "torch." + name, **arguments}

    def maybe(self, value, chance=0.7):
        return value if self.random.random() < chance else None

    def note(self, *steps):
        self.corners |= {int(step * ratio) for step in steps for ratio in {1.0, self.ratio}}

    def factor(self):
        return self.number(0.01, 1) or 0.01

    def gamma(self):
        r = self.random
        return r.choice([self.number(0.05, 1.2), self.number(0.8, 1.0), 0.5, 1.0, 0.0, -0.5, 1.5])

    def _StepLR(self):
        size = max(self.count(), int(1 / self.ratio) + 1)
        self.note(size, 2 * size, 5 * size)
        return {"step_size": size, "gamma": self.maybe(self.gamma())}

    def _MultiStepLR(self):
        milestones = [self.count(0) for _ in range(self.random.randrange(6))]
        milestones += milestones[: self.random.choice([0, 0, 1, 2])]
        self.note(*milestones)
        return {"milestones": milestones, "gamma": self.maybe(self.gamma())}

    def _ConstantLR(self):
        iters = self.count()
        self.note(iters)
        return {"factor": self.maybe(self.random.choice([self.factor(), 1.0, 0.1])), "total_iters": iters}

    def _LinearLR(self):
        iters = self.count()
        self.note(iters)
        return {
            "start_factor": self.maybe(self.random.choice([self.factor(), 1.0, 1e-3])),
            "end_factor": self.maybe(self.random.choice([self.number(0, 1), 0.0, 1.0])),
            "total_iters": iters,
        }

    def _ExponentialLR(self):
        gamma = self.gamma()
        self.note(self.count())
        return {"gamma": abs(gamma) if self.ratio != 1.0 else gamma}

    def _PolynomialLR(self):
        iters = self.count()
        self.note(iters)
        return {
            "total_iters": iters,
            "power": self.maybe(self.random.choice([0.5, 0.9, 2.0, 1.0, 0.0, self.number(0.1, 4)])),
        }

    def _CosineAnnealingLR(self):
        half = max(self.count(), int(1 / self.ratio) + 1)
        self.note(half, 2 * half, 3 * half)
        levels = [0.0, self.number(0, 0.1) * self.lr, 2 * self.lr, -0.1]
        return {"T_max": half, "eta_min": self.maybe(self.random.choice(levels))}

    def _CosineAnnealingWarmRestarts(self):
        first, factor = self.count(), self.random.choice([None, 1, 2, 3, 5])
        start, length = 0, first
        for _ in range(5):
            start, length = start + length, length * (factor or 1)
            self.note(min(start, STEPPED_MAX // 2))
        eta_min = self.maybe(self.random.choice([0.0, 0.01 * self.lr, self.lr * 2]))
        return {"T_0": first, "T_mult": factor, "eta_min": eta_min}

    def _CyclicLR(self):
        r = self.random
        up, down = self.count(), self.maybe(self.count(0), 0.5)
        length = up + (up if down is None else down)
        self.note(up, length, length + up, 2 * length, 7 * length + up)
        return {
            "base_lr": self.lr * self.number(0, 0.5),
            "max_lr": self.lr * self.number(0.5, 2),
            "step_size_up": up,
            "step_size_down": down,
            "mode": r.choice([None, "triangular", "triangular2", "exp_range"]),
            "gamma": self.maybe(r.choice([self.number(0.9, 1), 0.999, 1.0001, -0.9, 0.0])),
        }

    def _OneCycleLR(self):
        r = self.random
        total = r.choice([1, 2, 5, 10, 11, 30, 100, 300, self.count()])
        pct = r.choice([0.3, 0.3, 0.0, 0.5, 0.75, 0.9, round(r.uniform(0, 1), 3)])
        while pct * total == 1:
            pct = round(r.uniform(0, 1), 3)
        three = self.maybe(r.random() < 0.5)
        self.note(pct * total, 2 * pct * total, total - 1, total)
        is_last_empty = three and 2 * pct * total - 2 == total - 1  # then it raises at step `total`
        self.limit = total - 1 if is_last_empty else total
        self.longest = min(self.limit, r.choice([total, total, max(total // 2, 1)]))
        epochs = r.choice([None, None, None, 1, 5]) if total % 5 == 0 else None
        return {
            "max_lr": self.lr * self.number(0.5, 3),
            "total_steps": None if epochs else total,
            "epochs": epochs,
            "steps_per_epoch": total // epochs if epochs else None,
            "pct_start": None if pct == 0.3 else pct,
            "anneal_strategy": r.choice([None, "cos", "linear"]),
            "div_factor": self.maybe(r.choice([10.0, 25.0, self.number(1, 50), 0.5, -2.0]), 0.5),
            "final_div_factor": self.maybe(r.choice([100.0, 1e4, self.number(1, 50)]), 0.5),
            "three_phase": three,
        }

    def _LambdaLR(self):
        self.note(self.count(), self.count())
        return {"lr_lambda": self.random.choice(list(FUNCTIONS))}

    def _SWALR(self):
        r = self.random
        length = self.count(0)
        self.note(length, length // 2)
        return {
            "swa_lr": r.choice([0.05, self.lr / 10, 2 * self.lr, self.number(0, 1), 0.0]),
            "anneal_epochs": None if length == 10 else length,
            "anneal_strategy": r.choice([None, "cos", "linear"]),
        }

    def _ReduceLROnPlateau(self):
        r = self.random
        is_max = r.random() < 0.4
        self.metrics = self.listened(is_max)
        self.note(*(r.randrange(len(self.metrics)) for _ in range(12)))
        self.limit = len(self.metrics)
        return {
            "mode": "max" if is_max else self.maybe("min"),
            "factor": self.maybe(r.choice([0.5, 0.1, 0.0, self.number(0, 0.99)])),
            "patience": self.maybe(r.choice([0, 1, 2, 5])),
            "threshold": self.maybe(r.choice([0.0, 1e-3, 0.1, 0.05])),
            "threshold_mode": r.choice([None, "rel", "abs"]),
            "cooldown": self.maybe(r.choice([0, 1, 3, 7])),
            "min_lr": self.maybe(r.choice([0, 0.01 * self.lr, 0.3 * self.lr, 2 * self.lr]), 0.5),
            "eps": self.maybe(r.choice([0.0, 1e-8, 1e-3 * self.lr]), 0.4),
        }

    def listened(self, is_max):
        """A metric that improves for a while, with noise."""
        r = self.random
        level, noise, offset = r.choice([1.0, 2.5, -1.0]), r.choice([0.0, 0.01, 0.2]), r.choice([0.0, 0.3])
        values, sign = [], -1.0 if is_max else 1.0
        for step in range(r.choice([5, 20, 60, 120])):
            value = offset + level * 0.9 ** min(step, 25) + r.uniform(-noise, noise)
            values.append(round(sign * value, r.choice([2, 6])))
        return values

    def _SequentialLR(self):
        r = self.random
        count = r.choice([1, 2, 2, 3, 4])
        names = [r.choice(FACTORS + CYCLES[:3]) for _ in range(count)]
        milestones = sorted(self.count(0) for _ in range(count - 1))
        inner, start = [], 0
        has_one_cycle = False
        for i, name in enumerate(names):
            end = milestones[i] if i + 1 < count else start + 300
            if not has_one_cycle and end - start > 2 and r.random() < 0.2 and "CosineAnnealingLR" not in names[:i]:
                name, has_one_cycle = "OneCycleLR", True
            before = self.corners
            self.corners = set()
            inner.append(self.schedule(name))
            if name == "OneCycleLR":
                for key in ("epochs", "steps_per_epoch", "pct_start"):
                    inner[-1].pop(key, None)
                inner[-1]["total_steps"] = end - start + 7
            self.corners = before | {start, start + 1, end} | {start + c for c in self.corners if start + c < end}
            start = end
        self.limit = start if has_one_cycle else None
        self.__dict__.pop("longest", None)
        return {"schedulers": inner, "milestones": milestones}

    def _ChainedScheduler(self):
        r = self.random
        names = [r.choice(FACTORS) for _ in range(r.choice([1, 2, 2, 3]))]
        inner = [self.schedule(name) for name in names]
        if r.random() < 0.4:
            half = max(self.corners) + 5
            inner.insert(r.randrange(len(inner) + 1), {"type": "torch.CosineAnnealingLR", "T_max": half})
            self.limit = self.longest = half
            self.note(half)
        return {"schedulers": inner}

    def at(self, document, far):
        """Batches around the corners, some between, and some far beyond."""
        r = self.random
        limit = self.__dict__.pop("limit", None)
        times = set()
        for step in self.corners:
            batch = batch_of(document, step)
            times |= {batch - 1, batch, batch + 1, batch_of(document, step + 1)}
        last = max(times)
        times |= {r.randrange(last + 1) for _ in range(8)}
        times |= {batch_of(document, r.randrange(max(self.corners) + 1)) for _ in range(6)}
        times |= {last + r.randrange(2, 200)}
        if far:
            times |= {batch_of(document, r.choice([10**6, 10**9 + 7, 10**12])) + r.randrange(100)}
        times = {t for t in times if t >= 0 and (limit is None or step_of(document, t) <= limit)}
        return sorted(times if len(times) < 30 else {0} | set(r.sample(sorted(times), 30)))

    def rows(self, name, number):
        is_short = name in ("SequentialLR", "ChainedScheduler", "ReduceLROnPlateau", "CosineAnnealingWarmRestarts")
        document = self.document(name)
        at = self.at(document, far=not is_short and number % 2 == 0)
        row = {"id": f"torch.{name}-{number:04d}", "document": document, "at": at}
        if name == "ReduceLROnPlateau":
            return [recorded(torch_peer, row | {"metrics": self.metrics})]
        near = [batch for batch in at if step_of(document, batch) <= STEPPED_MAX]
        closed = recorded(torch_peer, row)
        if closed.get("error", "").startswith("OverflowError"):  # a growing power, far beyond: there Tempo deviates
            closed = recorded(torch_peer, row | {"at": near})
            at = near
        rows = [] if "error" in closed else [closed]
        if not rows or (number % 3 == 0 and name not in CYCLES[1:] + OTHERS):
            row |= {"id": row["id"] + "-stepped", "at": near, "tolerance": TOLERANCE}
            rows.append(recorded(torch_peer, row))
        return rows

    def illegal(self, name):
        run = {"max_duration": "20ba", "step_schedulers_every_batch": True}
        stretched = run | {"max_duration": "40ba", "scale_schedule_ratio": 0.5}
        listed = [(run, schedule) for schedule in ILLEGAL] + [(stretched, schedule) for schedule in UNSTRETCHED]
        return [(run, [schedule]) for run, schedule in listed if schedule["type"] == f"torch.{name}"]


class CycleMaker(Maker):
    """A cycle beside a momentum or Adam's beta1."""

    names = ("CyclicLR", "OneCycleLR")
    suffix = "-momentum"

    def change(self, arguments):
        """The same cycle with a momentum; some of them without."""
        r = self.random
        return {
            **arguments,
            "cycle_momentum": r.choice([None, None, True, False]),
            "base_momentum": self.maybe(r.choice([0.8, 0.85, 0.5, self.number(0, 1)])),
            "max_momentum": self.maybe(r.choice([0.95, 0.9, 0.999, self.number(0, 1)])),
        }

    def rows(self, name, number):
        document = self.document(name)
        changed = {key: value for key, value in self.change(document["schedules"][0]).items() if value is not None}
        document["schedules"] = [changed]
        field = self.random.choice([{"momentum": 0.75}, {"betas": [0.75, 0.999]}])
        if changed.get("cycle_momentum", True):
            document["optimizer"] |= field
        row = {"id": f"torch.{name}{self.suffix}-{number:04d}", "document": document}
        return [recorded(torch_peer, row | {"at": self.at(document, far=False)})]

    def illegal(self, name):
        return []


class FunctionMaker(CycleMaker):
    """A cycle whose height is a function's."""

    names = ("CyclicLR",)
    suffix = "-function"

    def change(self, arguments):
        r = self.random
        return {**arguments, "scale_fn": r.choice(list(FUNCTIONS)), "scale_mode": r.choice(["cycle", "iterations"])}


_PART = {"type": "torch.StepLR", "step_size": 3}
_PLATEAU = {"type": "torch.ReduceLROnPlateau"}
# What PyTorch refuses while constructing, or at the latest at step 20; and what Composer does not stretch.
ILLEGAL = (
    {"type": "torch.StepLR", "step_size": 0},
    {"type": "torch.MultiStepLR", "gamma": 0.5},
    {"type": "torch.ConstantLR", "factor": 1.5},
    {"type": "torch.ConstantLR", "factor": -0.1},
    {"type": "torch.ConstantLR", "factor": 0.0, "total_iters": 7},
    {"type": "torch.LinearLR", "start_factor": 0.0},
    {"type": "torch.LinearLR", "start_factor": 1.1},
    {"type": "torch.LinearLR", "end_factor": -0.5},
    {"type": "torch.LinearLR", "end_factor": 1.01},
    {"type": "torch.ExponentialLR"},
    {"type": "torch.PolynomialLR", "total_iters": 10, "power": -1.0},
    {"type": "torch.CosineAnnealingLR", "T_max": 0},
    {"type": "torch.CosineAnnealingWarmRestarts", "T_0": 0},
    {"type": "torch.CosineAnnealingWarmRestarts", "T_0": 5, "T_mult": 0},
    {"type": "torch.CosineAnnealingWarmRestarts", "T_0": 5, "T_mult": 1.5},
    {"type": "torch.CyclicLR", "base_lr": 0.1, "max_lr": 1.0, "mode": "square"},
    {"type": "torch.CyclicLR", "base_lr": 0.1, "max_lr": 1.0, "step_size_up": 0},
    {"type": "torch.CyclicLR", "base_lr": 0.1, "max_lr": 1.0, "step_size_up": 0, "step_size_down": 4},
    {"type": "torch.OneCycleLR", "max_lr": 1.0},
    {"type": "torch.OneCycleLR", "max_lr": 1.0, "epochs": 30},
    {"type": "torch.OneCycleLR", "max_lr": 1.0, "total_steps": 0},
    {"type": "torch.OneCycleLR", "max_lr": 1.0, "total_steps": 30, "pct_start": 1.5},
    {"type": "torch.OneCycleLR", "max_lr": 1.0, "total_steps": 30, "pct_start": 1},
    {"type": "torch.OneCycleLR", "max_lr": 1.0, "total_steps": 20, "pct_start": 1.0},
    {"type": "torch.OneCycleLR", "max_lr": 1.0, "total_steps": 10, "pct_start": 0.1},
    {"type": "torch.OneCycleLR", "max_lr": 1.0, "total_steps": 30, "anneal_strategy": "sine"},
    {"type": "torch.OneCycleLR", "max_lr": 1.0, "total_steps": 30, "div_factor": 0.0},
    {"type": "torch.OneCycleLR", "max_lr": 1.0, "total_steps": 30, "final_div_factor": 0.0},
    {"type": "torch.OneCycleLR", "max_lr": 1.0, "total_steps": 19},
    {"type": "torch.OneCycleLR", "max_lr": 1.0, "total_steps": 19, "pct_start": 0.5, "three_phase": True},
    {"type": "torch.SequentialLR", "schedulers": [], "milestones": []},
    {"type": "torch.SequentialLR", "schedulers": [_PART], "milestones": [3]},
    {"type": "torch.SequentialLR", "schedulers": [_PART, _PART], "milestones": []},
    {
        "type": "torch.SequentialLR",
        "schedulers": [_PART, {"type": "torch.OneCycleLR", "max_lr": 1.0, "total_steps": 10}],
        "milestones": [8],
    },
    {
        "type": "torch.SequentialLR",
        "schedulers": [_PART, {"type": "torch.ChainedScheduler", "schedulers": [_PART]}],
        "milestones": [8],
    },
    {"type": "torch.ChainedScheduler", "schedulers": []},
    {"type": "torch.LambdaLR"},
    {"type": "torch.MultiplicativeLR"},
    {"type": "torch.SWALR"},
    {"type": "torch.SWALR", "swa_lr": 0.05, "anneal_epochs": -1},
    {"type": "torch.SWALR", "swa_lr": 0.05, "anneal_epochs": 2.5},
    {"type": "torch.SWALR", "swa_lr": 0.05, "anneal_strategy": "sine"},
    {"type": "torch.ReduceLROnPlateau", "factor": 1.0},
    {"type": "torch.ReduceLROnPlateau", "factor": 1.5},
    {"type": "torch.ReduceLROnPlateau", "mode": "mean"},
    {"type": "torch.ReduceLROnPlateau", "threshold_mode": "both"},
    {"type": "torch.SequentialLR", "schedulers": [_PART, _PLATEAU], "milestones": [3]},
    {"type": "torch.ChainedScheduler", "schedulers": [_PART, _PLATEAU]},
)
UNSTRETCHED = (
    {"type": "torch.ConstantLR"},
    {"type": "torch.LinearLR"},
    {"type": "torch.PolynomialLR"},
    {"type": "torch.CyclicLR", "base_lr": 0.1, "max_lr": 1.0},
    {"type": "torch.OneCycleLR", "max_lr": 1.0, "total_steps": 30},
    {"type": "torch.SequentialLR", "schedulers": [_PART], "milestones": []},
    {"type": "torch.ChainedScheduler", "schedulers": [_PART]},
    {"type": "torch.StepLR", "step_size": 1},
    {"type": "torch.CosineAnnealingLR", "T_max": 1},
    {"type": "torch.SWALR", "swa_lr": 0.05},
    {"type": "torch.ReduceLROnPlateau"},
)
