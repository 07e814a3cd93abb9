//! Rules of the repository that a test can guard.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at what it did not expect")]

mod docs;
mod errors;
mod kinds;
mod layers;
mod layout;
mod names;
