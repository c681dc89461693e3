"""The pages that people read, HTML made on the server: every module here that has a `router` is served."""
