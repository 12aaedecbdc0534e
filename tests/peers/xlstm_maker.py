"""Random documents of xlstm-jax's SchedulerConfig, a few of them illegal. See optax_peer.py for what is xlstm-jax's."""

from optax_maker import CountMaker


class Maker(CountMaker):
    family = "xlstm"
    names = ("SchedulerConfig",)

    def schedule(self, type_name):
        r = self.random
        warmup = r.choice([0, 0, -5, self.count(), self.count()])
        cooldown = r.choice([0, 0, -5, self.count(), self.count()])
        main = r.choice([0, -1, -10]) if r.random() < 0.15 else self.count()
        decay = warmup + main + cooldown
        lr = r.choice([0.1, 1e-3, 3e-4, 0.3, self.number(0, 1), self.number(-1, 1), 1])
        made = {"type": type_name, "lr": lr}
        if r.random() < 0.9:
            made["name"] = r.choice(["constant", "cosine_decay", "exponential_decay", "linear"])
        if r.random() < 0.97:
            made["decay_steps"] = decay
        factor = r.choice([0.1, 0.01, 0.5, 0.0, 1.5, 1, self.number(0, 1), self.number(0, 1)])
        ending = r.choice(["factor", "factor", "lr", "both", "neither"])
        if ending in ("lr", "both"):
            made["end_lr"] = r.choice([0.03, 1e-5, 0.0, self.number(0, 1)]) if ending == "lr" else lr * factor
        if ending == "both":
            made["end_lr_factor"] = made["end_lr"] / lr if lr and r.random() < 0.8 else factor + 0.25
        if ending == "factor":
            made["end_lr_factor"] = factor
        if cooldown or r.random() < 0.3:
            made["cooldown_steps"] = cooldown
        if warmup or r.random() < 0.3:
            made["warmup_steps"] = warmup
        if r.random() < 0.5:
            made["cooldown_lr"] = r.choice([1e-5, 0.01, self.number(0, 1)])
        self.steps |= {warmup, decay - cooldown, decay}
        return made
