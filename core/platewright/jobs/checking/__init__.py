"""What a check before publish needs to know, gathered from takes, renders and deliveries; and the signed report."""
