"""The checks before publish: facts about a take, a render or a delivery in, what each rule says of them out."""
