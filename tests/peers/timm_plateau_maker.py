"""Random documents of timm's scheduler that listens to a metric, by itself and out of create_scheduler_v2."""

import common
import timm_peer
from common import recorded

_PLATEAU = {"type": "timm.PlateauLRScheduler"}
_FACTORY = {"type": "timm.create_scheduler_v2", "sched": "plateau"}
ILLEGAL = (
    {**_PLATEAU, "decay_rate": 1.0},
    {**_PLATEAU, "decay_rate": 1.5},
    {**_PLATEAU, "mode": "mean"},
    {**_PLATEAU, "t_in_epochs": True},
    {**_PLATEAU, "warmup_prefix": True},
    {**_PLATEAU, "patience_t": None},
    {**_PLATEAU, "noise_range_t": [3]},
    {**_PLATEAU, "noise_range_t": []},
    {**_FACTORY, "decay_rate": 1.0},
    {**_FACTORY, "decay_rate": 1.2},
    {**_FACTORY, "plateau_mode": "least"},
    {**_FACTORY, "step_on_epochs": False},
    {**_FACTORY, "step_on_epochs": False, "updates_per_epoch": 10},
    {**_FACTORY, "noise": []},
)


class Maker(common.Maker):
    """`metrics` are what is heard in the document that is being made."""

    family, peer = "timm", timm_peer
    names = ("PlateauLRScheduler", "create_scheduler_v2")
    suffix = "-plateau-plan"
    beside = {"metrics": [1.0] * 20}

    def rows(self, name, number):
        per_epoch = self.random.choice([1, 2, 3, 7])
        document = self.document(name, per_epoch)
        row = {"id": f"timm.{name}{self.suffix}-{number:04d}", "document": document, "at": self.at(per_epoch)}
        return [recorded(timm_peer, row | {"metrics": self.metrics})]

    def maybe(self, arguments):
        """Each of them or its default."""
        return {key: value for key, value in arguments.items() if self.random.random() < 0.7}

    def plateau(self):
        r = self.random
        return {
            **self.maybe(
                {
                    "decay_rate": r.choice([0.5, 0.1, 0.0, self.number(0, 0.9)]),
                    "patience_t": r.choice([0, 1, 2, 5]),
                    "threshold": r.choice([0.0, 1e-3, 0.1, 0.05]),
                    "cooldown_t": r.choice([0, 1, 3, 7]),
                    "lr_min": r.choice([0.0, 0.01 * self.lr, 0.3 * self.lr, 2 * self.lr]),
                    "mode": "max" if self.is_max else "min",
                    "noise_type": r.choice(["normal", "uniform"]),
                }
            ),
            **self.warmup("warmup_t", "warmup_lr_init"),
            **self.noise("noise_range_t", 1),
        }

    def factory(self):
        r = self.random
        epochs = r.choice([10, 50, 90, 300])
        return {
            "sched": "plateau",
            "num_epochs": epochs,
            **self.maybe(
                {
                    "patience_epochs": r.choice([0, 1, 2, 5]),
                    "cooldown_epochs": r.choice([0, 10]),
                    "decay_rate": r.choice([0.5, 0.1, self.number(0, 0.9)]),
                    "min_lr": r.choice([0.0, 0.01 * self.lr, 0.3 * self.lr]),
                    "plateau_mode": "max" if self.is_max else "min",
                    "warmup_prefix": r.random() < 0.5,
                }
            ),
            **self.warmup("warmup_epochs", "warmup_lr"),
            **self.noise("noise", epochs),
        }

    def warmup(self, length, start):
        r = self.random
        if r.random() < 0.5:
            return {}
        return {
            length: r.choice([0, 1, 3, 7, 20, r.choice([3, 3, -2, 500])]),
            start: r.choice([0.0, 1e-6, 0.01, self.number(0, 1), 2 * self.lr]),
        }

    def noise(self, range_name, scale):
        r = self.random
        if r.random() < 0.5:
            return {}
        first = r.choice([0, 1, r.randrange(40), self.number(0, 40)])
        last = first + r.choice([0, 1, 10, r.randrange(60)])
        std = r.choice([0.1, 1.0, 2.0, self.number(0, 3)])
        return {
            range_name: r.choice([first / scale, [first / scale, last / scale]]),
            **self.maybe({"noise_seed": r.choice([0, 7, r.randrange(10**6), -3, 2**32 - 5])}),
            "noise_std": std,
            "noise_pct": max(r.choice([0.1, 1.0, self.number(0.01, 1.5)]), std / 1000),
        }

    def listened(self):
        """A metric that improves for a while, with some chance in it."""
        r = self.random
        level, spread, offset = r.choice([1.0, 2.5, -1.0]), r.choice([0.0, 0.01, 0.2]), r.choice([0.0, 0.3])
        values, sign = [], -1.0 if self.is_max else 1.0
        for step in range(r.choice([5, 20, 60, 120])):
            value = offset + level * 0.9 ** min(step, 25) + r.uniform(-spread, spread)
            values.append(round(sign * value, r.choice([2, 6])))
        return values

    def document(self, name, per_epoch):
        r = self.random
        self.lr = r.choice([1.0, 0.1, 0.003, 3e-4, self.number(0.01, 1)])
        self.is_max = r.random() < 0.5
        self.metrics = self.listened()
        arguments = self.factory() if name == "create_scheduler_v2" else self.plateau()
        return {
            "tempo": 1,
            "run": {"batches_per_epoch": per_epoch},
            "optimizer": {"lr": self.lr},
            "schedules": [{"type": "timm." + name, **arguments}],
        }

    def at(self, per_epoch):
        """Batches: both ends of what is known, and the boundaries of some epochs between."""
        r = self.random
        steps = len(self.metrics)
        times = {0, steps * per_epoch, (steps + 1) * per_epoch - 1}
        for step in r.sample(range(1, steps + 1), min(20, steps)):
            times |= {step * per_epoch - 1, step * per_epoch}
        return sorted(times)

    def illegal(self, name):
        return [({"batches_per_epoch": 1}, [each]) for each in ILLEGAL if each["type"] == f"timm.{name}"]


class StepMaker(Maker):
    """The same for a stepper, which `at` counts the steps of. Now and then the lr is set by hand."""

    suffix = "-plateau-steps"

    def rows(self, name, number):
        document = self.document(name, 1)
        del document["run"]
        at = [time for time in self.at(1) if time <= len(self.metrics)]
        row = {"id": f"timm.{name}{self.suffix}-{number:04d}", "document": document, "at": at}
        return [recorded(timm_peer, row | {"metrics": self.metrics, "stepper": True, "edits": self.edits()})]

    def edits(self):
        r = self.random
        steps = r.sample(range(len(self.metrics)), r.choice([0, 1, 2]))
        return {step: r.choice([0.05, self.lr / 2, self.number(0.001, 1)]) for step in sorted(steps)}

    def illegal(self, name):
        return []
