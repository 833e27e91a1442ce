"""What every process needs: settings, Kafka clients, errors, files, logs, the HTTP endpoint."""
