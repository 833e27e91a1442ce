"""Statements of SQL that somebody writes to read the store: no write, a limit of time, a limit of rows."""
