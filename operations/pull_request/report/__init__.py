"""The report for the reviewer: Markdown without known secrets."""
