//! The host that runs all of Punctual on one machine: the functions on the embedded backend, an HTTP server for
//! webhooks and the shop connection, and, unless it works on real shops, a sandbox of both outside services.

pub mod args;
pub mod backup;
pub mod calls;
pub mod catalogue_file;
mod check_settings;
pub mod config;
pub mod connections;
pub mod functions;
pub mod host;
pub mod http;
pub mod import;
mod lanes;
pub mod logging;
mod memory;
pub mod notify;
pub mod operator;
pub mod progress;
pub mod remedy;
pub mod run;
mod sandbox;
pub mod summary;
mod workers;
