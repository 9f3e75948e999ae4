"""Items, units of measure and warehouses over HTTP, under ``/api/inventory/``."""

from typing import Any, ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from erp.api.resources import ResourceView
from erp.bodies import given, sent
from erp.rights import Right
from inventory.api.bodies import ItemBody, ItemPatch, UomBody, UomPatch, WarehouseBody, WarehousePatch
from inventory.api.filters import ItemFilter, UomFilter, WarehouseFilter
from inventory.api.operations import (
    CHANGE_ITEM,
    CHANGE_UOM,
    CHANGE_WAREHOUSE,
    CREATE_ITEM,
    CREATE_UOM,
    CREATE_WAREHOUSE,
    GET_ITEM,
    GET_UOM,
    GET_WAREHOUSE,
    LIST_ITEMS,
    LIST_UOMS,
    LIST_WAREHOUSES,
)
from inventory.cataloguing import (
    NewItem,
    change_item,
    change_uom,
    create_item,
    create_uom,
)
from inventory.models import Item, Uom, Warehouse
from inventory.payloads import CatalogueItemPayload, uom_payload, warehouse_payload
from inventory.queries import read_item, show_items
from inventory.warehousing import change_warehouse, create_warehouse


def _named(members: dict[str, Any], **names: str) -> dict[str, Any]:
    """The members by the names of the use case."""
    return {names.get(name, name): value for name, value in members.items()}


def _with_packs(members: dict[str, Any]) -> dict[str, Any]:
    return members | {"packs": [pack.pack() for pack in members["packs"]]} if "packs" in members else members


class ItemView(ResourceView):
    """What the views of an item share."""

    missing = "Item not found"

    def shown(self, item: Item) -> CatalogueItemPayload:
        written = Item.objects.of(self.actor).select_related("uom").get(id=item.id)
        return show_items(self.actor, [written], now=self.now)[0]


class ItemListView(ItemView):
    """GET the items, newest first; POST a new one."""

    rights: ClassVar = {"GET": Right.READ, "POST": Right.KEEP_ITEMS}
    bodies: ClassVar = {"POST": ItemBody}
    operations: ClassVar = {"GET": LIST_ITEMS, "POST": CREATE_ITEM}

    def get(self, request: Request) -> HttpResponse:
        return self.listed(
            Item.objects.of(self.actor).select_related("uom"),
            lambda rows: show_items(self.actor, rows, now=self.now),
            filters=ItemFilter,
        )

    def post(self, request: Request) -> HttpResponse:
        members = _named(given(self.body(ItemBody)), uom_id="uom")
        draft = NewItem(**_with_packs(members))
        answer = create_item.answer(self.terms(self.shown, status=201), draft=draft, actor=self.actor, now=self.now)
        return self.respond(answer, location="/api/inventory/items/")


class ItemDetailView(ItemView):
    """GET an item; PATCH it."""

    rights: ClassVar = {"GET": Right.READ, "PATCH": Right.KEEP_ITEMS}
    bodies: ClassVar = {"PATCH": ItemPatch}
    operations: ClassVar = {"GET": GET_ITEM, "PATCH": CHANGE_ITEM}

    def get(self, request: Request, item_id: str) -> HttpResponse:
        wanted = self.path_id(item_id)
        return self.found(lambda: read_item(self.actor, wanted, now=self.now))

    def patch(self, request: Request, item_id: str) -> HttpResponse:
        changes = _with_packs(_named(sent(self.body(ItemPatch)), uom_id="uom"))
        answer = change_item.answer(
            self.terms(self.shown),
            item_id=self.path_id(item_id),
            changes=changes,
            actor=self.actor,
            now=self.now,
            expected_version=self.expected_version(),
        )
        return self.respond(answer)


class UomListView(ResourceView):
    """GET the units of measure, newest first; POST a new one."""

    rights: ClassVar = {"GET": Right.READ, "POST": Right.KEEP_STOCK}
    bodies: ClassVar = {"POST": UomBody}
    operations: ClassVar = {"GET": LIST_UOMS, "POST": CREATE_UOM}

    def get(self, request: Request) -> HttpResponse:
        return self.listed(Uom.objects.of(self.actor), lambda rows: map(uom_payload, rows), filters=UomFilter)

    def post(self, request: Request) -> HttpResponse:
        members = sent(self.body(UomBody))
        answer = create_uom.answer(self.terms(uom_payload, status=201), **members, actor=self.actor, now=self.now)
        return self.respond(answer, location="/api/inventory/uoms/")


class UomDetailView(ResourceView):
    """GET a unit of measure; PATCH it."""

    missing = "Unit of measure not found"
    rights: ClassVar = {"GET": Right.READ, "PATCH": Right.KEEP_STOCK}
    bodies: ClassVar = {"PATCH": UomPatch}
    operations: ClassVar = {"GET": GET_UOM, "PATCH": CHANGE_UOM}

    def get(self, request: Request, uom_id: str) -> HttpResponse:
        rows = Uom.objects.of(self.actor).filter(id=self.path_id(uom_id))
        return self.found(lambda: next(map(uom_payload, rows), None))

    def patch(self, request: Request, uom_id: str) -> HttpResponse:
        changes = sent(self.body(UomPatch))
        answer = change_uom.answer(
            self.terms(uom_payload),
            uom_id=self.path_id(uom_id),
            changes=changes,
            actor=self.actor,
            now=self.now,
            expected_version=self.expected_version(),
        )
        return self.respond(answer)


class WarehouseListView(ResourceView):
    """GET the warehouses, newest first; POST a new one."""

    rights: ClassVar = {"GET": Right.READ, "POST": Right.KEEP_STOCK}
    bodies: ClassVar = {"POST": WarehouseBody}
    operations: ClassVar = {"GET": LIST_WAREHOUSES, "POST": CREATE_WAREHOUSE}

    def get(self, request: Request) -> HttpResponse:
        return self.listed(
            Warehouse.objects.of(self.actor), lambda rows: map(warehouse_payload, rows), filters=WarehouseFilter
        )

    def post(self, request: Request) -> HttpResponse:
        members = _named(given(self.body(WarehouseBody)), state_code="state")
        answer = create_warehouse.answer(
            self.terms(warehouse_payload, status=201), **members, actor=self.actor, now=self.now
        )
        return self.respond(answer, location="/api/inventory/warehouses/")


class WarehouseDetailView(ResourceView):
    """GET a warehouse; PATCH it."""

    missing = "Warehouse not found"
    rights: ClassVar = {"GET": Right.READ, "PATCH": Right.KEEP_STOCK}
    bodies: ClassVar = {"PATCH": WarehousePatch}
    operations: ClassVar = {"GET": GET_WAREHOUSE, "PATCH": CHANGE_WAREHOUSE}

    def get(self, request: Request, warehouse_id: str) -> HttpResponse:
        rows = Warehouse.objects.of(self.actor).filter(id=self.path_id(warehouse_id))
        return self.found(lambda: next(map(warehouse_payload, rows), None))

    def patch(self, request: Request, warehouse_id: str) -> HttpResponse:
        changes = sent(self.body(WarehousePatch))
        answer = change_warehouse.answer(
            self.terms(warehouse_payload),
            warehouse_id=self.path_id(warehouse_id),
            changes=changes,
            actor=self.actor,
            now=self.now,
            expected_version=self.expected_version(),
        )
        return self.respond(answer)
