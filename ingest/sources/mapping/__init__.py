"""What archives write in many ways, brought to the fields of RawPost. Unknown stays null; nothing is guessed."""
