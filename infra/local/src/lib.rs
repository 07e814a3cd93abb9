//! The host that runs all of Punctual on one machine, and its command line: the functions on the embedded backend, an HTTP
//! server for webhooks and for connecting shops, and, unless it works on real shops, a sandbox of both outside services.

mod accepted;
pub mod calls;
pub mod catalogue_file;
pub mod cli;
pub mod clock_watch;
pub mod commands;
pub mod config;
pub mod connections;
mod control;
mod fair_slots;
pub mod functions;
pub mod host;
pub mod http;
pub mod logging;
mod memory;
pub mod notify;
#[cfg(feature = "sandbox")]
mod sandbox;
#[cfg(not(feature = "sandbox"))]
#[path = "no_sandbox.rs"]
mod sandbox;
pub mod summary;
pub mod text;
mod workers;
