"""The pages that people read: one router each, HTML made on the server."""
