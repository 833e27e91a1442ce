"""CSV files of Telepathy: archives of a chat, with ``;`` between cells."""
