"""A schedule, the numbers in it, and a picture: python plan_and_plot.py [PICTURE.svg]"""

import sys
from pathlib import Path

import tempo
from tempo import schedules

warmup_and_cosine = schedules.composer.CosineAnnealingWithWarmupScheduler("5ep", alpha_f=0.01)
decay = schedules.composer.LinearScheduler(field="weight_decay", alpha_f=0.1)

plan = tempo.Plan(
    warmup_and_cosine * decay,
    tempo.Run("90ep", batches_per_epoch=1251, samples_per_batch=1024),
    tempo.Group(lr=0.4, weight_decay=1e-4),
)

for finding in plan.findings:
    print(f"{finding.path}: {finding.message}")
for at in ("0ep", "5ep", "45ep", "90ep"):
    print(f"{at:>4}  lr {plan(at):.4f}  weight_decay {plan(at, 'weight_decay'):.3g}")

picture = Path(sys.argv[1] if len(sys.argv) > 1 else "plan.svg")
picture.write_text(plan.svg(title="ResNet-50"), encoding="utf-8")
print(f"the curves: {picture}")
