"""Random documents of Hugging Face transformers' schedules, and a list of illegal ones."""

import common
import huggingface_peer
from huggingface_peer import step_of

SHAPES = ("linear", "cosine", "1-sqrt")


class Maker(common.Maker):
    """`corners` collects the steps to look at."""

    family, peer = "hf", huggingface_peer
    names = (
        "get_constant_schedule",
        "get_constant_schedule_with_warmup",
        "get_linear_schedule_with_warmup",
        "get_cosine_schedule_with_warmup",
        "get_cosine_with_hard_restarts_schedule_with_warmup",
        "get_polynomial_decay_schedule_with_warmup",
        "get_inverse_sqrt_schedule",
        "get_cosine_with_min_lr_schedule_with_warmup",
        "get_cosine_with_min_lr_schedule_with_warmup_lr_rate",
        "get_wsd_schedule",
    )

    def document(self, name):
        r = self.random
        self.corners = {0, 1}
        self.lr = r.choice([1.0, 0.1, 5e-5, 3e-4, self.rate()])
        schedule = {"type": f"hf.{name}"} | getattr(self, "_" + name)()
        if r.random() < 0.15:
            schedule["every"] = r.choice(["2ba", "3ba", "16ba"])
        self.made = {"tempo": 1, "optimizer": {"lr": self.lr}, "schedules": [schedule]}
        return self.made

    def steps(self, low, high):
        """Mostly whole; else what 0.1 * total gives."""
        count = self.random.randrange(low, high)
        return self.random.choice([count] * 6 + [float(count), count + self.number(0, 1)])

    def rate(self):
        """Not 0, which transformers divides by."""
        return self.number(0.01, 1) or 0.05

    def warmup(self):
        count = self.random.choice([0, 1, 2, self.steps(0, 12), self.steps(0, 120), self.steps(0, 1200)])
        self.corners |= {int(count), int(count) + 1, int(count / 2)}
        return {"num_warmup_steps": count}

    def lengths(self):
        given = self.warmup()
        count = int(given["num_warmup_steps"]) + self.random.choice([self.steps(1, 20), self.steps(20, 2000)])
        if self.random.random() < 0.1:
            count = self.steps(0, 40)
        self.corners |= {int(count), int((count + given["num_warmup_steps"]) / 2)}
        return given | {"num_training_steps": count}

    def some(self, chance=0.7, **choices):
        """Some of the parameters, each one of its values."""
        r = self.random
        return {name: r.choice(values) for name, values in choices.items() if r.random() < chance}

    def cycles(self):
        return self.some(num_cycles=[0.5, 1, 1.5, 2, 0.25, 0, self.number(-2, 6)])

    def _get_constant_schedule(self):
        return {}

    def _get_constant_schedule_with_warmup(self):
        return self.warmup()

    def _get_linear_schedule_with_warmup(self):
        return self.lengths()

    def _get_cosine_schedule_with_warmup(self):
        return self.lengths() | self.cycles()

    def _get_cosine_with_hard_restarts_schedule_with_warmup(self):
        given = self.lengths() | self.some(num_cycles=[1, 2, 3, 5, 0, self.number(0, 9), 40])
        start, end = given["num_warmup_steps"], given["num_training_steps"]
        for cycle in range(1, min(6, int(given.get("num_cycles", 1)))):
            self.corners |= {max(0, int(start + (end - start) * cycle / given["num_cycles"]))}
        return given

    def _get_polynomial_decay_schedule_with_warmup(self):
        given = self.lengths()
        while given["num_warmup_steps"] == given["num_training_steps"]:  # divides by zero when it gets there
            given = self.lengths()
        lr, init = self.lr, self.some(0.4, lr_init=[1.0, 0.1, 2e-3, self.rate()])
        low = init.get("lr_init", lr)
        ends = [0.0, low / 10, low * self.number(0, 0.9), 1e-8, -0.1]
        return given | self.some(lr_end=ends, power=[2.0, 0.5, 1, 3, 0.0, self.number(0, 4)]) | init

    def _get_inverse_sqrt_schedule(self):
        given = self.warmup()
        return given | self.some(timescale=[1, 7, 10000, self.steps(1, 300), self.steps(1, 9000), None])

    def _get_cosine_with_min_lr_schedule_with_warmup(self):
        return self.lengths() | self.cycles() | self.floor()

    def _get_cosine_with_min_lr_schedule_with_warmup_lr_rate(self):
        start = self.some(warmup_lr_rate=[0.0, 0.1, 1, self.number(0, 1), 1.5, None])
        return self.lengths() | self.cycles() | self.floor() | start

    def floor(self):
        if self.random.random() < 0.4:
            return {"min_lr_rate": self.random.choice([0.1, 0, 1, self.number(0, 1), 1.2, -0.2])}
        low = {"min_lr": self.random.choice([self.lr / 10, 1e-6, 0, self.lr * self.number(0, 1.2), -0.01])}
        return low | self.some(0.4, lr_init=[1.0, 0.1, 2e-3, self.rate()])

    def _get_wsd_schedule(self):
        r = self.random
        given = self.lengths()
        start, end = given["num_warmup_steps"], given["num_training_steps"]
        decay = given["num_decay_steps"] = r.choice([0, 1, self.steps(1, 30), self.steps(1, 900)])
        if r.random() < 0.4:
            stable = given["num_stable_steps"] = r.choice([0, self.steps(1, 30), self.steps(1, 900)])
            end = start + stable + decay
            if r.random() < 0.7:
                del given["num_training_steps"]
        self.corners |= {max(0, int(step)) for step in (end, end - decay, end - decay / 2)}
        return given | self.cycles() | self.some(
            warmup_type=SHAPES, decay_type=SHAPES, min_lr_ratio=[0.1, 0, self.number(0, 1), 1.5, -0.3]
        )

    def at(self):
        """Batches around the corners, some between, and some far beyond."""
        r = self.random
        corners = r.sample(sorted(self.corners), min(7, len(self.corners)))
        steps = {max(0, corner + near) for corner in corners for near in (-1, 0, 1)} | {0}
        steps |= {r.randrange(max(steps) + 30) for _ in range(6)} | {max(steps) + r.randrange(1, 300)}
        if r.random() < 0.3:
            steps |= {r.choice([10**6, 10**9 + 7, 10**12 + 1])}
        every = next(size for size in range(1, 99) if step_of(self.made, size) == 1)
        return sorted(step * every + r.randrange(every) for step in steps)

    def illegal(self, name):
        return [({}, [{"type": f"hf.{name}"} | given]) for given in ILLEGAL[name]]


_LENGTHS = {"num_warmup_steps": 5, "num_training_steps": 50}
_FLOORS = ({}, _LENGTHS, _LENGTHS | {"min_lr": 0.01, "min_lr_rate": 0.1}, _LENGTHS | {"min_lr": 0.1, "power": 1.0})
# What transformers refuses, or divides by zero for at the latest when the training is over.
ILLEGAL = {
    "get_constant_schedule": ({"num_warmup_steps": 5},),
    "get_constant_schedule_with_warmup": ({}, _LENGTHS),
    "get_linear_schedule_with_warmup": ({}, {"num_warmup_steps": 5}, {"num_training_steps": 50}),
    "get_cosine_schedule_with_warmup": ({}, {"num_warmup_steps": 5}, _LENGTHS | {"min_lr": 0.1}),
    "get_cosine_with_hard_restarts_schedule_with_warmup": ({}, {"num_training_steps": 50}),
    "get_polynomial_decay_schedule_with_warmup": (
        {"num_warmup_steps": 5},
        _LENGTHS | {"lr_end": 0.1},
        _LENGTHS | {"lr_end": 0.5},
        _LENGTHS | {"lr_end": 0.05, "lr_init": 0.05},
        _LENGTHS | {"num_training_steps": 5},
        _LENGTHS | {"power": -1.0},
    ),
    "get_inverse_sqrt_schedule": (
        {"timescale": 10},
        {"num_warmup_steps": 5, "timescale": 0},
        {"num_warmup_steps": 5, "timescale": -5},
    ),
    "get_cosine_with_min_lr_schedule_with_warmup": _FLOORS,
    "get_cosine_with_min_lr_schedule_with_warmup_lr_rate": _FLOORS,
    "get_wsd_schedule": (
        {"num_warmup_steps": 5, "num_decay_steps": 10},
        _LENGTHS,
        _LENGTHS | {"num_decay_steps": 10, "warmup_type": "exponential"},
        _LENGTHS | {"num_decay_steps": 10, "decay_type": "sqrt"},
    ),
}
