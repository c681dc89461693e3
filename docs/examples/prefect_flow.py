"""Prefect: look every five minutes what is due, and log what became of each site."""

import json
import subprocess

from prefect import flow, get_run_logger, task

COMMAND = ["newscrawl", "crawl", "--due", "--json"]


@task(retries=2, retry_delay_seconds=60)
def crawl_due() -> list[dict]:
    """Crawl what is due; fails when MongoDB or the network was out of reach (3), or the configuration is wrong (2)."""
    done = subprocess.run(COMMAND, capture_output=True, text=True, check=False)
    if done.returncode > 1:
        raise RuntimeError(done.stderr.strip() or f"exit status {done.returncode}")
    return json.loads(done.stdout)


@flow(name="newscrawl")
def newscrawl() -> None:
    """Crawl what is due."""
    for result in crawl_due():
        status = result["run"]["status"] if result["run"] else result["skipped"] or result["error"]
        get_run_logger().info("%s: %s", result["site"], status)


if __name__ == "__main__":
    newscrawl.serve(cron="*/5 * * * *")
