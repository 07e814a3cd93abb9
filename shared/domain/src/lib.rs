//! The rules of Punctual, pure: no clock, no randomness, no I/O.
