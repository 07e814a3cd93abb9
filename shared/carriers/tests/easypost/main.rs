//! The EasyPost connector, over real sockets and with recorded answers.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod accounts;
mod buying;
mod calls;
mod contracts;
mod contracts_tracking;
mod support;
mod tracking;
mod webhook;
