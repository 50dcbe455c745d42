"""How many events the web server takes: its entrances against an empty endpoint and the plain way."""
