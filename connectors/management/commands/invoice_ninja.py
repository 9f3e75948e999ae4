"""`manage.py invoice_ninja`: the Invoice Ninja of a company, from the command line."""

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError
from django.utils import timezone

from connectors.connecting import (
    NewConnection,
    ask_connection,
    change_connection,
    connection_of_environment,
    create_connection,
    note_test,
)
from connectors.invoice_ninja.access import connection_of
from connectors.invoice_ninja.clients import connection_actor
from connectors.invoice_ninja.creating import create_clients
from connectors.invoice_ninja.importing import GOOD, STOPPED, Imported, Watch, import_clients
from connectors.invoice_ninja.linking import link_customer, sync_customer
from connectors.invoice_ninja.policies import policy_of
from connectors.invoice_ninja.polling import sync_changed
from connectors.invoice_ninja.remote import fetch_client
from connectors.models import Connection
from connectors.problems import BreakerOpen, ConnectorOff
from connectors.states import AutoCreate
from erp.access import Actor
from erp.locking import one_transaction
from erp.management.acting import acting_member, company_named
from erp.problems import Problem, Unavailable
from erp.rights import Right
from sales.models import Customer

REFUSED = 2
TOKEN = "INVOICE_NINJA_TOKEN"  # noqa: S105  the name of a variable


class Command(BaseCommand):
    help = (
        "Work with the Invoice Ninja of a company: connect it, test the connection, import all clients, follow what changed,"
        " link one customer. Exit code 0: done; 1: some rows were refused; 2: refused; 3: stopped part-way, to be resumed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--company", required=True, help="the company's code, e.g. DEMO")
        parser.add_argument("--as", dest="email", default="", help="who acts (default: the oldest OWNER)")
        acts = parser.add_subparsers(dest="act", required=True)
        connect = acts.add_parser("connect", help=f"connect the company, or give it another token (in ${TOKEN})")
        connect.add_argument("url", help="where it is: https://invoice.example.com")
        connect.add_argument("--name", default="Invoice Ninja")
        acts.add_parser("test", help="ask who we are there")
        importing = acts.add_parser("import", help="every active client becomes a customer, or is found to be one")
        importing.add_argument("--dry-run", action="store_true", help="all of it, rolled back; the same report")
        importing.add_argument("--resume", action="store_true", help="go on with the run that was left")
        importing.add_argument("--failures", type=Path, metavar="FILE", help="where what was refused is kept")
        sync = acts.add_parser("sync", help="follow what changed there, make known who is new here; or read one client anew")
        sync.add_argument("--client", metavar="ID", help="id of a client there")
        link = acts.add_parser("link", help="link a customer with a client there")
        link.add_argument("code", help="code of the customer")
        link.add_argument("client", metavar="ID", help="id of the client there")

    def handle(self, *args: Any, **options: Any) -> None:
        company = company_named(options["company"])
        actor = acting_member(company, options["email"], Right.ADMINISTER)
        try:
            code = self._acted(actor, options)
        except (BreakerOpen, Unavailable) as problem:
            self.stderr.write(f"Stopped: {problem.message} An import goes on with --resume.")
            code = STOPPED
        except OperationalError:
            self.stderr.write("Stopped: the database went away. An import goes on with --resume.")
            code = STOPPED
        except Problem as problem:
            self.stderr.write(f"{problem.message} {problem.errors or ''}".strip())
            code = REFUSED
        if code:
            sys.exit(code)

    def _acted(self, actor: Actor, options: dict[str, Any]) -> int:
        if options["act"] == "connect":
            return self._connect(actor, options)
        connection = _connection(actor)
        act = {"test": self._test, "import": self._import, "sync": self._sync, "link": self._link}[options["act"]]
        return act(connection, actor, options)

    def _connect(self, actor: Actor, options: dict[str, Any]) -> int:
        token = os.environ.get(TOKEN, "")
        if not token:
            raise CommandError(f"Put the token into ${TOKEN}; it is stored encrypted.")
        now = timezone.now()
        with one_transaction(company_id=actor.company_id) as locks:
            there = connection_of(locks)
        if there is None:
            new = NewConnection(options["name"], options["url"], token=token, is_judged=False)
            made = create_connection(new=new, actor=actor, now=now)
        else:
            wanted = {"base_url": options["url"], "token": token}
            made = change_connection(connection_id=there.id, wanted=wanted, actor=actor, now=now, is_judged=False)
        self.stdout.write(f"{made.name} is connected to {made.base_url}.")
        return self._test(made, actor, options)

    def _test(self, connection: Connection, actor: Actor, options: dict[str, Any]) -> int:
        tested = note_test(tested=ask_connection(connection), actor=actor, now=timezone.now())
        if tested.ok:
            self.stdout.write(f"{tested.company_name} answers {tested.user_name}, within {tested.ms} ms.")
            return GOOD
        self.stderr.write(f"{tested.problem}: {tested.detail}")
        return REFUSED

    def _import(self, connection: Connection, actor: Actor, options: dict[str, Any]) -> int:
        with _stopping() as should_stop:
            done: Imported = import_clients(
                connection,
                actor=actor,
                watch=Watch(timezone.now, hear=self._hear, should_stop=should_stop),
                dry_run=options["dry_run"],
                resume=options["resume"],
                failures=options["failures"],
            )
        if done.code == STOPPED:
            self.stderr.write("Stopped. Go on with --resume.")
        else:
            self.stdout.write(json.dumps(done.report, indent=2, sort_keys=True))
        return done.code

    def _hear(self, done: int, total: int) -> None:
        self.stderr.write(f"{done:,} of {total:,}")

    def _sync(self, connection: Connection, actor: Actor, options: dict[str, Any]) -> int:
        now = timezone.now()
        if options["client"]:
            fetched = fetch_client(connection, options["client"], with_namesakes=True)
            taken = sync_customer(connection=connection, fetched=fetched, actor=actor, now=now)
            assert taken is not None, "only a poll passes over who is nobody here"
            self.stdout.write(f"{taken.customer.code}: {taken.result}")
            return GOOD
        followed = sync_changed(connection, actor=actor, now=now)
        self.stdout.write(f"{followed.changed} changed, {followed.updated} updated, {followed.refused} refused.")
        created = create_clients(connection, actor=connection_actor(connection, actor.company), now=now)
        if policy_of(connection) is not AutoCreate.OFF:
            self.stdout.write(f"{created.linked} made known, {created.conflicts} conflicts, {created.failed} refused there.")
        return 1 if followed.refused or created.conflicts or created.failed else GOOD

    def _link(self, connection: Connection, actor: Actor, options: dict[str, Any]) -> int:
        with one_transaction(company_id=actor.company_id) as locks:
            customer = Customer.objects.of(locks).filter(code=options["code"]).first()
        if customer is None:
            raise CommandError(f"There is no customer {options['code']!r}.")
        fetched = fetch_client(connection, options["client"])
        taken = link_customer(
            connection=connection, customer_id=customer.id, fetched=fetched, actor=actor, now=timezone.now()
        )
        self.stdout.write(f"{taken.customer.code} is {taken.ref.external_id} there.")
        return GOOD


def _connection(actor: Actor) -> Connection:
    found = connection_of_environment(actor, now=timezone.now())
    if found is None:
        with one_transaction(company_id=actor.company_id) as locks:
            found = connection_of(locks)
    if found is None:
        raise ConnectorOff
    return found


@contextmanager
def _stopping() -> Iterator[Callable[[], bool]]:
    """Ctrl-C and a polite kill end the run after its batch; tells whether one came."""
    wanted: list[int] = []
    before = {
        one: signal.signal(one, lambda number, frame: wanted.append(number)) for one in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield lambda: bool(wanted)
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
