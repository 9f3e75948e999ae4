"""Price lists over HTTP: ``/api/inventory/price_lists/``."""

from typing import ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from erp.api.resources import ResourceView
from erp.bodies import given, sent
from erp.rights import Right
from inventory.api.bodies import PriceListBody, PriceListPatch, PricesBody
from inventory.api.filters import PriceFilter, PriceListFilter
from inventory.api.price_operations import (
    CHANGE_PRICE_LIST,
    CREATE_PRICE_LIST,
    GET_PRICE_LIST,
    LIST_PRICE_LISTS,
    LIST_PRICES,
    SET_PRICES,
)
from inventory.models import Price, PriceList
from inventory.price_payloads import (
    PriceListPayload,
    PricesSetPayload,
    price_list_payload,
    price_payload,
    prices_set_payload,
)
from inventory.pricing import NewPrice, NewPriceList, PricesSet, change_price_list, create_price_list, set_prices


class PriceListView(ResourceView):
    """What the views of a price list share."""

    missing = "Price list not found"

    def shown(self, price_list: PriceList) -> PriceListPayload:
        return price_list_payload(PriceList.objects.of(self.actor).select_related("currency").get(id=price_list.id))

    def shown_prices(self, done: PricesSet) -> PricesSetPayload:
        return prices_set_payload(done.price_list, done.prices)


class PriceListListView(PriceListView):
    """GET the price lists, newest first; POST a new one."""

    rights: ClassVar = {"GET": Right.READ, "POST": Right.KEEP_PRICES}
    bodies: ClassVar = {"POST": PriceListBody}
    operations: ClassVar = {"GET": LIST_PRICE_LISTS, "POST": CREATE_PRICE_LIST}

    def get(self, request: Request) -> HttpResponse:
        return self.listed(
            PriceList.objects.of(self.actor).select_related("currency"),
            lambda rows: map(price_list_payload, rows),
            filters=PriceListFilter,
        )

    def post(self, request: Request) -> HttpResponse:
        members = given(self.body(PriceListBody))
        draft = NewPriceList(currency=members.pop("currency_id", None), **members)
        answer = create_price_list.answer(self.terms(self.shown, status=201), draft=draft, actor=self.actor, now=self.now)
        return self.respond(answer, location="/api/inventory/price_lists/")


class PriceListDetailView(PriceListView):
    """GET a price list; PATCH it."""

    rights: ClassVar = {"GET": Right.READ, "PATCH": Right.KEEP_PRICES}
    bodies: ClassVar = {"PATCH": PriceListPatch}
    operations: ClassVar = {"GET": GET_PRICE_LIST, "PATCH": CHANGE_PRICE_LIST}

    def get(self, request: Request, list_id: str) -> HttpResponse:
        rows = PriceList.objects.of(self.actor).select_related("currency").filter(id=self.path_id(list_id))
        return self.found(lambda: next(map(price_list_payload, rows), None))

    def patch(self, request: Request, list_id: str) -> HttpResponse:
        changes = sent(self.body(PriceListPatch))
        answer = change_price_list.answer(
            self.terms(self.shown),
            list_id=self.path_id(list_id),
            changes=changes,
            actor=self.actor,
            now=self.now,
            expected_version=self.expected_version(),
        )
        return self.respond(answer)


class PricesView(PriceListView):
    """GET the prices of a list, newest first; POST prices onto it."""

    rights: ClassVar = {"GET": Right.READ, "POST": Right.KEEP_PRICES}
    bodies: ClassVar = {"POST": PricesBody}
    operations: ClassVar = {"GET": LIST_PRICES, "POST": SET_PRICES}

    def get(self, request: Request, list_id: str) -> HttpResponse:
        wanted = self.path_id(list_id)
        answer = self.listed(
            Price.objects.of(self.actor).filter(price_list_id=wanted).select_related("item"),
            lambda rows: map(price_payload, rows),
            filters=PriceFilter,
        )
        self.require(PriceList.objects.of(self.actor).filter(id=wanted))
        return answer

    def post(self, request: Request, list_id: str) -> HttpResponse:
        prices = [NewPrice(**given(price)) for price in self.body(PricesBody).prices]
        answer = set_prices.answer(
            self.terms(self.shown_prices),
            list_id=self.path_id(list_id),
            prices=prices,
            actor=self.actor,
            now=self.now,
            expected_version=self.expected_version(),
        )
        return self.respond(answer)
