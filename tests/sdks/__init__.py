"""OpenPanel's SDKs, as they are published, against the whole product."""
