"""Random documents of Composer's schedulers beside a weight decay that follows the learning rate."""

import composer_maker
import composer_peer
from common import recorded

DECAY = {"type": composer_peer.DECAY, "field": "weight_decay"}
LEADERS = ("LinearWithWarmupScheduler", "CosineAnnealingScheduler", "MultiStepScheduler", "ExponentialScheduler")


class Maker(composer_maker.Maker):
    names = ("decoupled_weight_decay",)
    optimizer = {"lr": 0.1, "weight_decay": 0.1}

    def document(self, name):
        r = self.random
        document = {"tempo": 1, "run": self.run()}
        document["optimizer"] = {
            "lr": r.choice([1.0, 0.1, 3e-4, 6e-4, self.number(0.001, 1), r.choice([0.1, 0.0])]),
            "weight_decay": r.choice([1e-4, 1e-5, 0.1, self.number(0.001, 1), r.choice([1e-4, 0.0])]),
        }
        document["schedules"] = [self.schedule("composer." + r.choice(LEADERS))]
        return document

    def rows(self, name, number):
        """None where the learning rate is refused."""
        document = self.document(name)
        row = {"id": f"composer.{name}-{number:04d}", "document": document, "at": self.at()}
        if "error" in recorded(composer_peer, row):
            return []
        decay = DECAY | ({"follows": "lr"} if self.random.random() < 0.5 else {})
        document["schedules"].insert(self.random.choice([0, 1]), decay)
        return [recorded(composer_peer, row)]

    def illegal(self, name):
        """Nothing but what is wrong with the learning rate."""
        return [(run, [DECAY, *schedules]) for run, schedules in super().illegal(LEADERS[0])]
