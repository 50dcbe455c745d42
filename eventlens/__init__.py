"""The project package: settings, entry points and the rooms below all apps; it knows no app."""
