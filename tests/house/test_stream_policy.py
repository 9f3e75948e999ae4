"""The live stream is answered before Django, and admits whom the policy admits all the same."""

import pytest
from django.utils import timezone

from erp.access import Credentials
from erp.api.stream import LISTEN
from erp.listening import identify_listener
from erp.problems import NotAuthenticated, NotFound, PermissionDenied
from erp.rights import ROLES_WITH, Role, Scope
from tests.builders import World


def admitted(**credentials: str) -> bool:
    try:
        identify_listener(Credentials(**credentials), now=timezone.now())
    except PermissionDenied:
        return False
    return True


@pytest.mark.parametrize("role", Role)
def test_a_member_listens_when_his_role_may(world: World, role: Role) -> None:
    assert admitted(authorization=f"Bearer {world.token(role)}") == (role in ROLES_WITH[LISTEN.right])
    assert admitted(cookie=world.log_in(role).stream) == (role in ROLES_WITH[LISTEN.right])


@pytest.mark.parametrize("scope", Scope)
def test_a_key_listens_when_its_scope_may(world: World, scope: Scope) -> None:
    assert admitted(api_key=world.key(scope)) == (scope in LISTEN.scopes)


def test_nobody_listens_without_a_credential_or_to_another_company(world: World, other_world: World) -> None:
    with pytest.raises(NotAuthenticated):
        admitted()
    with pytest.raises(NotFound):
        admitted(authorization=f"Bearer {world.token(Role.OWNER)}", company=str(other_world.company.id))
