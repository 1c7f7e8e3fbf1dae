"""What an upstream may command, and the credentials that pass by."""
