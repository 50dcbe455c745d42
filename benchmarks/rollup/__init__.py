"""What cutting sessions costs, by how much was touched and by how much is stored."""
