"""Random documents of the schedulers of Composer and llm-foundry, a few of them illegal."""

import common
import composer_peer
from common import recorded

UNITS = ("ep", "ba", "sp", "tok")


_RUN = {"batches_per_epoch": 10, "samples_per_batch": 4, "tokens_per_batch": 32, "max_duration": "100ba"}
_WARM = {"t_warmup": "10ba"}
# What is left out, not a time, in seconds, divides by 0 or ends too early.
ILLEGAL = {
    "StepScheduler": [{}, {"step_size": "0ba"}, {"step_size": "30sec"}, {"step_size": "0.001dur"}],
    "MultiStepScheduler": [{}, {"milestones": ["30sec"]}, {"milestones": ["5x"]}],
    "MultiStepWithWarmupScheduler": [
        _WARM,
        _WARM | {"milestones": ["30sec"]},
        {"t_warmup": "30sec", "milestones": ["30ba"]},
    ],
    "ConstantScheduler": [{"t_max": "30sec"}],
    "LinearScheduler": [{"t_max": "30sec"}, {"t_max": "0ba"}, {"t_max": "0.001dur"}],
    "ExponentialScheduler": [
        {},
        {"gamma": 0.5, "decay_period": "0ba"},
        {"gamma": 0.5, "decay_period": "30sec"},
        {"gamma": -0.5, "decay_period": "3ba"},
    ],
    "CosineAnnealingScheduler": [{"t_max": "30sec"}, {"t_max": "0ba"}, {"t_max": "0.001dur"}],
    "CosineAnnealingWarmRestartsScheduler": [
        {},
        {"t_0": "0ba"},
        {"t_0": "30sec"},
        {"t_0": "0.001dur"},
        {"t_0": "10ba", "t_mult": 0.5},
    ],
    "PolynomialScheduler": [{}, {"power": 2.0, "t_max": "30sec"}, {"power": 2.0, "t_max": "0ba"}, {"power": -1.0}],
    "ConstantWithWarmupScheduler": [{}, {"t_warmup": "30sec"}, _WARM | {"t_max": "30sec"}, _WARM | {"t_max": "99ba"}],
    "LinearWithWarmupScheduler": [{}, {"t_warmup": "30sec"}, _WARM | {"t_max": "30sec"}, _WARM | {"t_max": "99ba"}],
    "CosineAnnealingWithWarmupScheduler": [
        {},
        {"t_warmup": "30sec"},
        _WARM | {"t_max": "30sec"},
        _WARM | {"t_max": "99ba"},
    ],
    "PolynomialWithWarmupScheduler": [{}, {"t_warmup": "30sec"}, _WARM | {"t_max": "99ba"}, _WARM | {"power": -1.0}],
}


class Maker(common.Maker):
    family, peer = "composer", composer_peer
    names = tuple(ILLEGAL)

    def document(self, name):
        run = self.run()
        lr = self.random.choice([1.0, 0.1, 3e-4, 6e-4])
        return {
            "tempo": 1,
            "run": run,
            "optimizer": {"lr": lr},
            "schedules": [self.schedule(f"{self.family}.{name}")],
        }

    def run(self):
        r = self.random
        per_epoch = r.choice([1, 3, 7, 10, 32, 100, 391, 1251])
        samples = r.choice([1, 16, 256, 1024])
        tokens = samples * r.choice([1, 8, 128, 2048])
        epochs = r.choice([1, 2, 3, 5, 10, 30, 90])
        batches = epochs * per_epoch
        longest = {"ep": epochs, "ba": batches, "sp": batches * samples, "tok": batches * tokens}
        unit = r.choice(UNITS)
        self.facts = {"ep": per_epoch, "ba": 1, "sp": samples, "tok": tokens}
        ratio = r.choice([1.0, 1.0, 1.0, 0.5, 2.0, 0.1, 0.25, 1.37, 0.7, 3.0])
        scaled = int(longest[unit] * ratio)
        self.batches = batches
        self.end = -(-scaled * (per_epoch if unit == "ep" else 1) // (1 if unit == "ep" else self.facts[unit]))
        self.unit = unit
        return {
            "batches_per_epoch": per_epoch,
            "samples_per_batch": samples,
            "tokens_per_batch": tokens,
            "max_duration": f"{longest[unit]}{unit}",
            "scale_schedule_ratio": ratio,
        }

    def time(self, low, high, unit=None):
        """A time between two fractions of the run, in any unit."""
        r = self.random
        fraction = r.uniform(low, high)
        unit = unit or r.choice(UNITS + ("dur", "dur"))
        if unit == "dur":
            return f"{round(fraction, r.choice([2, 3, 4]))}dur"
        if unit == "ep":
            return f"{round(fraction * self.batches / self.facts['ep'])}ep"
        return f"{round(fraction * self.batches * (self.facts[unit] if unit != 'ba' else 1))}{unit}"

    def schedule(self, type_name):
        r = self.random
        s = {"type": type_name}
        name = type_name.split(".")[1]
        unit = r.choice([self.unit, self.unit, "dur", "ba", None])
        if "WithWarmup" in name:
            s["t_warmup"] = self.time(0, r.choice([0.02, 0.3, 0.3, 1.1]), unit)
        if name.startswith("InverseSquareRoot"):
            unit = r.choice([self.unit] * 9 + ["ba"])
            s["t_warmup"] = self.time(0, 0.3, unit)
            s["t_scale"] = self.time(0.01, 0.5, unit)
            s["t_cooldown"] = self.time(0, 0.4, unit)
            if r.random() < 0.5:
                s["alpha_f_decay"] = self.number(0, 0.5)
                s["alpha_f_cooldown"] = self.number(0, 0.3)
            if r.random() < 0.3:
                s["t_max"] = self.time(0.5, 1.5)
            return s
        if "Step" in name and "Multi" not in name:
            s["step_size"] = self.time(0.01, 0.5)
        if "MultiStep" in name:
            s["milestones"] = [self.time(0, 1.1) for _ in range(r.randrange(6))]
        if "Step" in name and r.random() < 0.7:
            s["gamma"] = self.number(0.01, 1.5)
        if "Exponential" in name:
            s["gamma"] = self.number(0, 1.2)
            if r.random() < 0.7:
                s["decay_period"] = self.time(0.01, 0.5)
        if "Restarts" in name:
            s["t_0"] = self.time(0.02, 0.6)
            if r.random() < 0.8:
                s["t_mult"] = r.choice([1.0, 1.5, 2.0, 3.0, 1.1, 0.9, 0.5, self.number(0.8, 2.5)])
        if "Polynomial" in name:
            s["power"] = r.choice([0.5, 1.0, 2.0, 3.0, 0.0, self.number(0.1, 4)])
        if name in ("ConstantScheduler", "ConstantWithWarmupScheduler") and r.random() < 0.7:
            s["alpha"] = self.number(0, 2)
        if name in ("LinearScheduler", "LinearWithWarmupScheduler") and r.random() < 0.7:
            s["alpha_i"] = self.number(0, 2)
        if ("Linear" in name or "Cosine" in name or "Polynomial" in name) and r.random() < 0.7:
            s["alpha_f"] = self.number(0, 1)
        if "Restarts" not in name and "Step" not in name and "Exponential" not in name and r.random() < 0.6:
            s["t_max"] = self.time(0.9 if r.random() < 0.7 else 0, 1.5, unit if r.random() < 0.8 else None)
        if "WithWarmup" in name and r.random() < 0.5:
            s["scale_warmup"] = r.random() < 0.5
        return s

    def at(self):
        """Batches: both ends of the run and one more, and some within."""
        r = self.random
        times = {0, 1, 2, self.end - 1, self.end, self.end + 1, self.end + r.randrange(2, 1000)}
        times |= {r.randrange(self.end + 1) for _ in range(12)}
        times |= {r.randrange(self.batches + 1) for _ in range(4)}
        return sorted(t for t in times if t >= 0)

    def is_deviation(self, row):
        """Whether it raises only after the end of the run, where Tempo has no value."""
        return "error" in row and "error" not in recorded(self.peer, row | {"at": [0, self.end]})

    def illegal(self, name):
        return [(_RUN, [{"type": f"{self.family}.{name}"} | arguments]) for arguments in ILLEGAL.get(name, [])]


class FoundryMaker(Maker):
    family = "llmfoundry"
    names = ("InverseSquareRootWithWarmupScheduler",)
