"""The review of a foul on the page: contact, pictures as evidence, Law 12, aids, and what is decided."""
