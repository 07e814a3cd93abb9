//! Logs: one line per event on standard error, at the level of `PUNCTUAL_LOG` (default `warn`).

use tracing_subscriber::EnvFilter;

/// Starts logging. A level that can't be read is replaced by the default, with a warning.
pub fn start() {
    let wanted = config::LOG.value(&config::environment).unwrap_or_else(|| "warn".to_owned());
    let filter = EnvFilter::try_new(&wanted);
    let is_unreadable = filter.is_err();
    let filter = filter.unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    if is_unreadable {
        tracing::warn!(variable = &*config::LOG.name, "the log level can't be read, warn is used");
    }
}
