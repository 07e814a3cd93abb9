//! The contract of the traits, as tests that every engine runs.
