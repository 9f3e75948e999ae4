"""Posting an invoice of three lines in Tryton, on the same PostgreSQL as bench/post and measured as ours is.

    python -m venv /tmp/tryton
    /tmp/tryton/bin/pip install "trytond==7.0.59" "trytond_account_invoice==7.0.18" "proteus==7.0.*" psycopg2-binary
    python -m bench.others.tryton_post --python /tmp/tryton/bin/python [--count 400]

Tryton is none of our dependencies: it comes from an environment of its own, and this is no part of `make bench`. It is
called as its server calls it, without a network between: a validated invoice becomes posted, with its number and its move.
It keeps no stock here, so layers, cost of goods, event and audit entry, which ours writes, are not written.
"""

import argparse
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg

from bench.measuring import HEADER, Figure, bench_database, cpu_seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", required=True, help="of the environment in which Tryton is installed")
    parser.add_argument("--count", type=int, default=400)
    options = parser.parse_args()
    with bench_database() as server, tempfile.TemporaryDirectory() as directory:
        assert server.pid is not None
        config = Path(directory) / "trytond.conf"
        config.write_text("[database]\nuri = postgresql:///\n")
        place = urlsplit(server.url)
        where = {"PGHOST": parse_qs(place.query)["host"][0], "PGPORT": str(place.port), "PGUSER": str(place.username)}
        where["TRYTOND_CONFIG"] = str(config)  # read before anything of it is imported
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE tryton")
        inside = [options.python, str(Path(__file__).with_name("tryton_inside.py")), str(config), str(options.count)]
        with subprocess.Popen(
            inside, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ | where
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            if process.stdout.readline().strip() != "ready":
                raise SystemExit("Tryton did not come so far as to post")
            database, began = cpu_seconds(server.pid), time.perf_counter()
            process.stdin.write("go\n")
            process.stdin.flush()
            told = json.loads(process.stdout.readline())
            wall, database = time.perf_counter() - began, cpu_seconds(server.pid) - database
    latencies = told["latencies_s"]
    print(f"{HEADER}\n{Figure('Tryton, 1 client', len(latencies), wall, told['app_cpu_s'], database, latencies).row()}")


if __name__ == "__main__":
    main()
