"""The tables of ingestion in the relational database."""
