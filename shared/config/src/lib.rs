//! Configuration by variables: of the environment, of a secret on AWS, or of a test.
//!
//! [`VARIABLES`] lists each variable once, except those of the connectors; beside it are the functions that read them. A value that is missing or malformed
//! is an error that names the variable and never shows the value, which may be a secret.

mod error;
mod rules;
mod services;
mod url;
mod variables;

pub use error::ConfigError;
pub use rules::{dispatch_rules, poll_every, poll_overlap, rate_rules, settings};
pub use services::{current_and_former, tiktok};
pub use url::{public_url, service_url};
pub use variables::*;

/// A variable of this process's environment.
pub fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}

#[cfg(test)]
mod tests;
