"""The running processes of a state folder, and the state of the store and its channels."""
