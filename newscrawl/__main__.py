"""`python -m newscrawl`."""

if __name__ == "__main__":  # worker processes load this module too, and need no commands
    from newscrawl.cli import main

    main()
