"""The upstream side of one station: legs, who answers, who watches, and what each is told when it joins."""
