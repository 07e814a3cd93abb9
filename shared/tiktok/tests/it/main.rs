//! The client against a TikTok of our own, over real sockets, and against recorded shapes.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test may fail and speak")]

mod calls;
mod cancellations;
mod contract;
mod contract_service;
mod conversations;
mod faults;
mod inventory;
mod lists;
mod packages;
mod privacy;
mod refresh;
mod server;
mod setup;
mod store;
mod throttling;
