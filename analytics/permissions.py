"""What each type of client may do."""

from rest_framework.exceptions import NotAuthenticated, NotFound, PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from analytics.authentication import Caller, caller_of

NO_PROJECT = "This client has no such project; check the project's id in the address."
UNPROVEN = "This needs the client's secret; send it in the header event-lens-client-secret."


class ClientPermission(BasePermission):
    """Order of refusal: no client 401, no secret 401, another's or no project 404, wrong type 403."""

    types: tuple[str, ...] = ()
    without_secret = False

    def has_permission(self, request: Request, view: APIView) -> bool:
        self.check(caller_of(request), view.kwargs.get("project_id"))
        return True

    @classmethod
    def check(cls, caller: Caller, project_id: str | None = None) -> None:
        """Raises what the refusal is answered with."""
        if not (caller.by_secret or cls.without_secret):
            raise NotAuthenticated(UNPROVEN)
        check_project(caller, project_id)
        if caller.client.type not in cls.types:
            raise PermissionDenied(
                f"This needs a client of type {' or '.join(cls.types)}; this client is of type {caller.client.type}."
            )


def check_project(caller: Caller, project_id: str | None) -> None:
    """The client's own project is the only one there is for it, so that others cannot be told from none."""
    if project_id is not None and project_id != caller.client.project_id:
        raise NotFound(NO_PROJECT)


class MayIngest(ClientPermission):
    types = ("write", "root")
    without_secret = True


class MayAsk(ClientPermission):
    types = ("read", "root")


class MayManage(ClientPermission):
    types = ("root",)
