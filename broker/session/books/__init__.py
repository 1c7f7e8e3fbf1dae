"""What is known of a station beyond its connection: transactions, ids, last words."""
