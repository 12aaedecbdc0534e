"""A schedule of one's own: a function from the step to a factor, stacked on one of the registry."""

import math

import tempo
from tempo import schedules


def wave(step: int) -> float:
    """A ripple of a tenth around 1, once in 20 steps."""
    return 1 + 0.1 * math.sin(step * math.pi / 10)


schedule = schedules.torch.LambdaLR(wave) * schedules.torch.ExponentialLR(gamma=0.99)
run = tempo.Run("100ba", step_schedulers_every_batch=True)
plan = tempo.Plan(schedule, run, tempo.Group(lr=0.5))

print(schedule)
for batch in range(0, 101, 25):
    print(f"{batch:3}  {plan(batch):.6f}  by hand {0.5 * wave(batch) * 0.99**batch:.6f}")
