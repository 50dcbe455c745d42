"""What an operator sees and relies on."""
