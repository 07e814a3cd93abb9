//! The program as it is run: its commands, its host, its output.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at what it did not expect")]

#[cfg(unix)]
mod backup;
mod check_settings;
#[cfg(unix)]
mod control_socket;
#[cfg(unix)]
mod dead_letters;
mod import;
#[cfg(unix)]
mod isolation;
mod live;
#[cfg(feature = "sandbox")]
mod mail;
#[cfg(not(feature = "sandbox"))]
mod no_sandbox;
#[cfg(feature = "sandbox")]
mod once;
mod operator;
mod privacy;
mod rejected_settings;
mod rotation;
mod support;
#[cfg(unix)]
mod through_the_host;
#[cfg(unix)]
mod unreadable;
