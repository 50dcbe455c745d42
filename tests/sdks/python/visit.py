"""A program's day, told through the package's own methods."""

import asyncio

from openpanel import OpenPanel

op = OpenPanel(client_id="YOUR_CLIENT_ID", client_secret="YOUR_CLIENT_SECRET", api_url="https://events.example.com")
op.track("import_started", {"rows": 12})
op.set_global_properties({"release": 7})

op.identify("ada", {"firstName": "Ada", "tier": "gold", "properties": {"team": {"name": "Data"}}})
op.track("import_done", {"rows": 12, "file": {"size": 1.5}})
op.increment("ada", "imports")
op.increment("ada", "imports", 5)
op.decrement("ada", "imports", 2)
op.alias("ada", "ada@example.com")
op.track("invoice_paid", {"__revenue": 19.99, "__currency": "EUR"})

op.clear()
op.identify(42, {"firstName": "Bob"})
op.track("report_sent")

# It sends from a thread of its own, one after another, and forgets what is left when the program ends.
asyncio.run_coroutine_threadsafe(asyncio.sleep(0), op.loop).result()
