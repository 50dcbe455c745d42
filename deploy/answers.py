"""The health check of the web container: exit status 0 if the web server answers /health."""

import http.client
import sys

from eventlens import config


def main() -> int:
    settings = config.load()
    name = next(iter(settings.allowed_hosts), "*")
    host = "localhost" if name == "*" else name.removeprefix(".")  # Django refuses names that it does not know
    connection = http.client.HTTPConnection("127.0.0.1", settings.port, timeout=4)
    try:
        connection.request("GET", "/health", headers={"Host": host})
        return 0 if connection.getresponse().status == 200 else 1
    except OSError:
        return 1


if __name__ == "__main__":
    sys.exit(main())
