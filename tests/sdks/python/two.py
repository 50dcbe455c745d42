"""Two events, one after the other."""

import asyncio

from openpanel import OpenPanel

op = OpenPanel(client_id="YOUR_CLIENT_ID", client_secret="YOUR_CLIENT_SECRET", api_url="https://events.example.com")
op.track("first")
op.track("second")
asyncio.run_coroutine_threadsafe(asyncio.sleep(0), op.loop).result()
