"""usage: python -m benchmarks.adapters buyer|judge|reader
python -m benchmarks.adapters buyer FILE            (goes on from a former training)
python -m benchmarks.adapters mean NAME RANK FILE FILE…   (what several trainings agree on)
"""

import sys

from benchmarks.adapters import buyer, judge, reader
from benchmarks.adapters.lora import mean

TRAIN = {"buyer": buyer.train, "judge": judge.train, "reader": reader.train}

if __name__ == "__main__":
    if sys.argv[1:2] == ["mean"] and len(sys.argv) > 4:
        mean(sys.argv[2], int(sys.argv[3]), sys.argv[4:])
    elif sys.argv[1:2] == ["buyer"] and len(sys.argv) == 3:
        buyer.train(sys.argv[2], seed=1)
    elif len(sys.argv) == 2 and sys.argv[1] in TRAIN:
        TRAIN[sys.argv[1]]()
    else:
        raise SystemExit(__doc__)
