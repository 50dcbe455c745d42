"""The last step: wait until web and workers really answer, then say how to use the product.

python -m eventlens.embedded.welcome
"""

import http.client
import json
import sys

from eventlens.celery import app
from eventlens.config import Config, load
from eventlens.embedded import credentials as kept
from eventlens.embedded.credentials import ADMIN, PROJECT, Credentials
from eventlens.embedded.programs import CHORES_NODE, WORKER_NODE
from eventlens.embedded.waiting import until

REMINDER_SECONDS = 20


def main() -> None:
    config = load()
    while not until(lambda: web_is_ready(config) and workers_answer(), REMINDER_SECONDS, step=0.3):
        sys.stdout.write("Still waiting for the web server and the workers; their lines above say more.\n")
    sys.stdout.write(banner(config, kept.read(config.data_dir)))
    sys.stdout.flush()
    kept.forget(config.data_dir)


def web_is_ready(config: Config) -> bool:
    """/ready is 200: the web server is up and reaches its stores."""
    connection = http.client.HTTPConnection(reachable(config), config.port, timeout=10)
    try:
        connection.request("GET", "/ready", headers={"Host": allowed_host(config)})
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def workers_answer() -> bool:
    nodes = [WORKER_NODE, CHORES_NODE]
    return len(app.control.inspect(destination=nodes, timeout=1, limit=len(nodes)).ping() or {}) == len(nodes)


def reachable(config: Config) -> str:
    """An address at which this machine itself reaches the web server."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(config.host, config.host)  # noqa: S104 - compared, not bound


def allowed_host(config: Config) -> str:
    first = next(iter(config.allowed_hosts), "*")
    return "localhost" if first == "*" else first.removeprefix(".")


def base_url(config: Config) -> str:
    host = reachable(config)
    return f"http://[{host}]:{config.port}" if ":" in host else f"http://{host}:{config.port}"


def banner(config: Config, credentials: Credentials) -> str:
    url = base_url(config)
    parts = ["", f"Event Lens is ready on {url}", "", *admin_lines(url, credentials), ""]
    parts += ["Send an event:", send_command(url, credentials), ""]
    parts += ["Read the numbers (an event is in them within 2 seconds):", read_command(url, credentials), ""]
    return "\n".join([*parts, *secret_lines(credentials), "Ctrl-C stops all of it.", ""])


def admin_lines(url: str, credentials: Credentials) -> list[str]:
    if not credentials.admin_password:
        return [f"Admin: {url}/admin/"]
    return [
        f"Admin: {url}/admin/",
        f"       user {ADMIN}, password {credentials.admin_password} (shown this once)",
    ]


def secret_lines(credentials: Credentials) -> list[str]:
    if credentials.client_secret:
        return ["The client's secret above is shown this once; keep it."]
    return [
        "The client's secret was shown at the first run. For a new client:",
        f"  .venv/bin/python manage.py create_client --project {PROJECT} --type root",
        "",
    ]


def send_command(url: str, credentials: Credentials) -> str:
    event = {"type": "track", "payload": {"name": "page_view", "deviceId": "device-001", "path": "/hello"}}
    body = f"  -H 'Content-Type: application/json' -d '{json.dumps(event)}'"
    return " \\\n".join([f"  curl {url}/track", key_headers(credentials), body])


def read_command(url: str, credentials: Credentials) -> str:
    return " \\\n".join([f"  curl {url}/insights/{PROJECT}/metrics", key_headers(credentials)])


def key_headers(credentials: Credentials) -> str:
    secret = credentials.client_secret or "THE-SECRET"
    return f"  -H 'event-lens-client-id: {credentials.client_id}' -H 'event-lens-client-secret: {secret}'"


if __name__ == "__main__":
    main()
