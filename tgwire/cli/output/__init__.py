"""What commands print: texts, tables, complaints."""
