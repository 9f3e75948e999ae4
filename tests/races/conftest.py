import logging

import pytest

from tests.parallel import Retries


@pytest.fixture
def retries(caplog: pytest.LogCaptureFixture) -> Retries:
    caplog.set_level(logging.INFO, logger="erp.locking")
    return Retries(caplog)
