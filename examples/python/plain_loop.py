"""A training loop in nothing but Python whose learning rate is a schedule.

It fits a line to points; what matters is the loop. examples/training_loop.c is the same in C.
"""

import tempo

EPOCHS, BATCHES = 4, 50

run = tempo.Run(f"{EPOCHS}ep", batches_per_epoch=BATCHES)
plan = tempo.Plan(
    "composer.CosineAnnealingWithWarmupScheduler t_warmup=20ba alpha_f=0.01",
    run,
    tempo.Group(lr=0.1),
)


def train_one_batch(weight: float, lr: float, x: float) -> tuple[float, float]:
    """One step of gradient descent for y = weight * x on y = 3x: the new weight, and the loss."""
    difference = weight * x - 3 * x
    return weight - lr * 2 * difference * x, difference**2


weight = 0.0
for batch in range(plan.batches):
    lr = plan(batch)
    weight, loss = train_one_batch(weight, lr, (batch % 7 + 1) / 7)
    if batch % 40 == 0:
        print(f"batch {batch:3}  lr {lr:.5f}  loss {loss:.5f}")
print(f"weight {weight:.4f} after {EPOCHS} epochs")
