"""The description of the API, for people and programs: every app's entries in one OpenAPI document."""
