"""What the API document's entries of questions are made of."""
