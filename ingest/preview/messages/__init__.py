"""Messages of a preview page: text, attachments and displayed numbers."""
