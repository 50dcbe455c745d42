"""Who is asking, and for which project: clients, keys, permissions and the admin."""
