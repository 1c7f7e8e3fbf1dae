"""The way of a message through a session: there, back, and past everybody who has a say."""
