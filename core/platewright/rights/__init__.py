"""Who agreed to what, what a model is, and which rules a show works under. Imports stand where they are needed."""
