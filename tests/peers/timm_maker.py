"""Random documents of timm's schedulers, a few of them illegal."""

import math

import common
import timm_peer

CYCLES = ("CosineLRScheduler", "TanhLRScheduler", "PolyLRScheduler")
SCHEDS = ("cosine", "tanh", "step", "multistep", "poly", "wsd", "rsqrt", "constant", "none")


class Maker(common.Maker):
    """`corners` collects the t to look at."""

    family, peer = "timm", timm_peer
    names = CYCLES + ("StepLRScheduler", "MultiStepLRScheduler", "WSDLRScheduler", "create_scheduler_v2")

    def document(self, name):
        r = self.random
        self.corners = {0, 1}
        per_epoch = r.choice([1, 2, 3, 7, 32])
        schedule = {"type": "timm." + name}
        (self.factory if name == "create_scheduler_v2" else self.schedule)(name, schedule)
        if r.random() < 0.6:
            self.noise(name, schedule)
        in_epochs = schedule.get("t_in_epochs", schedule.get("step_on_epochs", True))
        if schedule.get("step_on_epochs") is False and "updates_per_epoch" not in schedule:
            schedule["updates_per_epoch"] = per_epoch
            self.corners = {t * per_epoch for t in self.corners}
        run = {"batches_per_epoch": per_epoch}
        end = max(1, max(self.corners) + r.choice([-2, 0, 1, 5, 50]))
        if schedule.get("cycle_mul", 1) < 1 or r.random() < 0.3:
            run["max_duration"] = f"{end}{'ep' if in_epochs else 'ba'}"
            self.end = end * (per_epoch if in_epochs else 1)
        else:
            self.end = None
        self.per_t = per_epoch if in_epochs else 1
        lr = r.choice([1.0, 0.1, 0.3, 5e-4, self.number(0.001, 1)])
        return {"tempo": 1, "run": run, "optimizer": {"lr": lr}, "schedules": [schedule]}

    def schedule(self, name, s):
        r = self.random
        if r.random() < 0.5:
            s["t_in_epochs"] = r.random() < 0.3
        warmup = 0
        if r.random() < 0.6:
            warmup = s["warmup_t"] = r.choice([0, 1, 2, 5, 20, r.randrange(100), r.choice([5, 5, 5, -3])])
            if r.random() < 0.8:
                s["warmup_lr_init"] = r.choice([0.0, 1e-6, 0.01, self.number(0, 1), r.choice([0.1, 0.1, -0.01])])
        prefix = name in ("StepLRScheduler", "MultiStepLRScheduler", "WSDLRScheduler")
        if name != "WSDLRScheduler" and r.random() < 0.7:
            prefix = s["warmup_prefix"] = r.random() < 0.5
        self.corners |= {warmup}
        start = warmup if prefix else 0
        if name in CYCLES:
            self.cycles(name, s, start)
        elif name == "StepLRScheduler":
            period = s["decay_t"] = r.choice([1, 2.4, 10, 30, self.number(0.1, 50), r.choice([7.5, 7.5, -20.0, 0])])
            s["decay_rate"] = r.choice([0.1, 0.97, self.number(0, 1.2), r.choice([0.5, -0.5, 0])])
            if period > 0:
                self.corners |= {start + math.ceil(period * i) for i in (1, 2, 3, 7, 40)}
        elif name == "MultiStepLRScheduler":
            times = [r.randrange(-1, 200) for _ in range(r.randrange(6))]
            s["decay_t"] = sorted(times) if r.random() < 0.9 else times
            s["decay_rate"] = r.choice([0.1, self.number(0, 1.2), self.number(-1, 1)])
            self.corners |= {start + time - 1 for time in times}
        else:
            self.wsd(s, start)

    def cycles(self, name, s, start):
        r = self.random
        length = s["t_initial"] = r.choice([1, 2, 7, 10, 30, 90, 300, r.randrange(1, 500), r.choice([50, 50, 50, 0])])
        if r.random() < 0.7:
            s["lr_min"] = r.choice([0.0, 1e-5, 0.01, self.number(0, 0.5), r.choice([0.02, 0.02, 0.02, -0.01])])
        mul = 1.0
        if r.random() < 0.7:
            mul = s["cycle_mul"] = r.choice([1.0, 1, 1.1, 1.5, 2.0, 2, 3.0, 10.0, self.number(0.5, 3), 0.5, 0.9])
            mul = s["cycle_mul"] = r.choice([mul] * 30 + [0.0, -1.5])
        if r.random() < 0.7:
            s["cycle_decay"] = r.choice([1.0, 0.8, 0.5, 0.1, self.number(0, 1.3), self.number(-1, 1)])
        limit = 1
        if r.random() < 0.8:
            limit = s["cycle_limit"] = r.choice([1, 2, 3, 5, 20, r.choice([4, 4, 0, -1])])
        if name == "TanhLRScheduler" and r.random() < 0.6:
            s["lb"] = r.choice([-6.0, -4, self.number(-10, 4)])
            s["ub"] = r.choice([4.0, 3, self.number(-4, 6)])
        if name == "PolyLRScheduler" and r.random() < 0.8:
            s["power"] = r.choice([0.5, 0.9, 1, 1.0, 2.0, 0.0, self.number(0.1, 4), r.choice([3.0, 3.0, -0.5])])
        if name != "TanhLRScheduler" and r.random() < 0.6:
            rare = [1.2, 1.2, 1.2, 200.0, -1.0]
            s["k_decay"] = r.choice([1.0, 1.5, 2.0, 0.5, 0.0, self.number(0.1, 4), r.choice(rare)])
        at = start
        for cycle in range(min(max(limit, 1), 6)):
            at += length * max(mul, 0) ** cycle
            if at < 50000:
                self.corners |= {round(at), round(at - length * max(mul, 0) ** cycle / 2)}
        if mul < 1:
            self.corners |= {start + round(length / (1 - mul)) + r.choice([-3, 0])}

    def wsd(self, s, start):
        r = self.random
        length = s["t_initial"] = r.choice([10, 85, 300, r.randrange(1, 500), r.choice([40, 40, 0])])
        decay = s["decay_t"] = r.choice([length // 5 + 1, length, r.randrange(1, length + 2), r.choice([1, 1, 0])])
        if r.random() < 0.7:
            s["lr_min"] = r.choice([0.0, 1e-5, 0.01, self.number(0, 0.5), r.choice([0.02, -0.01])])
        if r.random() < 0.7:
            s["stable_fn"] = r.choice(["constant", "rsqrt", "power", "rsqrt", "power"])
            if r.random() < 0.7:
                s["stable_timescale"] = r.choice([10, 2.5, self.number(0.5, 300), None, r.choice([5, 5, 0])])
            if r.random() < 0.5:
                s["stable_power"] = r.choice([0.5, 1.0, self.number(0.1, 3), r.choice([1.0, 1.0, 0.0])])
        if r.random() < 0.8:
            s["decay_fn"] = r.choice(["linear", "1-sqrt", "cosine", "power", "exp"])
            if r.random() < 0.5:
                s["decay_power"] = r.choice([0.5, 1.0, 2.0, self.number(0.1, 4)])
            if r.random() < 0.5:
                s["decay_ratio"] = r.choice([0.1, 0.01, self.number(0.01, 0.99), r.choice([0.5, 0.5, 1.0])])
        self.corners |= {start + length, start + length - decay, start + length - decay // 2}

    def factory(self, name, s):
        r = self.random
        s["sched"] = r.choice(SCHEDS)
        epochs = s["num_epochs"] = r.choice([10, 90, 300, r.randrange(1, 400), r.choice([30, 30, 0])])
        warmup = 0
        if r.random() < 0.6:
            warmup = s["warmup_epochs"] = r.choice([0, 1, 5, 20])
            if r.random() < 0.6:
                s["warmup_lr"] = r.choice([1e-6, 0.01, 0.0])
        if r.random() < 0.6:
            s["warmup_prefix"] = r.random() < 0.5
        if r.random() < 0.5:
            s["min_lr"] = r.choice([0.0, 1e-5, 0.01])
        if r.random() < 0.6:
            s["decay_epochs"] = r.choice([2.4, 30, 10, 0.3, self.number(0.1, 60), None])
        if r.random() < 0.6:
            s["decay_milestones"] = sorted(r.randrange(1, 300) for _ in range(r.randrange(5)))
            self.corners |= {m - 1 for m in s["decay_milestones"]}
        if r.random() < 0.6:
            s["decay_rate"] = r.choice([0.1, 0.9, 0.5, 1.0, self.number(0.05, 1.2)])
        if r.random() < 0.4:
            s["cooldown_epochs"] = r.choice([0, 10])
        if r.random() < 0.5:
            s["cycle_mul"] = r.choice([1.0, 1.5, 2.0, 1.1])
            s["cycle_decay"] = r.choice([1.0, 0.5, 0.1])
            s["cycle_limit"] = r.choice([1, 2, 3])
        if r.random() < 0.4:
            s["k_decay"] = r.choice([1.0, 1.5, 0.7])
        if r.random() < 0.4:
            s["decay_fn"] = r.choice(["linear", "1-sqrt", "cosine", "power", "exp", None])
        if r.random() < 0.4:
            s["stable_timescale"] = r.choice([5, 2.5, 30, None])
        if r.random() < 0.5:
            s["step_on_epochs"] = r.random() < 0.4
            if not s["step_on_epochs"] and r.random() < 0.5:
                s["updates_per_epoch"] = r.choice([1, 3, 10])
                self.corners = {t * s["updates_per_epoch"] for t in self.corners}
        self.corners |= {warmup, epochs, warmup + epochs, epochs // 2}

    def noise(self, name, s):
        """A noise that timm can draw: it draws for ever where noise_pct is 0 or less."""
        r = self.random
        first = r.choice([0, 1, r.randrange(max(self.corners) + 20), r.randrange(-5, 30)])
        last = first + r.choice([1, 2, 10, r.randrange(100), r.choice([50, 50, -3, 0])])
        length = (s.get("num_epochs", 1) or 1) * s.get("updates_per_epoch", 1)
        if name == "create_scheduler_v2":
            first, last = (r.choice([time / length, round(time / length, 2)]) for time in (first, last))
        elif r.random() < 0.3:
            first, last = first - self.number(0, 1), last + self.number(0, 1)
        rare = r.choice([[first, last], [first, last, 7], [first], []])
        range_t = r.choice([first, [first, last], [first, last], rare])
        s["noise" if name == "create_scheduler_v2" else "noise_range_t"] = range_t
        std = 1.0
        if r.random() < 0.6:
            std = s["noise_std"] = r.choice([0.1, 0.5, 2, self.number(0, 3), r.choice([0.0, -0.4, 1e-12, 30.0])])
        if r.random() < 0.6:
            s["noise_pct"] = max(r.choice([0.1, 1, self.number(0.01, 1.5), 0.001]), abs(std) / 1000)
        if r.random() < 0.7:
            drawn = [r.randrange(10**6), r.randrange(-(2**63), 2**63)]
            s["noise_seed"] = r.choice([0, 7, None, *drawn, -3, 2**32 - 5, 2**63 - 1])
        self.corners |= {math.ceil(time * length) for time in (first, last) if time > 0}

    def at(self):
        """Batches around the corners, and some between."""
        r = self.random
        times = {0, 1, 2}
        for corner in r.sample(sorted(self.corners), min(8, len(self.corners))):
            times |= {corner * self.per_t + shift for shift in (-1, 0, 1)} | {(corner + 1) * self.per_t}
        far = max(times)
        times |= {r.randrange(far + 50) for _ in range(8)} | {far + 10 ** r.randrange(2, 6)}
        if self.end is not None:  # a run that gets where there is no value is refused as a whole
            times = {t for t in times if t < self.end} | {self.end}
        return sorted(t for t in times if t >= 0)

    def is_deviation(self, row):
        """Whether this is where Tempo deviates: see the notes of its types."""
        s = row["document"]["schedules"][0]
        if "error" not in row and has_short_range(s):
            return True
        if row.get("error", "").startswith("OverflowError"):
            return not ("k_decay" in s and "t_initial" in s and overflows(s))
        if "error" in row:
            return "complex" in row["error"]
        return s["type"] != "timm.create_scheduler_v2" and is_refused(s)


def overflows(s):
    try:
        return not float(s["t_initial"]) ** s.get("k_decay", 1.0)
    except OverflowError:
        return True


def is_refused(s):
    """Whether Tempo refuses what timm raises for only when it gets there."""
    if s["type"] == "timm.StepLRScheduler":
        return s["decay_t"] == 0 or (s["decay_t"] < 0 and s["decay_rate"] == 0)
    if s.get("power", 1.0) < 0 and s.get("cycle_mul", 1.0) != 1:
        return True
    return s.get("cycle_mul", 1.0) <= 0 or s.get("k_decay", 1.0) < 0 or ("k_decay" in s and overflows(s))


def has_short_range(s):
    """Whether timm raises once it gets to the noise."""
    range_t = s.get("noise_range_t", s.get("noise"))
    least = 1 if s["type"] == "timm.create_scheduler_v2" else 2  # a list of one becomes a number
    return isinstance(range_t, list) and len(range_t) < least and s.get("sched") != "none"
