//! Remedies against the simulated services, over sockets.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod answers;
mod cancelling;
mod carriers_desk;
mod chat;
mod many;
mod world;
