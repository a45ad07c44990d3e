"""The process: settings, wiring of the engine to the real world, logs, metrics and probes."""
