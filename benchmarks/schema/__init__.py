"""How the events table should be laid out: candidates, generated events, questions, figures."""
