"""usage: python -m benchmarks.adapters buyer|judge"""

import sys

from benchmarks.adapters import buyer, judge

TRAIN = {"buyer": buyer.train, "judge": judge.train}

if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in TRAIN:
        raise SystemExit(__doc__)
    TRAIN[sys.argv[1]]()
