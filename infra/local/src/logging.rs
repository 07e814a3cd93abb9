//! Logs: one line per event on standard error, at the level of `PUNCTUAL_LOG` (default `warn`).

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

/// Starts logging. A level that can't be read is replaced by the default, with a warning.
pub fn start() {
    let wanted = config::LOG.value(&config::environment).unwrap_or_else(|| "warn".to_owned());
    let filter = EnvFilter::try_new(&wanted);
    let is_unreadable = filter.is_err();
    let filter = filter.unwrap_or_else(|_| EnvFilter::new("warn"));
    let stderr = std::io::stderr;
    // A file gets plain text.
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(stderr().is_terminal());
    log.with_writer(stderr).init();
    if is_unreadable {
        tracing::warn!(variable = &*config::LOG.name, "log level can't be parsed, using warn");
    }
}
