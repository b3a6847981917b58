//! Leases, runs and switches.
