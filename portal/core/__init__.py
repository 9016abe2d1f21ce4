"""What every feature stands on: settings, database, outbox, clock, rendering. It knows no word of any feature."""
