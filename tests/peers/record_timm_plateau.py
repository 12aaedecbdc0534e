"""Records golden rows from timm's scheduler that listens to a metric.

    python3 record_timm_plateau.py plan|steps COUNT SEED > rows.jsonl

COUNT random documents of PlateauLRScheduler, and COUNT of create_scheduler_v2 with `sched: plateau`. With `steps` the
lr is set by hand now and then, and the rows are for a stepper, which `at` counts the steps of.
"""

import json
import random
import sys

import timm_peer


class Maker:
    """Random documents over the legal range of every parameter, and the metrics of their epochs."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def number(self, low, high):
        return round(self.random.uniform(low, high), self.random.choice([1, 2, 3, 4]))

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

    def edits(self):
        r = self.random
        steps = r.sample(range(len(self.metrics)), r.choice([0, 1, 2]))
        return {step: r.choice([0.05, self.lr / 2, self.number(0.001, 1)]) for step in sorted(steps)}


def illegal():
    plateau = {"type": "timm.PlateauLRScheduler"}
    factory = {"type": "timm.create_scheduler_v2", "sched": "plateau"}
    yield {**plateau, "decay_rate": 1.0}
    yield {**plateau, "decay_rate": 1.5}
    yield {**plateau, "mode": "mean"}
    yield {**plateau, "t_in_epochs": True}
    yield {**plateau, "warmup_prefix": True}
    yield {**plateau, "patience_t": None}
    yield {**plateau, "noise_range_t": [3]}
    yield {**plateau, "noise_range_t": []}
    yield {**factory, "decay_rate": 1.0}
    yield {**factory, "decay_rate": 1.2}
    yield {**factory, "plateau_mode": "least"}
    yield {**factory, "step_on_epochs": False}
    yield {**factory, "step_on_epochs": False, "updates_per_epoch": 10}
    yield {**factory, "noise": []}


def record(maker, way, name, number):
    per_epoch = maker.random.choice([1, 2, 3, 7]) if way == "plan" else 1
    document = maker.document(name, per_epoch)
    at = maker.at(per_epoch)
    row = {"id": f"timm.{name}-plateau-{way}-{number:04d}", "peer": timm_peer.PEER, "document": document, "at": at}
    more = {"metrics": maker.metrics}
    if way == "steps":
        del document["run"]
        row["at"] = sorted({time for time in at if time <= len(maker.metrics)})
        more |= {"stepper": True, "edits": maker.edits()}
    values = timm_peer.heard({"run": {}, **document}, row["at"], maker.metrics, more.get("edits"))
    if isinstance(values, Exception):
        raise values
    print(json.dumps({**row, "lr": values, **more}))


def record_illegal():
    for number, schedule in enumerate(illegal()):
        document = {"tempo": 1, "run": {"batches_per_epoch": 1}, "optimizer": {"lr": 0.1}, "schedules": [schedule]}
        metrics = [1.0] * 20
        error = timm_peer.heard(document, [20], metrics)
        row = {"id": f"{schedule['type']}-plateau-error-{number:02d}", "peer": timm_peer.PEER, "document": document}
        print(json.dumps({**row, "error": f"{type(error).__name__}: {error}", "metrics": metrics}))
        assert isinstance(error, Exception), document


def main():
    way, count, seed = sys.argv[1:]
    maker = Maker(int(seed))
    for name in ("PlateauLRScheduler", "create_scheduler_v2"):
        for number in range(int(count)):
            record(maker, way, name, number)
    if way == "plan":
        record_illegal()


if __name__ == "__main__":
    main()
