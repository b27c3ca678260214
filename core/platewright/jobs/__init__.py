"""Jobs: from a request to a finished take on disk, whole or not at all, and the ledger of what was made."""
