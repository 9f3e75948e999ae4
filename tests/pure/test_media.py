"""How large a picture says it is; the beginnings are those that Pillow writes for 321 × 123 pixels."""

import struct

import pytest

from erp.media import media_type_of, picture_size

PICTURES = {
    "png": b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR" + struct.pack(">II", 321, 123) + b"\x08\x02\x00\x00\x00",
    "gif": bytes.fromhex("47494638376141017b00870000c9c9c9"),
    "jpeg, progressive, with a comment and one byte to fill": bytes.fromhex(
        "ffd8ffe000104a46494600010100000100010000fffffe00046869ffc40004ffffffc2001108007b0141030122"
    ),
    "webp": bytes.fromhex("524946462238000057454250565038201638" + "0200307f009d012a41017b003e59"),
    "webp without loss": bytes.fromhex("524946466a7b0000574542505650384c5e7b00002f40811e0085"),
    "webp with transparency": bytes.fromhex("524946465238000057454250565038580a000000100000004001007a0000414c"),
}


@pytest.mark.parametrize("content", PICTURES.values(), ids=PICTURES)
def test_a_picture_says_how_large_it_is_and_half_a_beginning_says_nothing(content: bytes) -> None:
    kind = media_type_of(content)
    assert picture_size(content, kind) == (321, 123)
    found = {picture_size(content[:end], kind) for end in range(len(content))}
    assert found <= {None, (321, 123)}
    assert picture_size(content[:12], kind) in {None, (321, 123)}
    assert picture_size(content, "application/pdf") is None
