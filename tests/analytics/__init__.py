"""Who is asking: projects, clients, keys, permissions, the admin."""
