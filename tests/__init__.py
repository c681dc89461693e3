"""The tests. One core is one thread of the matrix library: several only spin where tests run side by side."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # read when numpy loads
