//! The host that runs everything on one machine.
