"""The API document: complete, true, and shown without anybody else's server."""
