"""The import as it is usually written: nested serializers, update_or_create, bulk_create. Only to compare with."""

import json
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.urls import path
from django.utils import timezone
from rest_framework import serializers, status
from rest_framework.parsers import JSONParser
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bench.ordinary.models import PlainInvoice, PlainItem
from erp.access import API_KEYS
from erp.models import ApiKey, AuditEntry, OutboxEvent
from sales.models import Customer, Salesman


class CustomerSerializer(serializers.ModelSerializer[Customer]):
    code = serializers.CharField(max_length=50)

    class Meta:
        model = Customer
        fields = ("code", "name", "area", "address1", "address2", "address3", "pincode", "phone1", "phone2", "email")


class ItemSerializer(serializers.ModelSerializer[PlainItem]):
    class Meta:
        model = PlainItem
        fields = (
            *("id", "name", "item_code", "barcode", "quantity", "mrp", "company_name", "packing", "shelf_location"),
            *("batch_no", "expiry_date", "remarks"),
        )
        read_only_fields = ("id",)


class InvoiceSerializer(serializers.ModelSerializer[PlainInvoice]):
    customer = CustomerSerializer()
    items = ItemSerializer(many=True)
    salesman = serializers.CharField(max_length=150)
    Total = serializers.DecimalField(max_digits=18, decimal_places=2, required=False, source="given_total")

    class Meta:
        model = PlainInvoice
        fields = (
            *("id", "invoice_no", "invoice_date", "salesman", "created_by", "priority", "Total", "temp_name", "remarks"),
            *("customer", "items", "fulfilment_status", "billing_status", "created_at"),
        )
        read_only_fields = ("id", "fulfilment_status", "billing_status", "created_at")


class HasKey(BasePermission):
    """Looks the key up by its prefix and compares hashes, as the usual library does."""

    def has_permission(self, request: Request, view: Any) -> bool:
        text = request.headers.get("X-API-KEY", "")
        key = ApiKey.unscoped.select_related("company").filter(prefix=text.partition(".")[0], revoked_at=None).first()
        request.auth = key
        return key is not None and API_KEYS.verify(text, key.hashed_key)


class OrdinaryImportView(APIView):
    permission_classes = (HasKey,)
    parser_classes = (JSONParser,)

    @transaction.atomic
    def post(self, request: Request) -> Response:
        serializer = InvoiceSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        data = dict(serializer.validated_data)
        company = request.auth.company
        now = timezone.now()
        items = data.pop("items")
        customer_data = dict(data.pop("customer"))
        customer, _ = Customer.unscoped.update_or_create(
            company=company,
            code=customer_data.pop("code"),
            defaults=customer_data | {"updated_at": now},
            create_defaults=customer_data | {"created_at": now, "updated_at": now},
        )
        salesman, _ = Salesman.unscoped.get_or_create(
            company=company, name=data.pop("salesman"), defaults={"created_at": now}
        )
        lines = [(item["quantity"] * item["mrp"]).quantize(Decimal("0.01")) for item in items]
        total = sum(lines, Decimal(0))
        invoice = PlainInvoice.objects.create(
            company=company,
            customer=customer,
            salesman=salesman,
            items_total=total,
            total_value=data.get("given_total", total),
            **data,
        )
        PlainItem.objects.bulk_create(
            PlainItem(company=company, invoice=invoice, line_no=number, line_total=line, **item)
            for number, (item, line) in enumerate(zip(items, lines, strict=True), start=1)
        )
        shown = InvoiceSerializer(invoice).data
        OutboxEvent.unscoped.create(
            company=company,
            type="invoice_created",
            subject_kind="invoice",
            subject_id=invoice.id,
            payload=json.dumps(shown, default=str),
            created_at=now,
        )
        AuditEntry.unscoped.create(
            company=company,
            at=now,
            actor_kind="api_key",
            actor_id=request.auth.id,
            actor_name=request.auth.name,
            action="import_invoice",
            subject_kind="invoice",
            subject_id=invoice.id,
        )
        return Response({"success": True, "data": shown}, status=status.HTTP_201_CREATED)


urlpatterns = [path("api/sales/import/invoice/", OrdinaryImportView.as_view())]
