"""What others have kept of a site: web archives and WARC files. Lists captures and fetches them; stores nothing.

`wayback`, `commoncrawl`, `ccnews` and `files` each list captures of a site's articles and fetch one; `client` asks
archives' hosts politely; `members`, `records` and `payload` read WARC; `sifting` judges what a capture is;
`warc_writer` writes WARC.
"""
