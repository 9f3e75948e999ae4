"""What a company decides for itself: each policy's choices, the default first. Pure.

Source: "Policies" in the contract of companies. A policy is a column of the company; the choices are checked there again.
"""

from typing import Literal

TotalMismatch = Literal["accept", "reject"]
"""A `Total` that differs from the sum of an imported invoice's items."""
OnConflict = Literal["update", "reject"]
"""An import of a number that is known."""
ReimportInProgress = Literal["accept", "reject"]
"""An import that changes what the warehouse is working on."""
NumberDateOrder = Literal["warn", "refuse"]
"""An invoice of ours that is dated before one with a lower number."""
OLDEST_RATE_DAYS = 366
"""The most that a company may allow as the age of an exchange rate, in days; none older is ever booked at."""
CreditCheck = Literal["refuse", "warn", "off"]
"""Confirming an order that takes the customer past his credit limit."""
BatchMismatch = Literal["refuse", "any_batch"]
"""A line that wants more of its batch than there is."""
SellExpired = Literal["refuse", "warn"]
"""Selling goods of a batch that has expired."""
ImportCreatesItems = Literal["untracked", "tracked", "never"]
"""Posting an imported line whose item code is no item's SKU."""
PostRequires = Literal["none", "packed", "delivered"]
"""How far the warehouse must be before a sale is booked."""
PurchaseMatch = Literal["order", "receipt"]
"""What a bill of a purchase order is held against: what was ordered, or what of it has come (tracked goods)."""
ImportTax = Literal["none", "inclusive"]
"""Whether the prices of imported lines include GST."""
CourierHandover = Literal["dispatched", "delivered"]
"""What an invoice is that was handed to a courier."""
PackingQuantityCheck = Literal["refuse", "warn"]
"""Trays that hold other quantities than their invoice."""
MOST_LEASE_MINUTES = 10_080
"""A week; a session that nobody works on for so long is nobody's."""
