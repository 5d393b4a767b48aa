"""Reading mail: files, charsets, texts, threads, and plain text quoted into Markdown."""
