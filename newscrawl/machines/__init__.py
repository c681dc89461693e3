"""Past one machine: the engine that gives the parts of a job to the workers of a Dask cluster.

On a Dask worker each part runs in a child process of its own: a crawl needs a reactor that starts once a process,
language models need a process that may be killed, and Dask's own processes may have no children by `multiprocessing`.
The child dies with its worker, however that dies; then Dask gives the part to another worker.
"""

from newscrawl.machines.engine import DaskEngine

__all__ = ["DaskEngine"]
