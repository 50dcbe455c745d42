"""Everything this product says to ClickHouse goes through here; it knows no app."""
