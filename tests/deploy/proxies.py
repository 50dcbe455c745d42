"""nginx as deploy/nginx configures it, in front of a server on this machine."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers import Server, free_port, listens

CONF = Path(__file__).resolve().parents[2] / "deploy" / "nginx" / "event-lens.conf"
FRAME = """
daemon off;
error_log stderr;
pid {folder}/pid;
events {{}}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""


@contextmanager
def nginx(web: int) -> Iterator[str]:
    """The address of the site as it is shipped, but for its port and the web server's address."""
    server, port = Server("nginx", []), free_port()
    site = CONF.read_text().replace("listen 5000;", f"listen 127.0.0.1:{port};")
    (server.folder / "site.conf").write_text(site.replace("http://web:3002", f"http://127.0.0.1:{web}"))
    (server.folder / "nginx.conf").write_text(FRAME.format(folder=server.folder))
    binary = shutil.which("nginx") or "/usr/sbin/nginx"
    server.command = [binary, "-p", str(server.folder), "-e", "stderr", "-c", str(server.folder / "nginx.conf")]
    server.start().wait_for(lambda: listens(port))
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.remove()
