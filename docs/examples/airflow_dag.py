"""Airflow 3: look every five minutes what is due. Exit status 1 (some pages failed) makes a task skipped."""

from datetime import UTC, datetime, timedelta

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

with DAG(
    dag_id="newscrawl",
    schedule="*/5 * * * *",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    # Two at once do no harm: no site is crawled twice.
    max_active_runs=2,
) as dag:
    BashOperator(
        task_id="crawl_due",
        bash_command="newscrawl crawl --due --json",
        skip_on_exit_code=1,
        # 3: MongoDB or the network was out of reach.
        retries=2,
        retry_delay=timedelta(minutes=1),
    )
