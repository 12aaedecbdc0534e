"""Random documents of optax's schedules, a few of them illegal, in 64 bits and in JAX's default arithmetic."""

import common
import optax_peer
from optax_peer import LAST_COUNT

SIMPLE = ("constant_schedule", "polynomial_schedule", "linear_schedule", "cosine_decay_schedule", "exponential_decay")


class CountMaker(common.Maker):
    """Of schedules that count steps; `steps` are those at which something happens in what is being made."""

    peer = optax_peer
    dtype = "float64"

    def document(self, name):
        self.steps = set()
        schedule = self.schedule(f"{self.family}.{name}")
        if self.dtype != "float64":
            schedule["dtype"] = self.dtype
        self.times = self.choose_times()
        if "join" not in name and self.random.random() < 0.1:
            every = self.random.choice([2, 3, 10])
            schedule["every"] = f"{every}ba"
            within = {time * every + self.random.randrange(every) for time in self.times}
            self.times = sorted(within | {time * every for time in self.times})
        lr = self.random.choice([1.0, 0.1])
        return {"tempo": 1, "optimizer": {"lr": lr}, "schedules": [schedule]}

    def at(self):
        return self.times

    def value(self):
        """A learning rate, mostly."""
        r = self.random
        return r.choice([0.1, 1e-3, 3e-4, 6e-4, 1.0, 0.3, self.number(0, 1), self.number(-1, 1), 0.0, 1])

    def count(self):
        return self.random.choice([1, 2, 3, 7, 10, 20, 50, 100, 333, 1000, self.random.randrange(1, 5000)])

    def choose_times(self):
        """Both sides of every step at which something happens, some between, and some far beyond."""
        r = self.random
        times = {0, 1, 2, 10**6 + r.randrange(1000), 10**12 + r.randrange(1000)}
        last = max(self.steps, default=100)
        for step in self.steps:
            times |= {step - 1, step, step + 1}
        between = 10
        if self.dtype == "float32":
            between = 5
            times |= {2**24 + 1, LAST_COUNT - 1, LAST_COUNT, LAST_COUNT + 1}
            if min(self.steps, default=0) < 0:  # optax's count minus such a step wraps around there
                times = {time for time in times if time < LAST_COUNT // 2}
        times |= {r.randrange(max(1, last + last // 4 + 2)) for _ in range(between)}
        return sorted(time for time in times if 0 <= time < 2**62)


class Maker(CountMaker):
    family = "optax"
    names = SIMPLE + (
        "piecewise_constant_schedule",
        "piecewise_interpolate_schedule",
        "linear_onecycle_schedule",
        "cosine_onecycle_schedule",
        "warmup_constant_schedule",
        "warmup_cosine_decay_schedule",
        "warmup_exponential_decay_schedule",
        "sgdr_schedule",
        "join_schedules",
    )

    def schedule(self, type_name, start=0):
        """One that begins at a step, so that self.steps are those of training."""
        name = type_name.split(".")[1]
        return {"type": type_name} | getattr(self, name)(start)

    def illegal(self, name):
        is_valid = name in ("constant_schedule", "warmup_constant_schedule")  # whatever they are given
        return [({"max_duration": "100ba"}, [{"type": f"optax.{name}"}])] if is_valid else []

    def happens(self, *steps):
        self.steps |= set(steps)

    def begin(self):
        return self.random.choice([0, 0, 0, 5, 37, -3, self.count()])

    def length(self):
        return self.random.choice([0, -4]) if self.random.random() < 0.08 else self.count()

    def power(self):
        r = self.random
        return r.choice([1, 2, 3, 5, 1.0, 2.0, 3.0, 0.5, 0, 0.0, self.number(0.1, 4), self.number(0.1, 4)])

    def some(self, **optional):
        """Some of the parameters that have a default."""
        return {key: value for key, value in optional.items() if self.random.random() < 0.7}

    def constant_schedule(self, start):
        return {"value": self.value()}

    def polynomial_schedule(self, start):
        begin, steps = self.begin(), self.length()
        if self.dtype == "float32" and steps > 0 and self.random.random() < 0.05:
            begin = 2**31  # one more than JAX takes
        self.happens(start + max(begin, 0), start + max(begin, 0) + steps)
        made = {"init_value": self.value(), "end_value": self.value(), "power": self.power(), "transition_steps": steps}
        return made | ({"transition_begin": begin} if begin else {})

    def linear_schedule(self, start):
        made = self.polynomial_schedule(start)
        del made["power"]
        return made

    def cosine_decay_schedule(self, start):
        steps = self.length()
        self.happens(start + steps)
        made = {"init_value": self.value(), "decay_steps": steps}
        return made | self.some(alpha=self.random.choice([0.1, 0.01, self.number(-1, 2), 0]), exponent=self.power())

    def decay(self, start):
        r = self.random
        steps, begin = self.length(), self.begin()
        first = start + max(begin, 0)
        self.happens(first, first + steps, first + 2 * steps)
        drawn = [self.number(0.01, 1.2), self.number(0.01, 1.2)]
        rate = r.choice([0.5, 0.9, 0.96, 0.1, 2.0, 1.5, 2, 1.0, 0, *drawn, -0.5])
        made = {"transition_steps": steps, "decay_rate": rate}
        return made | self.some(
            transition_begin=begin,
            staircase=r.random() < 0.5 or rate < 0,
            end_value=r.choice([None, 0.01, 0.5, self.value()]),
        )

    def exponential_decay(self, start):
        return {"init_value": self.value() or 0.2} | self.decay(start)

    def warmup(self, start):
        steps = self.random.choice([0, -5]) if self.random.random() < 0.1 else self.count()
        self.happens(start, start + steps)
        return {
            "init_value": self.random.choice([0.0, self.value()]),
            "peak_value": self.value(),
            "warmup_steps": steps,
        }

    def warmup_constant_schedule(self, start):
        return self.warmup(start)

    def warmup_cosine_decay_schedule(self, start):
        made = self.warmup(start)
        made["decay_steps"] = made["warmup_steps"] + self.length()
        self.happens(start + made["decay_steps"])
        return made | self.some(end_value=self.random.choice([0.0, 1e-5, self.value()]), exponent=self.power())

    def warmup_exponential_decay_schedule(self, start):
        made = self.warmup(start)
        made["peak_value"] = made["peak_value"] or 0.2
        return made | self.decay(start + made["warmup_steps"])

    def scales(self):
        r = self.random
        steps = r.sample(range(1, 2000), r.randrange(7))
        if r.random() < 0.2:
            steps += [0]
        if r.random() < 0.2:
            steps += [-r.randrange(1, 50)]
        r.shuffle(steps)
        self.happens(*steps)
        scales = {str(step): r.choice([0.1, 0.5, 2.0, 2, 0, self.number(0, 1.5)]) for step in steps}
        if steps and r.random() < 0.1:
            scales[str(steps[0])] = -0.5
        return scales

    def piecewise_constant_schedule(self, start):
        return {"init_value": self.value()} | self.some(boundaries_and_scales=self.scales())

    def piecewise_interpolate_schedule(self, start):
        shape = "linear" if self.random.random() < 0.5 else "cosine"
        return {"interpolate_type": shape, "init_value": self.value()} | self.some(boundaries_and_scales=self.scales())

    def cycle(self, steps, share_start, share_final=0.0):
        """Truncated as optax does it, which only matters for the choice of times."""
        self.happens(int(steps * share_start), int(steps * share_final), steps)

    def linear_onecycle_schedule(self, start):
        r = self.random
        steps = self.length()
        made = self.some(
            pct_start=r.choice([0.3, 0.1, 0.0, self.number(0, 1)]),
            pct_final=r.choice([0.85, 0.9, 1.0, 1, self.number(0.3, 1.2)]),
            div_factor=r.choice([25.0, 10, 1.0, self.number(0.5, 30)]),
            final_div_factor=r.choice([1e4, 100, 1.0, self.number(0.5, 1000)]),
        )
        self.cycle(steps, made.get("pct_start", 0.3), made.get("pct_final", 0.85))
        return {"transition_steps": steps, "peak_value": self.value()} | made

    def cosine_onecycle_schedule(self, start):
        made = self.linear_onecycle_schedule(start)
        made.pop("pct_final", None)
        return made

    def sgdr_schedule(self, start):
        cycles = []
        for _ in range(self.random.choice([0, 1, 2, 3, 3, 4, 6])):
            cycles.append(self.warmup_cosine_decay_schedule(start))
            start += cycles[-1]["decay_steps"]
        return {"cosine_kwargs": cycles}

    def join_schedules(self, start, depth=0):
        r = self.random
        count = r.choice([1, 2, 2, 3, 3, 4])
        boundaries = sorted(r.randrange(1, 2000) for _ in range(count - 1))
        if r.random() < 0.1:
            r.shuffle(boundaries)
        if boundaries and r.random() < 0.1:
            boundaries[0] = r.choice([0, -7])
        self.happens(*(start + boundary for boundary in boundaries))
        schedules = []
        for begin in [0, *boundaries]:
            names = SIMPLE + ("warmup_cosine_decay_schedule", "piecewise_constant_schedule", "linear_onecycle_schedule")
            name = "join_schedules" if depth < 2 and r.random() < 0.1 else r.choice(names)
            if name == "join_schedules":
                schedules.append({"type": f"optax.{name}"} | self.join_schedules(start + begin, depth + 1))
            else:
                schedules.append(self.schedule(f"optax.{name}", start + begin))
        if r.random() < 0.1:  # one too many of either
            r.choice([schedules, boundaries]).append(2500)
            if schedules[-1] == 2500:
                schedules[-1] = {"type": "optax.constant_schedule", "value": 7.0}
        return {"schedules": schedules, "boundaries": boundaries}


class SingleMaker(Maker):
    dtype = "float32"
    suffix = "-float32"

    def illegal(self, name):
        return []
