"""One cloud assembly of many teams: each is synthesized once for each content, several at a time, and then combined."""
