"""The contract as documents: JSON Schema, AsyncAPI, examples, and the gate against breaking changes."""
