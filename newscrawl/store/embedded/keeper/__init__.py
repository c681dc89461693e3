"""The keeper: a small detached process that runs the mongod of one folder for as long as somebody uses it.

`launch.py` starts it as `python -I -S`, with this folder as the top-level package `keeper`. So its modules import
nothing but each other, relatively, and the standard library, and it is up in about 50 ms (the import of pymongo takes
800). What clients and keeper agree on is here too: the files (`folder.py`), the record of what the keeper is doing
(`state.py`), and the locks (`locks.py`), which the kernel drops with their process, so that nothing stale can block
the next start:

keeper.lock   exclusive, while a keeper lives; taken by the client that starts the keeper and handed to it as an open
              file, so that of any number of clients exactly one starts one
users.lock    shared, by every client; exclusive, by a keeper that found it free and shuts down: a client that arrives
              just then waits for the end and starts a fresh one
users/PID-…   exclusive, by the client that made it; only tells who the users are
"""
